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
    waiting = [name for source in sources for name in _imported(source, tuple(folders))]
    while waiting:
        name = waiting.pop()
        path = _path_of(name, folders[name.partition(".")[0]])
        if path is not None and name not in found and name not in without:
            source = path.read_text(encoding="utf-8")
            found[name] = essence(source)
            waiting += _imported(source, tuple(folders))
    return found


@lru_cache(maxsize=1024)
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
    tree = ast.parse(textwrap.dedent(source))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.dump(tree)


@lru_cache(maxsize=1024)
def _imported(source: str, packages: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return tuple(name for name in names if name.partition(".")[0] in packages)


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
