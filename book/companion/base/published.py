"""The numbers that the papers print, as data frames."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from ildl.checks import check_option

FOLDER = Path(__file__).parents[3] / "data" / "published"
CELLS = {"dildl": 330, "rda_appendix": 540, "amema_appendix": 288}
"""Source -> how many cells its tables of all methods have."""
SOURCES = tuple(CELLS)
COLUMNS = ["source", "table", "dataset", "method", "metric", "subset", "mean", "std", "marker", "rank", "raw"]
ABLATION_COLUMNS = ["source", "table", "dataset", "drda", "dld", "weig", "mome", "flags_from", "metric", "value", "raw"]
ABLATION_CELLS = {"dildl": 48, "amema_appendix": 96}
AVERAGE_RANKS = 90
COMPONENTS = {"dildl": ("drda", "dld"), "amema_appendix": ("weig", "mome")}
"""The parts of a method that its ablation switches off."""
RESTORE = " Restore it with `git restore data/published`."


def load_published(source: str = "dildl") -> pd.DataFrame:
    """Load printed cells, in order: numbers, the text that is printed, and half a unit of its last digit."""
    path = find_published(f"{check_option(source, SOURCES, 'source')}_results.csv")
    cells = _read(path, COLUMNS)
    frame = cells[["source", "table", "dataset", "method"]].assign(
        metric=_metric(cells),
        mean=_numbers(cells["mean"], path),
        std=_numbers(cells["std"], path, empty=True),
        **{f"{name}_printed": cells[name] for name in ("mean", "std")},
        **{f"{name}_half_unit": cells[name].map(half_unit) for name in ("mean", "std")},
    )
    _check_complete(frame, ["dataset", "method", "metric"], CELLS[source], path)
    return frame.join(cells[["marker", "rank", "raw"]])


def load_first_hand() -> pd.DataFrame:
    """Load every metric of every method, each number from the paper that measured it or stands nearest to it."""
    later = load_published("amema_appendix")
    cells = pd.concat([load_published("dildl"), load_published("rda_appendix"), later[later["method"] == "DILDL"]])
    return cells.drop_duplicates(["dataset", "method", "metric"]).reset_index(drop=True)


def load_ablations(source: str = "dildl") -> pd.DataFrame:
    """Load the cells of printed ablation tables, in order, with the components that are switched on."""
    switches = list(COMPONENTS[check_option(source, COMPONENTS, "source of an ablation")])
    path = find_published("ablations.csv")
    cells = _read(path, ABLATION_COLUMNS)
    cells = cells.assign(metric=_metric(cells), number=_numbers(cells["value"], path, empty=True))
    cells = cells[cells["source"] == source].reset_index(drop=True)
    frame = cells[["source", "table", "dataset"]].join(cells[switches] == "1")
    half_units = cells["value"].map(half_unit)
    frame = frame.assign(
        metric=cells["metric"], value=cells["number"], value_printed=cells["value"], half_unit=half_units
    )
    _check_complete(frame, ["dataset", *switches, "metric"], ABLATION_CELLS[source], path)
    return frame.assign(flags_from=cells["flags_from"])


def load_average_ranks() -> pd.DataFrame:
    """Load the average ranks of RDA's appendix: table, method, metric, value, value_printed, half_unit."""
    path = find_published("rda_appendix_avg_rank.csv")
    cells = _read(path, ["source", "table", "method", "metric", "subset", "avg_rank"])
    frame = cells[["table", "method"]].assign(metric=_metric(cells), value=_numbers(cells["avg_rank"], path))
    _check_complete(frame, ["method", "metric"], AVERAGE_RANKS, path)
    return frame.assign(value_printed=cells["avg_rank"], half_unit=cells["avg_rank"].map(half_unit))


def find_published(name: str) -> Path:
    """Return the path of one of the files with printed tables."""
    if not (FOLDER / name).is_file():
        raise FileNotFoundError(f"{name} is not in {FOLDER}.{RESTORE}")
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
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise ValueError(f"{path} is not a CSV file that can be read: {error}.{RESTORE}") from error
    if list(cells.columns) != columns:
        raise ValueError(f"{path}: its columns are {', '.join(cells.columns)}; expected {', '.join(columns)}.{RESTORE}")
    return cells


def _metric(cells: pd.DataFrame) -> pd.Series:
    """Metrics as the library calls them."""
    metric = cells["metric"].replace("kl", "kl_divergence")
    return metric + ("_" + cells["subset"]).where(cells["subset"] != "", "") if "subset" in cells else metric


def _numbers(texts: pd.Series, path: Path, empty: bool = False) -> pd.Series:
    wrong = texts[~(texts.str.fullmatch(r"\d*\.?\d+") | (empty & (texts == "")))]
    if len(wrong):
        where = f"line {int(str(wrong.index[0])) + 2}, column {texts.name}"
        raise ValueError(f"{path}, {where}: {wrong.iloc[0]!r} is not a number.{RESTORE}")
    return texts.replace("", math.nan).astype(float)


def _check_complete(frame: pd.DataFrame, keys: list[str], n_cells: int, path: Path) -> None:
    """Every combination of names is there, once."""
    there = pd.MultiIndex.from_frame(frame[keys])
    if there.has_duplicates or len(there) < math.prod(frame[keys].nunique()):
        product = pd.MultiIndex.from_product([frame[key].unique() for key in keys])
        wrong = [*there[there.duplicated()], *product.difference(there, sort=False)]
        raise ValueError(f"{path}: not one row, but none or two, of {', '.join(map(str, wrong[0]))}.{RESTORE}")
    if len(frame) != n_cells:
        raise ValueError(f"{path}: {len(frame)} rows where the papers print {n_cells} cells.{RESTORE}")
