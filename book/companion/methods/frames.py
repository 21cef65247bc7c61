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


@dataclass(frozen=True)
class Cards:
    """Results, the same under other partitions into folds, and the table that `beside_published` makes of both."""

    results: pd.DataFrame = field(repr=False)
    partitions: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    @property
    def comparable(self) -> pd.DataFrame:
        """Rows of the table that have a result on data sets whose features are the benchmark's."""
        return self.table[(self.table["feature_set"] == COMPARABLE) & self.table["ours"].notna()]

    def of(self, method: str) -> pd.DataFrame:
        """The same of one method."""
        return self.comparable.query("method == @method")


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
    """What a card is computed from: folds and seeds of every data set, what training cost, the published numbers."""
    cell = ["dataset", "feature_set", "reading", "metric", "split_folds", "split_seed", "fold", "seed"]
    columns = [*cell, "value", "fit_seconds", "n_iter", "epoch", "converged"]
    others = cards.partitions.query("valid_from == 'sampled'")
    others = others[others["metric"].isin(METRIC_TITLES)]
    frames = [frame[frame["method"] == method].reindex(columns=columns) for frame in (cards.results, others)]
    rows = pd.concat([frame.astype({"converged": object}) for frame in frames if len(frame)], ignore_index=True)
    published = (
        load_first_hand().query("method == @method").rename(columns={"mean": "published", "std": "published_std"})
    )
    published = published[["dataset", "metric", "published", "published_std", "source"]]
    rows = rows.drop_duplicates(cell, ignore_index=True)
    rows = rows.merge(published, how="outer" if len(published) else "left", on=["dataset", "metric"])
    return rows.dropna(axis="columns", how="all")


def same_values(results: pd.DataFrame, method: str, reading: str) -> bool:
    """Whether a reading gives the values of the default in every data set, metric, fold and seed, bit by bit."""
    rows = results[results["method"] == method].set_index(["dataset", "fold", "seed", "metric"]).sort_index()
    one, other = (rows.loc[rows["reading"] == name, "value"] for name in (reading, DEFAULT))
    return bool(len(one)) and one.equals(other)
