"""Tables of a comparison for terminals, papers and other programs: metrics as rows, methods as columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from textwrap import fill, wrap

import pandas as pd

from ildl.checks import check_option
from ildl.compare.frames import labelled
from ildl.compare.latex import latex_table
from ildl.compare.statistics import HIGHER_IS_BETTER

PAPER = ("chebyshev", "clark", "canberra", "kl_divergence", "cosine", "intersection")
"""The six metrics that the paper names, in its order."""
FORMATS = ("text", "csv", "markdown", "latex")
WIDTH = 100
DIRECTIONS = f"Distances are good when low, {' and '.join(sorted(HIGHER_IS_BETTER))} when high."


def means(results: pd.DataFrame) -> pd.DataFrame:
    """Mean and population standard deviation (NaN of one fold) over folds, of values averaged over seeds.

    Parameters
    ----------
    results : DataFrame
        As `ildl.experiments.run` returns it.

    Returns
    -------
    DataFrame
        A row a data set, row of the table and metric, in the order of the results: dataset, method, params, label,
        metric, mean, std, n_folds, n_seeds.
    """
    keys = ["dataset", "method", "params", "label", "metric"]
    rows = labelled(results)
    by_fold = rows.groupby([*keys, "fold"], sort=False)["value"].mean().groupby(keys, sort=False)
    seeds = rows.groupby(keys, sort=False)["seed"].nunique()
    n_folds = by_fold.size()
    spread = by_fold.std(ddof=0).where(n_folds > 1)
    found = {"mean": by_fold.mean(), "std": spread, "n_folds": n_folds, "n_seeds": seeds}
    return pd.DataFrame(found).reset_index()


def metrics_of(results: pd.DataFrame, every: bool = True) -> list[str]:
    """Metrics that results have, the paper's six first.

    Parameters
    ----------
    results : DataFrame
    every : bool
        The others too.

    Returns
    -------
    list of str
    """
    there = list(dict.fromkeys(results["metric"]))
    first = [name for name in PAPER if name in there]
    return first + [name for name in there if name not in PAPER] if every or not first else first


def mean_and_spread(mean: float, std: float) -> tuple[str, str]:
    """Both with as many decimals as the size of the mean allows, four at most; a dash for what is missing.

    Parameters
    ----------
    mean, std : float

    Returns
    -------
    mean, std : str

    Examples
    --------
    >>> mean_and_spread(0.04567, 0.00123), mean_and_spread(23.4567, 1.2)
    (('0.0457', '0.0012'), ('23.457', '1.200'))
    """
    if math.isnan(mean):
        return "-", ""
    decimals = max(4 - max(math.floor(math.log10(abs(mean) or 1)), 0), 0)
    return f"{mean:.{decimals}f}", "" if math.isnan(std) else f"{std:.{decimals}f}"


def over_folds(found: pd.DataFrame) -> str:
    """What the numbers of a table are: "mean ± standard deviation over 10 folds, up to 3 seeds".

    Parameters
    ----------
    found : DataFrame
        Of `means`, of one data set.

    Returns
    -------
    str
    """
    folds, seeds = (int(found[name].max()) for name in ("n_folds", "n_seeds"))
    what = "mean ± standard deviation over" if folds > 1 else "values of"
    few = "up to " if found["n_seeds"].nunique() > 1 else ""
    return f"{what} {counted(folds, 'fold')}, {few}{counted(seeds, 'seed')}"


def counted(number: int, what: str) -> str:
    """A number of things: "1 fold", "3 folds".

    Parameters
    ----------
    number : int
    what : str
        In the singular.

    Returns
    -------
    str
    """
    return f"{number} {what}{'s' * (number != 1)}"


def tables_of(results: pd.DataFrame, every: bool = False) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each data set, and its table as text: a row a metric, a column a method; "0.0457±0.0012".

    Parameters
    ----------
    results : DataFrame
        As for `means`.
    every : bool
        All metrics, not only the paper's six.

    Yields
    ------
    str, DataFrame of str
    """
    for part, table in _drawn(means(results), every):
        yield str(part["dataset"].iloc[0]), table


def _drawn(found: pd.DataFrame, every: bool) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Rows of `means` of each data set, and its table."""
    columns = zip(found["mean"], found["std"], strict=True)
    text = found.assign(text=["±".join(filter(None, mean_and_spread(*pair))) for pair in columns])
    for _, part in text.groupby("dataset", sort=False):
        table = part.pivot(index="metric", columns="label", values="text").fillna("-")
        yield part, table.loc[metrics_of(part, every), list(dict.fromkeys(part["label"]))]


def printed(results: pd.DataFrame, form: str = "text", every: bool = False) -> str:
    """All tables of a comparison, as text.

    Parameters
    ----------
    results : DataFrame
        As for `means`.
    form : {"text", "csv", "markdown", "latex"}
        "csv" has the numbers in full, a row a data set, method and metric.
    every : bool
        As for `tables_of`.

    Returns
    -------
    str

    Raises
    ------
    InputError
        An unknown form.
    """
    check_option(form, FORMATS, "format")
    parts, found = [], means(results)
    if form == "csv":
        return found[found["metric"].isin(metrics_of(found, every))].to_csv(index=False).rstrip("\n")
    for part, table in _drawn(found, every):
        title = f"{part['dataset'].iloc[0]}: {over_folds(part)}. {DIRECTIONS}"
        if form == "latex":
            parts.append(latex_table(table.rename_axis(index=None, columns=None), title))
        else:
            draw, say = (_text, str) if form == "text" else (_markdown, _escaped)
            parts.append(f"{fill(say(title), WIDTH)}\n\n{draw(table)}")
    return "\n\n".join(parts)


def _text(table: pd.DataFrame) -> str:
    """Blocks of as many columns as fit side by side; long names are broken, words of them only for want of room."""
    room = (WIDTH - max(map(len, table.index))) // table.shape[1] - 1
    longest = {label: max(map(len, str(label).split()), default=0) for label in table}
    heads = {label: wrap(str(label), max(*map(len, table[label]), min(longest[label], room))) for label in table}
    height = max(map(len, heads.values()))
    first = _column([""] * height + list(table.index), str.ljust)
    blocks: list[list[list[str]]] = []
    for label, head in heads.items():
        column = _column([""] * (height - len(head)) + head + list(table[label]), str.rjust)
        if not blocks or sum(len(other[0]) + 1 for other in blocks[-1]) + len(column[0]) > WIDTH:
            blocks.append([first])
        blocks[-1].append(column)
    return "\n\n".join("\n".join(" ".join(line).rstrip() for line in zip(*block, strict=True)) for block in blocks)


def _column(lines: list[str], adjust: Callable[[str, int], str]) -> list[str]:
    width = max(map(len, lines))
    return [adjust(line, width) for line in lines]


def _markdown(table: pd.DataFrame) -> str:
    lines = [["", *table.columns], ["---", *["---:"] * table.shape[1]]]
    lines += [[str(name), *row] for name, row in zip(table.index, table.to_numpy(), strict=True)]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(text: str) -> str:
    """In one line of Markdown, as it is."""
    return re.sub(r"([|<*_`\\])", r"\\\1", " ".join(text.splitlines()))
