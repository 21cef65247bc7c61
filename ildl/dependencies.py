"""Which code of this package a piece of code depends on: what it imports, directly or through others."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parent


def code_behind(
    sources: Iterable[str], packages: Sequence[Path] = (PACKAGE,), without: Sequence[str] = ()
) -> dict[str, str]:
    """Modules of packages that sources import, wherever they do so, and those that these import in turn.

    Parameters
    ----------
    sources : iterable of str
        Python code.
    packages : sequence of Path
        Their folders; the name of a folder is that of the package.
    without : sequence of str
        Modules that are passed by.

    Returns
    -------
    dict of str to str
        Name of a module -> what it does, see `essence`. The `__init__` of a package counts where it is imported itself.
    """
    found: dict[str, str] = {}
    folders = {package.name: package for package in packages}
    waiting = [name for source in sources for name in _read(source)[1]]
    while waiting:
        name = waiting.pop()
        if name in found or name in without or name.partition(".")[0] not in folders:
            continue
        path = _path_of(name, folders[name.partition(".")[0]])
        if path is not None:
            stub = path.with_suffix(".pyi")  # of a package whose contents are imported when they are used
            source = "\n".join(each.read_text(encoding="utf-8") for each in (path, stub) if each.is_file())
            found[name], imported = _read(source, name if path.stem == "__init__" else name.rpartition(".")[0])
            waiting += imported
    return found


def essence(source: str) -> str:
    """What code does: comments, docstrings and layout do not count, so that mending prose changes nothing.

    Parameters
    ----------
    source : str
        Python code.

    Returns
    -------
    str
    """
    return _read(source)[0]


@lru_cache(maxsize=1024)
def _read(source: str, within: str = "") -> tuple[str, tuple[str, ...]]:
    """What code does, and what it imports; relative imports of a package's own modules are taken to be within it."""
    tree = ast.parse(textwrap.dedent(source))
    names: list[str] = []
    waiting: list[ast.AST] = [tree]
    while waiting:  # statements alone: no expression holds a docstring or an import
        node = waiting.pop()
        if body := getattr(node, "body", None):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, inner, [])
        if isinstance(node, ast.ImportFrom) and node.module:
            module = f"{within}.{node.module}" if node.level else node.module
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return ast.dump(tree), tuple(names)


def _path_of(name: str, package: Path) -> Path | None:
    base = package.parent.joinpath(*name.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
