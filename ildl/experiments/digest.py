"""What a result depends on besides its parameters: the code that made it and the libraries under it."""

from __future__ import annotations

import ast
import hashlib
import inspect
import platform
import textwrap
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ildl.checks import InputError
from ildl.methods import LDLEstimator

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch")
SHARED = ("ildl.metrics", "ildl.diagnostics", "ildl.protocol", "ildl.data.load")
"""Modules that every result depends on, whatever the method."""


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute.

    Returns
    -------
    dict of str to str
    """
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def method_digest(method: type[LDLEstimator]) -> str:
    """Digest of the code that a method's results depend on.

    It covers the method's module, what that imports from this package, and what every result depends on; comments,
    docstrings and layout do not count, so that mending prose keeps results.

    Parameters
    ----------
    method : type
        An estimator class, of this package or of anyone's.

    Returns
    -------
    str
        SHA-256, in hexadecimal.

    Raises
    ------
    InputError
        The class's source cannot be found.
    """
    module = inspect.getmodule(method)
    seen: dict[str, str] = {}
    if method.__module__.startswith("ildl."):
        _collect(method.__module__, seen)
    else:
        try:
            source = inspect.getsource(module if module and hasattr(module, "__file__") else method)
        except (OSError, TypeError) as error:
            raise InputError(
                f"The source of {method.__name__} cannot be read; put the method into a file and import it."
            ) from error
        seen[method.__module__] = _essence(source)
        for base in method.__mro__[1:]:
            if base.__module__.startswith("ildl."):
                _collect(base.__module__, seen)
    for name in SHARED:
        _collect(name, seen)
    return hashlib.sha256("\n".join(f"{name}\n{seen[name]}" for name in sorted(seen)).encode()).hexdigest()


def _collect(name: str, seen: dict[str, str]) -> None:
    """Add a module and, recursively, the modules of this package that it imports."""
    path = _path_of(name)
    if path is None or name in seen:
        return
    seen[name], imported = _read(path)
    for other in imported:
        _collect(other, seen)


@cache
def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    source = path.read_text(encoding="utf-8")
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ildl"):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.startswith("ildl")]
    return _essence(source), tuple(names)


def _path_of(name: str) -> Path | None:
    base = PACKAGE.parent.joinpath(*name.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _essence(source: str) -> str:
    tree = ast.parse(textwrap.dedent(source))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
