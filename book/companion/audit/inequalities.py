"""Do the printed means obey what the means of all label distributions and predictions obey? `audit.yml` has proofs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import sympy

from companion.audit.printed import AUDIT, TITLES, PublishedTables, as_checks

Means = Sequence[tuple[float, float]]
"""Values, each with half a unit of its last digit."""


@dataclass(frozen=True)
class Inequality:
    """The mean `small` is at most `great`, two formulas of the number c of labels and of means of `metrics`."""

    statement: str
    proof: str
    metrics: list[str]
    small: str
    great: str
    presumes: str = ""

    @cached_property
    def _formula(self) -> Any:
        names = sympy.symbols(["c", *self.metrics])
        known = {str(name): name for name in names} | {"distance_bound": sympy.Function("distance_bound")}
        sides = [sympy.sympify(side, known) for side in (self.small, self.great)]
        return sympy.lambdify(names, sides, [{"distance_bound": distance_bound}, "math"])

    def sides(self, c: int, *means: float) -> tuple[float, float]:
        """Evaluate the smaller and the greater side."""
        small, great = self._formula(c, *means)
        return small, great


def distance_bound(kl_divergence: float) -> float:
    """Bound 1 - intersection by the Kullback-Leibler divergence.

    >>> distance_bound(0.5)
    0.5
    """
    return math.sqrt(max(min(kl_divergence / 2, 1 - math.exp(-kl_divergence)), 0.0))


INEQUALITIES = tuple(Inequality(**row) for row in AUDIT["inequalities"])
NORM = "√(head² + tail²)"


def audit_inequalities(tables: PublishedTables, n_labels: Mapping[str, int]) -> pd.DataFrame:
    """Hold the means of every method and data set, and of every row of an ablation, against all inequalities.

    Where AMEMA's appendix prints the paper's own method, its means are held against those of the paper, too.
    """
    means = tables.means()
    groups = [group for _, group in means.groupby(["source", "dataset", "ablation", "row"], sort=False)]
    rows = [row for group in groups for row in _held(group, n_labels)]
    both = means[~means["ablation"] & (means["row"] == "DILDL")]
    across = [row for _, group in both.groupby("dataset", sort=False) for row in _held(group, n_labels, across=True)]
    return as_checks("inequalities", pd.DataFrame([*rows, *across]), "excess")


def _held(group: pd.DataFrame, n_labels: Mapping[str, int], across: bool = False) -> Iterator[dict[str, Any]]:
    """Check the means of one method and data set; `across` is for those that no source prints by itself."""
    cells = {cell["metric"]: cell for cell in group.to_dict("records")}
    first, sources = next(iter(cells.values())), list(group["source"].unique())
    c = n_labels[first["dataset"]]
    for inequality in INEQUALITIES:
        used = [cells[metric] for metric in inequality.metrics if metric in cells]
        if len(used) < len(inequality.metrics) or (across and len({cell["source"] for cell in used}) == 1):
            continue
        presumed = "; and that AMEMA's appendix prints the paper's own run of DILDL" if across else ""
        excess = least_excess(inequality, c, [(cell["value"], cell["half_unit"]) for cell in used])
        yield {
            "source": " with ".join(sources),
            "titles": " with ".join(TITLES[source] for source in sources),
            "dataset": first["dataset"],
            "row": f"{first['row']} (ablation)" if first["ablation"] else first["row"],
            "numbers": ", ".join(f"{cell['name']} {cell['printed']}" for cell in used),
            "tables": ", ".join(dict.fromkeys(f"Table {cell['table']}" for cell in used)),
            "statement": inequality.statement,
            "c": c,
            "presumed": presumed + (f"; and {inequality.presumes}" if inequality.presumes else ""),
            "excess": excess,
            "doubtful": excess > 0 and one_digit_mends(inequality, c, used),
        }


def one_digit_mends(inequality: Inequality, c: int, used: Sequence[Mapping[Any, Any]]) -> bool:
    """Whether another digit at one place of one number (printed, half_unit) would satisfy an inequality."""
    texts, halves = [cell["printed"] for cell in used], [cell["half_unit"] for cell in used]
    for k, number in enumerate(texts):
        for at, digit in itertools.product(range(len(number)), "0123456789"):
            if number[at].isdigit():
                changed = [*texts[:k], number[:at] + digit + number[at + 1 :], *texts[k + 1 :]]
                if least_excess(inequality, c, list(zip(map(float, changed), halves, strict=True))) <= 0:
                    return True
    return False


def least_excess(inequality: Inequality, c: int, means: Means) -> float:
    """By how much the smaller side exceeds the greater, least over all roundings."""
    corners = itertools.product(*((max(value - half, 0.0), value + half) for value, half in means))
    return min(small - great for small, great in (inequality.sides(c, *corner) for corner in corners))
