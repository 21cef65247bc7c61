"""Do numbers repeat those that they should: baselines RDA's appendix, ablations the main tables, ranks the means?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from companion.audit.marks import unmarked_rows
from companion.audit.printed import AUDIT, FULL, NEITHER, OWN, TITLES, PublishedTables, as_checks, metric_name, pair
from companion.base.published import COMPONENTS
from ildl.compare.statistics import HIGHER_IS_BETTER

BASELINE = "RDA"


def audit_copies(tables: PublishedTables) -> pd.DataFrame:
    """Hold the baselines of the DILDL and AMEMA papers against RDA's appendix, means and standard deviations."""
    return as_checks("copies", copied_cells(tables), "apart")


def audit_ranks(tables: PublishedTables) -> pd.DataFrame:
    """Recompute the ranks of RDA's appendix, which lie between those of best and worst rounding, and their averages."""
    cells = tables.means("rda_appendix")
    pairs = pair(cells, cells, ["dataset", "metric"])
    pairs = pairs.assign(low=pairs["behind"] > 1e-9, high=pairs["gap"] + pairs["slack"] >= -1e-9)
    cells = cells.join(pairs.groupby("at")[["low", "high"]].sum())
    rank, low, high = cells["rank"].astype(int), cells["low"] + 1, cells["high"]
    span = low.astype(str).where(low == high, low.astype(str) + " to " + high.astype(str))
    cells = cells.assign(range=span, miss=np.maximum(low - rank, rank - high))
    means = rank.groupby([cells["metric"], cells["row"]]).mean().rename("mean")
    averages = tables.average_ranks.join(means, on=["metric", "method"])
    averages["name"] = averages["metric"].map(metric_name)
    averages["miss"] = (averages["value"] - averages["mean"]).abs() - averages["half_unit"]
    return pd.concat([as_checks("ranks", cells, "miss"), as_checks("average ranks", averages, "miss")])


def audit_ablations(tables: PublishedTables) -> pd.DataFrame:
    """Hold the full model's row against the main tables and against the other rows, and look for empty cells."""
    means = tables.means()
    means = means[means["ablation"]]
    full = means["row"].isin(FULL.values())
    rivals = pair(means[~full], means[full], ["source", "table", "dataset", "metric"])
    rivals["worse"] = -rivals["gap"] - rivals["slack"]
    rivals["least"] = np.where(rivals["metric"].isin(HIGHER_IS_BETTER), "least", "most")
    rivals["sentence"] = rivals["dataset"].map(AUDIT["improves"]).where(rivals["source"] == "dildl", "")
    cells = tables.ablations.assign(doubtful=tables.ablations["flags_from"] != "printed")
    empty = cells.groupby(["source", "table", "dataset", "row"], sort=False).agg(
        n=("metric", "size"), there=("value", "count"), doubtful=("doubtful", "any")
    )
    empty = empty.assign(missing=empty["n"] - empty["there"]).reset_index()
    return pd.concat([
        as_checks("full model", repeated_cells(tables), "apart"),
        as_checks("full model is best", rivals, "worse"),
        as_checks("empty cells", empty.assign(paper=empty["source"].map(TITLES)), "missing"),
    ])  # fmt: skip


def audit_ablation_baselines(tables: PublishedTables) -> pd.DataFrame:
    """Hold the row without both components against RDA, which it is if the method is RDA with these components."""
    return as_checks("ablation baselines", baseline_cells(tables), "apart")


def audit_rows(tables: PublishedTables) -> pd.DataFrame:
    """Look at the direction of whole rows: of the ablation's first one, and of all marks of a method."""
    pairs = baseline_cells(tables)
    pairs = pairs.assign(worse=pairs["behind"] > 1e-9, better=-pairs["gap"] - pairs["slack"] > 1e-9)
    rows = pairs.groupby(["source", "paper", "table", "dataset"], sort=False).agg(
        worse=("worse", "sum"), better=("better", "sum"), n=("worse", "size")
    )
    way = rows[["worse", "better"]].idxmax(axis=1)
    rows = rows.assign(
        way=way,
        gain=way.map({"worse": "greater", "better": "smaller"}),
        leaning=rows["n"].where(rows[["worse", "better"]].max(axis=1) == rows["n"], 0),
    )
    return pd.concat([
        as_checks("leaning rows", rows.reset_index(), "leaning"),
        as_checks("unmarked rows", unmarked_rows(tables), "lacking"),
    ])  # fmt: skip


def copied_cells(tables: PublishedTables) -> pd.DataFrame:
    """Pair each number of a baseline with the same one in RDA's appendix."""
    numbers = tables.numbers
    numbers = numbers[~numbers["ablation"]]
    original = numbers["source"] == "rda_appendix"
    return pair(numbers[~original], numbers[original], ["dataset", "row", "metric", "statistic"])


def repeated_cells(tables: PublishedTables) -> pd.DataFrame:
    """Pair each number of a full model's row with the same one of the main tables."""
    return pd.concat([_beside_main(tables, source, FULL[source], OWN[source]) for source in COMPONENTS])


def baseline_cells(tables: PublishedTables) -> pd.DataFrame:
    """Pair each number of a row without both components with RDA's."""
    return pd.concat([_beside_main(tables, source, NEITHER, BASELINE) for source in COMPONENTS])


def _beside_main(tables: PublishedTables, source: str, row: str, method: str) -> pd.DataFrame:
    """Pair an ablation's row with a method of the main tables, those of the same source where they have the number."""
    means = tables.means()
    cells = means[means["ablation"] & (means["source"] == source) & (means["row"] == row)]
    order = [source, "rda_appendix", "amema_appendix", "dildl"]
    main = means[~means["ablation"] & (means["row"] == method)]
    main = main.sort_values("source", key=lambda names: names.map(order.index), kind="stable")
    return pair(cells, main.drop_duplicates(["dataset", "metric"]), ["dataset", "metric", "statistic"])
