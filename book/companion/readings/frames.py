"""What the page is made of: every combination that was run, and what is said of it over metrics and data sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.readings.choices import ASKED, CHOICES, DEFAULTS, METRICS_SHOWN, TARGETS, redundant
from companion.readings.outcomes import RIVALS, specifications
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE, is_better


@dataclass(frozen=True)
class Readings:
    """Results of the combinations, those of the rivals (`frames`: as loaded), and metric -> `specifications`."""

    results: pd.DataFrame = field(repr=False)
    rivals: pd.DataFrame = field(repr=False)
    frames: tuple[pd.DataFrame, ...] = field(repr=False)
    specs: Mapping[str, pd.DataFrame] = field(repr=False)


def load_readings(asked: Asked) -> Readings:
    """Load the combinations and the rivals, and put each beside the published value."""
    frames = [load_experiment(name, asked) for name in ("multiverse", "comparison", "unsampled", "partitions")]
    rivals = pd.concat(frames[1:])
    specs = {metric: specifications(frames[0], rivals, metric) for metric in METRICS_SHOWN}
    return Readings(frames[0], rivals, tuple(frames), specs)


def judged(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Sum up over the metrics, on data sets with the benchmark's features.

    Columns: dataset, the choices, id (one a combination, whatever the data set), a mean a metric; meets (inside the
    noise around the published value in every metric), reaches (worse than that beyond the noise in no metric), told
    (meets, and the noise tells the value from RDA and equal degrees), better and worse (metrics in which it is so than
    RDA on the same validation rows, beyond the noise), distance (mean over metrics of |mean - published| / published).
    """
    keys = ["dataset", *ASKED]
    frames = {m: frame[frame["feature_set"] == COMPARABLE].set_index(keys) for m, frame in specs.items()}

    def over_metrics(column: str) -> pd.DataFrame:
        return pd.DataFrame({metric: frame[column] for metric, frame in frames.items()})

    table = over_metrics("mean").assign(
        meets=over_metrics("inside_noise").fillna(False).astype(bool).all(axis=1),
        reaches=(~over_metrics("verdict").isin([WORSE])).all(axis=1),
        told=over_metrics("verdict").isin([INSIDE]).all(axis=1),
        better=over_metrics("vs_rda").isin([BETTER]).sum(axis=1),
        worse=over_metrics("vs_rda").isin([WORSE]).sum(axis=1),
        distance=(over_metrics("distance") / over_metrics("published")).abs().mean(axis=1),
    )
    table = table.reset_index()
    places = table[list(ASKED)].apply(lambda column: column.map(list(CHOICES[str(column.name)]).index))
    order = places.drop_duplicates().sort_values(list(ASKED), kind="stable")
    ids = dict(zip(order.itertuples(index=False, name=None), range(len(order)), strict=True))
    return table.assign(id=[ids[row] for row in places.itertuples(index=False, name=None)])


def by_id(specs: Mapping[str, pd.DataFrame], table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Metric -> its specifications on comparable data sets, by data set and the id that `judged` gave."""
    keys = ["dataset", *ASKED]
    ids = table[[*keys, "id"]]
    return {m: frame.merge(ids, on=keys).set_index(["dataset", "id"]).sort_index() for m, frame in specs.items()}


def count_meeting(table: pd.DataFrame) -> pd.DataFrame:
    """Count (n) and count those that meet print (meets), a row a dataset and valid_from; other partitions left out."""
    rows = table[table["split_seed"] == 0].assign(n=1)
    return rows.groupby(["dataset", "valid_from"])[["n", "meets"]].sum().reset_index()


def as_printed(table: pd.DataFrame, targets: str, valid_from: str) -> pd.DataFrame:
    """Rows of the printed objective with these targets, all else but the source of validation rows at its default."""
    wanted = DEFAULTS | TARGETS[targets] | {"valid_from": valid_from}
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def closest(table: pd.DataFrame) -> pd.DataFrame:
    """Combinations by their mean relative distance from print over metrics and data sets, the closest first."""
    return table.groupby("id")["distance"].mean().sort_values(kind="stable").reset_index()


def _is(verdict: str, rival: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda specs: (specs[f"vs_{rival}"] == verdict).astype("boolean").mask(specs[f"vs_{rival}"].isna())


STATEMENTS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "better than RDA": _is(BETTER, "rda"),
    "worse than RDA": _is(WORSE, "rda"),
    "better than RDA of the tables": _is(BETTER, "rda_default"),
    "better than OFR-DB": _is(BETTER, "ofr_db"),
    "worse than OFR-DB": _is(WORSE, "ofr_db"),
    "better than equal degrees": _is(BETTER, "uniform"),
    "a worse mean than equal degrees": lambda specs: is_better(
        specs["uniform"], specs["mean"], specs["metric"].iloc[0]
    ),
    "a worse mean than published": lambda specs: is_better(specs["published"], specs["mean"], specs["metric"].iloc[0]),
    "inside the noise of print": lambda specs: specs["inside_noise"],
}
"""What is said of a combination -> whether it is so (NA where it cannot be judged)."""


def count_statements(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the combinations of which each statement is true: statement, dataset, metric, n (judged), holds."""
    rows = []
    for metric, frame in specs.items():
        for dataset, part in frame[frame["feature_set"] == COMPARABLE].groupby("dataset", sort=False):
            for statement, check in STATEMENTS.items():
                held = check(part)
                row = {"statement": statement, "dataset": dataset, "metric": metric}
                rows.append(row | {"n": int(held.notna().sum()), "holds": int(held.sum())})
    return pd.DataFrame(rows)


def fold_values(readings: Readings) -> pd.DataFrame:
    """Every fold of every combination, of the bound (epoch_kept "test") and of the rivals, a column a metric."""
    results, rivals = readings.results, readings.rivals
    own = results[(results["method"] == "DILDL") & ~redundant(results)]
    methods = {method for method, _ in RIVALS.values()}
    others = rivals[rivals["method"].isin(methods) & (rivals["reading"] == "default") & (rivals["n_valid"] == 20)]
    others = others[others["epoch_kept"].fillna("best") == "best"].assign(epoch_kept="best")
    metrics = list(dict.fromkeys(own["metric"]))
    keys = ["dataset", "feature_set", "method", *ASKED, "n_valid", "fold", "seed", "epoch"]
    rows = pd.concat(
        [own.reindex(columns=[*keys, "metric", "value"]), others.reindex(columns=[*keys, "metric", "value"])]
    )
    rows = rows[rows["metric"].isin([m for m in metrics if m.startswith((*METRICS_SHOWN, "from_"))])]
    rows = rows.drop_duplicates([*keys, "metric"])
    wide = rows.pivot(index=keys, columns="metric", values="value").reset_index().rename_axis(columns=None)
    return wide.round(6)


def combination_values(readings: Readings) -> pd.DataFrame:
    """Every combination and metric: its mean, the noise around the published value, and what the rivals score."""
    return pd.concat(readings.specs.values(), ignore_index=True).drop(columns=["params"]).round(6)
