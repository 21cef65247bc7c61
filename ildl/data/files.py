"""Readers of own files: text, parquet, MATLAB, NumPy."""

from __future__ import annotations

import csv
import difflib
import importlib
import io
import re
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_option
from ildl.data.columns import few

SIGNS = {"comma": ",", "point": ".", "semicolon": ";", "tab": "\t", "space": " ", "bar": "|"}
TEXT = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXT, ".parquet", ".mat", ".npz", ".npy")
COMMA = re.compile(r"\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*%?\s*", re.IGNORECASE)
POINT = re.compile(COMMA.pattern.replace(",", r"\.", 1), re.IGNORECASE)
THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2},\d{3}\s*")
HDF5 = b"\x89HDF\r\n\x1a\n"


def read(
    path: Path, notes: list[str], separator: str | None = None, decimal: str | None = None, header: str | None = None
) -> pd.DataFrame | dict[str, Any]:
    """Return what a file holds: a table, or arrays by key.

    Parameters
    ----------
    path : Path
    notes : list of str
        Is added to.
    separator, decimal, header : str, optional
        As `ildl.data.Dataset.from_file`.

    Returns
    -------
    DataFrame or dict
        The index names the rows as the file's own reader counts them.

    Raises
    ------
    InputError
        Says what is wrong with the file.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        excel = " Save a sheet of Excel as CSV." if suffix.startswith((".xls", ".ods")) else ""
        raise InputError(f"{path} is not of a kind that is read: {', '.join(SUFFIXES)}.{excel}")
    if not path.is_file():
        there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=1)
        raise InputError(f"There is no file {path}.{f' Did you mean {path.parent / near[0]}?' if near else ''}")
    if suffix not in TEXT and {separator, decimal, header} != {None}:
        raise InputError(f"separator, decimal and header are for text files, not for {path.name}.")
    if header is not None:
        check_option(header, ("yes", "no"), "header")
    reader = _parquet if suffix == ".parquet" else _matlab if suffix == ".mat" else _numpy
    try:
        return _text(path, notes, separator, decimal, header) if suffix in TEXT else reader(path, notes)
    except InputError:
        raise
    except Exception as error:  # whatever a reader of foreign files raises
        raise InputError(f"{path} cannot be read as {suffix}: {error}.") from error


def sibling(path: Path, other: str) -> Path:
    """Return a second file: where it is said, else in the folder of the first.

    Parameters
    ----------
    path : Path
        The first.
    other : str

    Returns
    -------
    Path
    """
    said, beside = Path(other).expanduser(), path.parent / other
    return beside if beside.is_file() and not said.is_file() else said


def _text(path: Path, notes: list[str], separator: str | None, decimal: str | None, named: str | None) -> pd.DataFrame:
    lines = list(enumerate(_decoded(path, notes).splitlines(keepends=True), 1))
    if lines and lines[0][1].lower().startswith("sep="):  # a hint that Excel reads
        separator = separator or lines[0][1][4:].strip("\r\n")
        lines = lines[1:]
    sign = _sign(separator, "separator") or ("\t" if path.suffix.lower() == ".tsv" else _separator(lines))
    reader = csv.reader((line for _, line in lines), delimiter=sign, skipinitialspace=True)
    first = lines[0][0] if lines else 1
    table, start = [], first
    for cells in reader:
        if any(cell.strip() for cell in cells):
            table.append((start, cells))
        start = first + reader.line_num
    if not table:
        raise InputError(f"{path} is empty.")
    header = [cell.strip() for cell in table[0][1]]
    if named == "no" or (named is None and all(_is_number(cell) for cell in header if cell)):
        header = [f"column {k}" for k in range(1, len(header) + 1)]
        why = "" if named else ", as it begins with numbers (if these are names: header=yes)"
        notes.append(f"{path.name} has no line of names{why}; columns are numbered.")
    else:
        table = table[1:]
    width = len(table[0][1]) if len({len(cells) for _, cells in table}) == 1 else len(header)
    if (some := sum(map(bool, header))) < max(len(header), width) / 2:
        raise InputError(
            f"The first line of {path.name} names {some} of {max(len(header), width)} columns; if that is a title, "
            "delete what stands above the names."
        )
    while (
        table
        and len(header) > 1
        and not header[-1]
        and all(len(cells) < len(header) or not cells[-1].strip() for _, cells in table)
    ):
        header = header[:-1]
        table = [(number, cells[: len(header)]) for number, cells in table]
        notes.append(f"An empty last column of {path.name} is left out.")
    if odd := [(number, len(cells)) for number, cells in table if len(cells) != len(header)]:
        shown = ", ".join(f"line {number} has {width}" for number, width in odd[:20])
        more = f" and {len(odd) - 20} more" if len(odd) > 20 else ""
        raise InputError(
            f"{path.name} has {len(header)} columns (separator {sign!r}), but {shown}{more}. Mend these lines, or say "
            "the separator (separator=semicolon, comma, tab, space, bar)."
        )
    if len(header) == 1:
        raise InputError(
            f"{path.name} has one column only, {header[0]!r}; say the separator (separator=semicolon, ...)."
        )
    frame = pd.DataFrame(
        [cells for _, cells in table], pd.Index([k for k, _ in table], name="line"), header, dtype=object
    )
    return _with_points(frame, _sign(decimal, "decimal"), path.name, notes)


def _with_points(frame: pd.DataFrame, decimal: str | None, name: str, notes: list[str]) -> pd.DataFrame:
    """Decimal commas as points: where they are asked for, or recognised in a column because nothing else fits."""
    if decimal == ".":
        return frame
    some_points = any(POINT.fullmatch(cell) for cell in frame.to_numpy().ravel())
    columns, found = [], []
    for j, column in enumerate(frame.columns):
        cells = frame.iloc[:, j].tolist()
        commas = [cell for cell in cells if COMMA.fullmatch(cell)]
        fits = not (some_points and all(THOUSANDS.fullmatch(cell) for cell in commas))
        if commas and (decimal or (fits and not any(POINT.fullmatch(cell) for cell in cells))):
            found.append(column)
            cells = [cell.replace(",", ".") if COMMA.fullmatch(cell) else cell for cell in cells]
        columns.append(cells)
    if found:
        notes.append(f"The comma is the decimal sign in {few(found)}.")
    return pd.DataFrame(dict(enumerate(columns)), frame.index, dtype=object).set_axis(frame.columns, axis=1)


def _decoded(path: Path, notes: list[str]) -> str:
    content = path.read_bytes()
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252":
            notes.append(f"{path.name} is not UTF-8; read as Windows-1252.")
        return text
    raise InputError(f"{path} is no text that can be read; save it as UTF-8.")


def _separator(lines: list[tuple[int, str]]) -> str:
    """The sign that parts the first lines into the most even columns."""
    sample = [line for _, line in lines[:50] if line.strip()]
    best, found = (0.0, 0), ","
    for sign in (",", ";", "\t", "|", " "):
        widths = Counter(len(cells) for cells in csv.reader(sample, delimiter=sign, skipinitialspace=True))
        (width, often), *_ = widths.most_common(1) or [(0, 0)]
        score = (often / max(len(sample), 1), width)
        # "1,5;2,5": commas may part as evenly as semicolons do, but a line of names has them not
        even = width > 1 and len(next(csv.reader(sample, delimiter=sign, skipinitialspace=True))) >= width - 1
        if even and score > best:
            best, found = score, sign
    return found


def _sign(value: str | None, what: str) -> str | None:
    if value is None or value in SIGNS.values():
        return value
    return SIGNS[check_option(value, SIGNS, what)]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?\s*%?\s*", text, re.IGNORECASE) is not None


def _parquet(path: Path, _: list[str]) -> pd.DataFrame:
    _needed("pyarrow", path)
    return pd.read_parquet(path, engine="pyarrow")


def _numpy(path: Path, notes: list[str]) -> pd.DataFrame | dict[str, Any]:
    held = np.load(path, allow_pickle=False)
    if isinstance(held, np.ndarray):
        return pd.DataFrame(held) if held.dtype.names else {path.stem: held}
    arrays: dict[str, Any] = {}
    for key in held.files:
        try:
            arrays[key] = held[key]
        except ValueError:  # a pickle, which could run anything
            arrays[key] = None
            notes.append(f"{key} of {path.name} holds Python objects and is not read; save text with dtype=str.")
    return arrays


def _matlab(path: Path, _: list[str]) -> dict[str, Any]:
    import scipy.io

    content = path.read_bytes()
    if HDF5 not in (content[:8], content[512:520]):
        return dict(_flat(scipy.io.loadmat(io.BytesIO(content), simplify_cells=True)))
    with _needed("h5py", path).File(path) as file:
        return dict(_flat({key: _value(file, item) for key, item in file.items()}))


def _value(file: Any, item: Any) -> Any:
    """What an object of MATLAB 7.3 holds; its matrices lie transposed in the file."""
    if hasattr(item, "items"):
        if "MATLAB_sparse" in item.attrs:
            shape = (int(item.attrs["MATLAB_sparse"]), len(item["jc"]) - 1)
            parts = (item["data"][()], item["ir"][()], item["jc"][()]) if "data" in item else ([], [], item["jc"][()])
            from scipy.sparse import csc_matrix

            return csc_matrix(parts, shape)
        return {key: _value(file, part) for key, part in item.items()}
    held, kind = item[()], item.attrs.get("MATLAB_class")
    if held.dtype.kind == "O" and kind == b"cell":
        return [_value(file, file[reference]) for reference in held.ravel()]
    if kind == b"char":
        texts = ["".join(map(chr, row)).strip() for row in held.T]
        return texts[0] if len(texts) == 1 else texts
    return held if kind is None else held.T


def _flat(held: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Variables, and the fields of structures as "structure.field"."""
    found = []
    for key, value in held.items():
        if not key.startswith(("__", "#")):
            found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return found


def _needed(module: str, path: Path) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{path.name} needs {module}, which is not installed: pip install {module}, or save the data as .csv or "
            ".npz."
        ) from error
