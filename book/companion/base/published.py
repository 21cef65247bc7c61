"""The numbers that the papers print, as data frames."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.names import DATASETS, RIVALS
from ildl.checks import check_option

CELLS = {"dildl": 330, "rda_appendix": 540, "amema_appendix": 288}
"""Source -> how many cells its tables of all methods have."""
SOURCES = tuple(CELLS)
KNOWN = {"dataset": DATASETS, "method": (*RIVALS, "DILDL", "AMEMA"), "metric": tuple(METRIC_TITLES)}
"""Column -> the names in it, under which everything is held against everything."""
MARKERS = {"better": ("●", "•", "∙"), "worse": ("◦", "°"), "none": ("",), "": ("",)}
"""Marker -> the characters that the papers print for it."""
COLUMNS = ["source", "table", "dataset", "method", "metric", "subset", "mean", "std", "marker", "rank", "raw"]
ABLATION_COLUMNS = ["source", "table", "dataset", "drda", "dld", "weig", "mome", "flags_from", "metric", "value", "raw"]
ABLATION_CELLS = {"dildl": 48, "amema_appendix": 96}
AVERAGE_RANKS = 90
COMPONENTS = {"dildl": ("drda", "dld"), "amema_appendix": ("weig", "mome")}
"""The parts of a method that its ablation switches off."""
RESTORE = " Restore the file with `git restore data/published`."
FOLDER = Path(__file__).parents[3] / "data" / "published"
"""Where the files are: in the installed package, in a checkout."""


def load_published(source: str = "dildl", table: str | None = None) -> pd.DataFrame:
    """Load the cells of printed tables.

    In the printed order, one row a cell: source, table, dataset, method (the DILDL paper's "RAD" is RDA), metric (as in
    `ildl.metrics.evaluate`), mean, std (numbers; std is NaN where the table prints none), mean_printed, std_printed
    (text), mean_half_unit, std_half_unit (half a unit of the last printed digit: the rounding interval's half width),
    marker, rank, raw.
    """
    check_option(source, SOURCES, "source")
    path = find_published(f"{source}_results.csv")
    cells = _read(path, COLUMNS)
    if table is not None:
        check_option(table, cells["table"].unique(), f"table of {source}")
    numbers = {"mean": _numbers(cells["mean"], path), "std": _numbers(cells["std"], path, empty=True)}
    half_units = {f"{name}_half_unit": cells[name].map(half_unit) for name in ("mean", "std")}
    printed = {f"{name}_printed": cells[name] for name in ("mean", "std")}
    frame = cells[["source", "table", "dataset", "method"]].assign(
        metric=_metric(cells), **numbers, **printed, **half_units
    )
    frame = frame.join(cells[["marker", "rank", "raw"]])
    _check_names(frame, path)
    _check_raw(cells, path)
    _check_complete(frame, ["dataset", "method", "metric"], CELLS[source], path)
    return frame if table is None else frame[frame["table"] == table].reset_index(drop=True)


def load_first_hand() -> pd.DataFrame:
    """Load every metric of every method, each number from the paper that measured it or stands nearest to it.

    DILDL's tables come first; what they leave out is taken from RDA's appendix, and DILDL's own remaining metrics
    from AMEMA's, the only source. AMEMA's appendix repeats RDA's numbers with slips (see the audit), and so serves
    for no other method.

    As `load_published` returns it, one row a data set, method and metric; source says whence.
    """
    later = load_published("amema_appendix")
    cells = pd.concat([load_published("dildl"), load_published("rda_appendix"), later[later["method"] == "DILDL"]])
    return cells.drop_duplicates(["dataset", "method", "metric"]).reset_index(drop=True)


def load_ablations(source: str = "dildl") -> pd.DataFrame:
    """Load the cells of printed ablation tables.

    In the printed order, one row a cell: source, table, dataset; a column of bool for each component of the method
    (drda, dld; or weig, mome), true where it is switched on; metric; value (NaN where the cell is empty); value_printed
    (text); half_unit (half a unit of the last printed digit); flags_from (whether the source prints the switches or
    they follow from the order of the rows).
    """
    check_option(source, COMPONENTS, "source of an ablation")
    path = find_published("ablations.csv")
    cells = _read(path, ABLATION_COLUMNS)
    cells["number"] = _numbers(cells["value"], path, empty=True)
    _refuse(cells["raw"] != cells["value"], path, "the value is not that of the raw cell")
    cells = cells[cells["source"] == source]
    switches = list(COMPONENTS[source])
    _refuse(~cells[switches].isin(["0", "1"]).all(axis=1), path, "a component is switched on (1) or off (0)")
    frame = cells[["source", "table", "dataset"]].join(cells[switches] == "1")
    frame["metric"] = cells["metric"].replace("kl", "kl_divergence")
    frame = frame.assign(value=cells["number"], value_printed=cells["value"], half_unit=cells["value"].map(half_unit))
    _check_names(frame, path)
    _check_complete(frame, ["dataset", *switches, "metric"], ABLATION_CELLS[source], path)
    return frame.assign(flags_from=cells["flags_from"]).reset_index(drop=True)


def load_average_ranks() -> pd.DataFrame:
    """Load the average ranks that the RDA paper's appendix prints.

    Columns table, method, metric (as in `ildl.metrics.evaluate`), value, value_printed, half_unit.
    """
    path = find_published("rda_appendix_avg_rank.csv")
    cells = _read(path, ["source", "table", "method", "metric", "subset", "avg_rank"])
    frame = cells[["table", "method"]].assign(metric=_metric(cells), value=_numbers(cells["avg_rank"], path))
    _check_names(frame, path)
    _check_complete(frame, ["method", "metric"], AVERAGE_RANKS, path)
    return frame.assign(value_printed=cells["avg_rank"], half_unit=cells["avg_rank"].map(half_unit))


def find_published(name: str) -> Path:
    """Return the path of one of the files with printed tables."""
    if not (FOLDER / name).is_file():
        raise FileNotFoundError(f"{name} is not in {FOLDER}; restore it with `git restore data/published`.")
    return FOLDER / name


def half_unit(printed: str) -> float:
    """Half a unit of the last digit of a printed number.

    Examples
    --------
    >>> half_unit("0.342")
    0.0005
    """
    return math.nan if printed == "" else 0.5 * 10.0 ** -len(printed.partition(".")[2])


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(cells.columns) != columns:
        raise ValueError(f"{path}: its columns are {', '.join(cells.columns)}; expected {', '.join(columns)}.")
    return cells


def _metric(cells: pd.DataFrame) -> pd.Series:
    metric = cells["metric"].replace("kl", "kl_divergence")
    return metric.where(cells["subset"] == "", metric + "_" + cells["subset"])


def _numbers(texts: pd.Series, path: Path, empty: bool = False) -> pd.Series:
    plain = texts.str.fullmatch(r"\d*\.?\d+") | (empty & (texts == ""))
    if not plain.all():
        line = _line(~plain)
        raise ValueError(f"{path}, line {line}, column {texts.name}: {texts[line - 2]!r} is not a number.{RESTORE}")
    return texts.replace("", math.nan).astype(float)


def _check_names(frame: pd.DataFrame, path: Path) -> None:
    for column in KNOWN.keys() & set(frame.columns):
        for name, rows in frame.groupby(column, sort=False):
            try:
                check_option(name, KNOWN[column], column)
            except ValueError as error:
                raise ValueError(f"{path}, line {int(rows.index[0]) + 2}: {error}{RESTORE}") from error


def _check_raw(cells: pd.DataFrame, path: Path) -> None:
    """Mean, standard deviation, rank and marker are transcribed from the raw cell, in this order."""
    texts = cells["mean"] + ("±" + cells["std"]).where(cells["std"] != "", "")
    texts += ("(" + cells["rank"] + ")").where(cells["rank"] != "", "")
    agree = [
        raw.lstrip("0") in [text.lstrip("0") + mark for mark in MARKERS.get(marker, ())]  # some tables print ".473"
        for raw, text, marker in zip(cells["raw"], texts, cells["marker"], strict=True)
    ]
    _refuse(~pd.Series(agree, index=cells.index), path, "mean, std, rank or marker is not that of the raw cell")


def _check_complete(frame: pd.DataFrame, keys: list[str], n_cells: int, path: Path) -> None:
    """Every combination of names is there, once."""
    _refuse(frame.duplicated(keys), path, "this cell is there twice")
    there = pd.MultiIndex.from_frame(frame[keys])
    lacking = pd.MultiIndex.from_product([frame[key].unique() for key in keys]).difference(there, sort=False)
    if len(lacking):
        raise ValueError(f"{path}: there is no row of {', '.join(map(str, lacking[0]))}.{RESTORE}")
    if len(frame) != n_cells:
        raise ValueError(f"{path}: {len(frame)} rows where the papers print {n_cells} cells.{RESTORE}")


def _refuse(bad: pd.Series, path: Path, why: str) -> None:
    if bad.any():
        raise ValueError(f"{path}, line {int(bad.index[bad][0]) + 2}: {why}.{RESTORE}")


def _line(bad: pd.Series) -> int:
    return int(bad.to_numpy().argmax()) + 2
