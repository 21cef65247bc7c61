"""What the parts of the audit share: all that is printed, numbers and sentences, and how a check is recorded.

A printed number stands for the interval of its last digit. A check fails by the least amount that any numbers in the
intervals leave, so that no rounding explains a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.published import COMPONENTS, find_published, load_ablations, load_average_ranks, load_published
from companion.base.strict_yaml import load_yaml
from ildl.compare.statistics import HIGHER_IS_BETTER

TITLES = {"dildl": "DILDL", "rda_appendix": "RDA, appendix", "amema_appendix": "AMEMA, appendix"}
CHECK_COLUMNS = ["kind", "fault", "source", "place", "printed", "should_be", "presumes", "failure", "text", "doubt"]
TOLERANCE = 1e-9
"""Below this a failure is an error of floating-point arithmetic: the shortest printed interval is 1e-4 wide."""
AUDIT: dict[str, Any] = load_yaml(find_published("audit.yml"))
"""The words of every check, sentences of the paper that many cells are held against, and the inequalities."""
ROUNDING, ABSENT, REFERENCE, INDEX, EQUATION, OTHER = FAULTS = tuple(AUDIT["faults"])
"""What a failing check is."""
NEITHER = "neither component"
OWN = {"dildl": "DILDL", "amema_appendix": "AMEMA"}
FULL = {source: " + ".join(names).upper() for source, names in COMPONENTS.items()}
"""Source -> its own method, and how the row of its ablation with all components is called."""


@dataclass(frozen=True)
class PublishedTables:
    """The printed tables of all sources: the main ones, the ablations (their `row` is named), average ranks."""

    main: pd.DataFrame
    ablations: pd.DataFrame
    average_ranks: pd.DataFrame

    def of(self, source: str) -> pd.DataFrame:
        """Return the cells of one source's main tables."""
        return self.main[self.main["source"] == source].reset_index(drop=True)

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """All numbers that are printed; in `row` stands the method, or the components that are switched on.

        Columns: source, table, dataset, row, ablation (bool), metric, marker, rank; statistic ("mean" or "std"), value,
        half_unit, printed; and in words: paper, name (of the metric), spoken (of the statistic), where.
        """
        cells = self.ablations.rename(columns={"value": "mean", "half_unit": "mean_half_unit"})
        cells = cells.assign(ablation=True, mean_printed=cells["value_printed"])
        main = self.main.assign(row=self.main["method"], ablation=False)
        parts = []
        for frame, statistic in ((main, "mean"), (main, "std"), (cells, "mean")):
            named = {statistic: "value", f"{statistic}_half_unit": "half_unit", f"{statistic}_printed": "printed"}
            parts.append(frame[frame[statistic].notna()].rename(columns=named).assign(statistic=statistic))
        keys = ["source", "table", "dataset", "row", "ablation", "metric", "marker", "rank"]
        numbers = pd.concat(parts, ignore_index=True)[[*keys, "statistic", "value", "half_unit", "printed"]]
        names = numbers["metric"].map(metric_name)
        return numbers.assign(
            paper=numbers["source"].map(TITLES),
            name=names,
            spoken=numbers["statistic"].replace("std", "standard deviation"),
            where="Table " + numbers["table"] + ", " + numbers["dataset"] + ", " + numbers["row"] + ": " + names,
        )

    def means(self, source: str | None = None) -> pd.DataFrame:
        """Return the means, of the main tables of one source or of all tables."""
        means = self.numbers[self.numbers["statistic"] == "mean"]
        return means if source is None else means[(means["source"] == source) & ~means["ablation"]]


def load_tables() -> PublishedTables:
    """Load every printed table."""
    main = pd.concat([load_published(source) for source in TITLES], ignore_index=True)
    cells = pd.concat([load_ablations(source) for source in COMPONENTS], ignore_index=True)
    return PublishedTables(main, cells.assign(row=_switched_on(cells)), load_average_ranks())


def _switched_on(cells: pd.DataFrame) -> pd.Series:
    """Name rows of ablations by the components that are on."""
    names = pd.Series("", index=cells.index)
    for component in (name for names in COMPONENTS.values() for name in names):
        names += np.where(cells[component].eq(True), f" + {component.upper()}", "")
    return names.str.removeprefix(" + ").replace("", NEITHER)


def pair(numbers: pd.DataFrame, others: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Put each number beside the others with the same keys, whose columns end in `_other`.

    Whatever the rounding, they are `apart` by so much, and the other one is better by so much (`behind`); at most 0
    where they can meet. Without the rounding the other one is better by `gap`; `slack` is what it can have moved.
    """
    pairs = numbers.reset_index(names="at").merge(others, on=on, suffixes=("", "_other"))
    gap = (pairs["value_other"] - pairs["value"]) * np.where(pairs["metric"].isin(HIGHER_IS_BETTER), 1.0, -1.0)
    slack = pairs["half_unit"] + pairs["half_unit_other"]
    return pairs.assign(gap=gap, slack=slack, apart=gap.abs() - slack, behind=gap - slack)


def metric_name(metric: str) -> str:
    """Return a metric's title without its direction."""
    return METRIC_TITLES[metric].partition(" (")[0]


def as_checks(name: str, rows: pd.DataFrame, failure: str) -> pd.DataFrame:
    """Record checks in the words that `audit.yml` has for `name`: columns `failure`, and `doubtful` if not all are."""
    words = {"kind": name, "source": "{source}", "fault": ROUNDING, "doubt": ""} | AUDIT["checks"][name]
    amount = rows[failure].astype(float)
    if amount.isna().any():
        raise ValueError(f"{amount.isna().sum()} checks of {name} have nothing to be held against.")
    rows = rows.assign(failure=amount.where(amount > TOLERANCE, 0.0))
    known = rows.to_dict("records")
    told = {column: [words[column].format_map(row) for row in known] for column in CHECK_COLUMNS if column in words}
    checks = pd.DataFrame(told | {"failure": rows["failure"].to_numpy()}, columns=CHECK_COLUMNS)
    if "doubtful" in rows:
        checks["doubt"] = checks["doubt"].where(rows["doubtful"].to_numpy(dtype=bool), "")
    return checks
