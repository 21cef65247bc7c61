"""What the page is made of: every combination that was run, and what is said of it over metrics and data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.readings.choices import ASKED, CHOICES, DEFAULTS, METRICS_SHOWN, TARGETS, redundant
from companion.readings.outcomes import rival_rows, specifications
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE, is_better

VERSUS = {
    "better than RDA": ("rda", BETTER),
    "worse than RDA": ("rda", WORSE),
    "better than RDA of the tables": ("rda_default", BETTER),
    "better than OFR-DB": ("ofr_db", BETTER),
    "worse than OFR-DB": ("ofr_db", WORSE),
    "better than equal degrees": ("uniform", BETTER),
}
"""What is said of a combination -> the rival, and what a combination is against it."""


class Readings(NamedTuple):
    """Results of the combinations, those of the rivals (`frames`: as loaded), and metric -> `specifications`."""

    results: pd.DataFrame
    rivals: pd.DataFrame
    frames: list[pd.DataFrame]
    specs: Mapping[str, pd.DataFrame]


def load_readings(asked: Asked) -> Readings:
    """Load the combinations and the rivals, and put each beside the published value."""
    frames = [load_experiment(name, asked) for name in ("multiverse", "comparison", "unsampled", "partitions")]
    rivals = pd.concat(frames[1:])
    specs = {metric: specifications(frames[0], rivals, metric) for metric in METRICS_SHOWN}
    return Readings(frames[0], rivals, frames, specs)


def judged(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Sum up over the metrics, a row a comparable data set and combination (id, the same on every data set).

    It meets print inside the noise in every metric, reaches it where worse in none (`lost` counts where it is, `lost_5`
    of these those in Table 5), is told where the noise tells print from RDA and equal degrees; better and worse count
    metrics against RDA, distance is the mean relative one.
    """
    keys = ["dataset", *ASKED]
    frames = {m: frame[frame["feature_set"] == COMPARABLE].set_index(keys) for m, frame in specs.items()}

    def over_metrics(column: str) -> pd.DataFrame:
        return pd.DataFrame({metric: frame[column] for metric, frame in frames.items()})

    lost = over_metrics("verdict").isin([WORSE])
    table = over_metrics("mean").assign(
        meets=over_metrics("inside_noise").fillna(False).astype(bool).all(axis=1),
        reaches=~lost.any(axis=1),
        lost=lost.sum(axis=1),
        lost_5=lost.filter(like="euclidean").sum(axis=1),
        told=over_metrics("verdict").isin([INSIDE]).all(axis=1),
        better=over_metrics("vs_rda").isin([BETTER]).sum(axis=1),
        worse=over_metrics("vs_rda").isin([WORSE]).sum(axis=1),
        distance=(over_metrics("distance") / over_metrics("published")).abs().mean(axis=1),
    )
    table = table.reset_index()
    places = table[list(ASKED)].apply(lambda column: column.map(list(CHOICES[str(column.name)]).index))
    return table.assign(id=places.groupby(list(ASKED)).ngroup())


def by_id(specs: Mapping[str, pd.DataFrame], table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Metric -> its specifications on comparable data sets, by data set and the id that `judged` gave."""
    keys = ["dataset", *ASKED]
    ids = table[[*keys, "id"]]
    return {m: frame.merge(ids, on=keys).set_index(["dataset", "id"]).sort_index() for m, frame in specs.items()}


def as_printed(table: pd.DataFrame, targets: str, valid_from: str) -> pd.DataFrame:
    """Rows of the printed objective with these targets, all else but the source of validation rows at its default."""
    wanted = DEFAULTS | TARGETS[targets] | {"valid_from": valid_from}
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def closest(table: pd.DataFrame) -> pd.Series:
    """Combinations (id) by their mean relative distance from print over metrics and data sets, the closest first."""
    return table.groupby("id")["distance"].mean().sort_values(kind="stable")


def better_everywhere(table: pd.DataFrame) -> list[int]:
    """Combinations that are better than RDA beyond the noise in every metric and on every data set, by id."""
    least = table.groupby("id")["better"].min()
    return [int(one) for one in least.index[least == len(METRICS_SHOWN)]]


def count_statements(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the combinations of which each statement is true: statement, dataset, metric, n (judged), holds."""
    counts = []
    for metric, frame in specs.items():
        for dataset, part in frame[frame["feature_set"] == COMPARABLE].groupby("dataset", sort=False):
            against = {words: part[f"vs_{rival}"] for words, (rival, _) in VERSUS.items()}
            held = {words: (said == VERSUS[words][1]).where(said.notna()) for words, said in against.items()}
            for words, other in (("equal degrees", "uniform"), ("published", "published")):
                held[f"a worse mean than {words}"] = is_better(part[other], part["mean"], metric)
            found = pd.DataFrame(held | {"inside the noise of print": part["inside_noise"]}).astype("boolean")
            count = pd.DataFrame({"n": found.notna().sum(), "holds": found.sum()}).rename_axis("statement")
            counts.append(count.reset_index().assign(dataset=dataset, metric=metric))
    return pd.concat(counts, ignore_index=True)[["statement", "dataset", "metric", "n", "holds"]]


def fold_values(readings: Readings) -> pd.DataFrame:
    """Every fold of every combination, of the bound (epoch_kept "test") and of the rivals, a column a metric."""
    own = readings.results[(readings.results["method"] == "DILDL") & ~redundant(readings.results)]
    shown = [metric for metric in own["metric"].unique() if metric.startswith((*METRICS_SHOWN, "from_"))]
    keys = ["dataset", "feature_set", "method", *ASKED, "n_valid", "fold", "seed", "epoch"]
    rows = pd.concat([own, rival_rows(readings.rivals).assign(epoch_kept="best")]).reindex(
        columns=[*keys, "metric", "value"]
    )
    rows = rows[rows["metric"].isin(shown)].drop_duplicates([*keys, "metric"])
    return rows.pivot(index=keys, columns="metric", values="value").rename_axis(columns=None).reset_index().round(6)
