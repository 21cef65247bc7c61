"""Do the printed means obey what the means of all predictions obey?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from companion.audit.audit_base import TITLES, PublishedTables, as_checks, metric_name, printed_numbers, records
from companion.audit.audit_bounds import INEQUALITIES, Inequality

ONE_RUN = "means over the same rows, of predictions that are distributions, in the usual metrics"
BOTH_PAPERS = f"{ONE_RUN}; and that AMEMA's appendix prints the paper's own run of DILDL"
MENDED = "One wrong digit in one of these numbers would be enough."


def audit_inequalities(tables: PublishedTables, n_labels: Mapping[str, int]) -> pd.DataFrame:
    """Hold the means of every method and data set, and of every row of an ablation, against all inequalities.

    DILDL's means of both papers are also held together, as those of one set of predictions.

    Parameters
    ----------
    tables : PublishedTables
    n_labels : mapping of str to int
        Labels of each data set.

    Returns
    -------
    DataFrame
        Checks, one for each group of means and inequality whose metrics it has. The failure is the least difference of
        both sides over all roundings.
    """
    numbers = printed_numbers(tables)
    numbers = numbers[numbers["statistic"] == "mean"]
    rows: list[dict[str, Any]] = []
    for _, group in numbers.groupby(["source", "dataset", "ablation", "row"], sort=False):
        rows += _hold(group, n_labels)
    both = numbers[~numbers["ablation"] & (numbers["row"] == "DILDL")]
    for _, group in both.groupby("dataset", sort=False):
        rows += _hold(group, n_labels, across=True)
    return as_checks("inequalities", rows)


def _hold(group: pd.DataFrame, n_labels: Mapping[str, int], across: bool = False) -> Iterator[dict[str, Any]]:
    """Check the means of one method and data set; `across` is for those that no source prints by itself."""
    cells = {cell.metric: cell for cell in records(group)}
    sources = list(dict.fromkeys(group["source"]))
    first = records(group)[0]
    titles = " with ".join(TITLES[source] for source in sources)
    row = f"{first.row} (ablation)" if first.ablation else first.row
    c = n_labels[first.dataset]
    for inequality in INEQUALITIES:
        if not set(inequality.metrics) <= set(cells):
            continue
        used = [cells[metric] for metric in inequality.metrics]
        if across and len({cell.source for cell in used}) == 1:
            continue
        failure = least_excess(inequality, c, [(cell.value, cell.half_unit) for cell in used])
        presumes = [BOTH_PAPERS if across else ONE_RUN, inequality.presumes]
        printed = ", ".join(f"{metric_name(cell.metric)} {cell.printed}" for cell in used)
        numbers = ", ".join(dict.fromkeys(f"Table {cell.table}" for cell in used))
        yield {
            "source": " with ".join(sources),
            "place": f"{titles}: {first.dataset}, {row}",
            "printed": f"{printed} ({numbers})",
            "should_be": f"{inequality.statement}, c = {c}",
            "presumes": "; and ".join(filter(None, presumes)),
            "failure": failure,
            "text": f"For {row} on {first.dataset}, {numbers} ({titles}) has {printed}. The means of any "
            f"label distributions obey {inequality.statement}; this fails by {failure:.4f} whatever the rounding.",
            "doubt": MENDED if failure > 0 and one_digit_mends(inequality, c, used) else "",
        }


def one_digit_mends(inequality: Inequality, n_labels: int, used: list[Any]) -> bool:
    """Whether another digit at one place of one number would satisfy an inequality.

    Parameters
    ----------
    inequality : Inequality
    n_labels : int
    used : list of record
        The means, in the order of the inequality's metrics, with printed and half_unit.

    Returns
    -------
    bool
    """
    for k, cell in enumerate(used):
        for at, digit in itertools.product(range(len(cell.printed)), "0123456789"):
            if cell.printed[at].isdigit():
                texts = [other.printed for other in used]
                texts[k] = cell.printed[:at] + digit + cell.printed[at + 1 :]
                means = [(float(text), other.half_unit) for text, other in zip(texts, used, strict=True)]
                if least_excess(inequality, n_labels, means) <= 0:
                    return True
    return False


def least_excess(inequality: Inequality, n_labels: int, means: list[tuple[float, float]]) -> float:
    """By how much the smaller side exceeds the greater, least over all roundings.

    Both sides are monotone in every mean, so the least is at a corner of the box of intervals.

    Parameters
    ----------
    inequality : Inequality
    n_labels : int
    means : list of (float, float)
        Each mean with half a unit of its last digit, in the order of the inequality's metrics.

    Returns
    -------
    float
        At most 0 where some rounding satisfies it.
    """
    corners = itertools.product(*((max(value - half, 0.0), value + half) for value, half in means))
    differences = []
    for corner in corners:
        small, great = inequality.sides(n_labels, *corner)
        differences.append(small - great)
    return min(differences)
