"""What the cards of the methods show: every method and reading beside the published numbers, in nine metrics."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.comparison import METRIC_TITLES
from companion.base.paper import load_experiment
from companion.base.published import load_first_hand
from companion.base.tuned import with_tuned
from companion.show.beside import beside_published
from ildl.compare.statistics import COMPARABLE

DEFAULT = "default"
CELLS = ["dataset", "fold", "seed", "metric"]


@dataclass(frozen=True)
class Cards:
    """Results, the same under other partitions into folds, and a table of both beside the published numbers.

    The table has the columns of `companion.base.comparison.comparison_table`, and metric, reading and row.
    """

    results: pd.DataFrame = field(repr=False)
    partitions: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    def of(self, method: str) -> pd.DataFrame:
        """Rows of the table of one method, on data sets whose features are the benchmark's."""
        table = self.table
        return table[(table["method"] == method) & (table["feature_set"] == COMPARABLE) & table["ours"].notna()]


def load_cards(asked: Asked) -> Cards:
    """Load the comparison, its best epochs alone, and put it beside the published numbers."""
    results, partitions = (load_experiment(name, asked) for name in ("comparison", "partitions"))
    kept = with_tuned(results[(results["epoch_kept"] == "best") & results["metric"].isin(METRIC_TITLES)])
    kept.attrs = results.attrs
    return cards_of(kept, partitions)


def cards_of(results: pd.DataFrame, partitions: pd.DataFrame) -> Cards:
    """Put results beside the published numbers."""
    return Cards(results, partitions, beside_published(results, partitions, load_first_hand(), METRIC_TITLES))


def fold_values(cards: Cards, method: str) -> pd.DataFrame:
    """What a card is computed from: every fold and seed of every data set, what training cost, the published numbers.

    Columns: dataset, feature_set, reading, metric, split_folds, split_seed, fold, seed, value, fit_seconds, n_iter,
    epoch, converged; published, published_std, source.
    """
    columns = ["dataset", "feature_set", "reading", "metric", "split_folds", "split_seed", "fold", "seed", "value"]
    columns += ["fit_seconds", "n_iter", "epoch", "converged"]
    others = cards.partitions[
        (cards.partitions["valid_from"] == "sampled") & cards.partitions["metric"].isin(METRIC_TITLES)
    ]
    frames = [
        frame.loc[frame["method"] == method].reindex(columns=columns).astype({"converged": object})
        for frame in (cards.results, others)
    ]
    rows = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    rows = rows.drop_duplicates(columns[:8], ignore_index=True)
    published = load_first_hand().rename(columns={"mean": "published", "std": "published_std"})
    published = published.loc[published["method"] == method]
    published = published[["dataset", "metric", "published", "published_std", "source"]]
    return rows.merge(published, how="outer" if len(published) else "left", on=["dataset", "metric"]).dropna(
        axis="columns", how="all"
    )


def same_values(results: pd.DataFrame, method: str, reading: str) -> bool:
    """Whether a reading gives the values of the default in every data set, metric, fold and seed, bit by bit."""
    rows = results[results["method"] == method]
    one, other = (rows[rows["reading"] == name].set_index(CELLS)["value"].sort_index() for name in (reading, DEFAULT))
    return bool(len(one)) and one.equals(other)
