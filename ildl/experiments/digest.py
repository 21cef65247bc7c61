"""What a result depends on besides its parameters: the code that made it and the libraries under it."""

from __future__ import annotations

import hashlib
import inspect
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ildl.checks import InputError
from ildl.dependencies import code_behind, essence
from ildl.methods import METHODS

if TYPE_CHECKING:
    from ildl.methods import LDLEstimator

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "numba")
KNOWN = ("numpy", "scipy", "sklearn", "torch", "numba")
"""The same, as they are imported."""
SHARED = ("ildl.metrics", "ildl.diagnostics", "ildl.protocol", "ildl.data.load")
"""Modules that every result depends on, whatever the method."""
APART = ("ildl.data.own", "ildl.data.opened")
"""What these make of own data is in the checksum of the data set."""


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute.

    Returns
    -------
    dict of str to str
    """
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


@cache
def kernel() -> str:
    """What multiplies matrices on this machine: on another processor, sums round otherwise.

    Returns
    -------
    str
        Such as "openblas SkylakeX".
    """
    import scipy.linalg  # noqa: F401  whose library is the one that training calls
    from threadpoolctl import threadpool_info

    found = {f"{one['internal_api']} {one.get('architecture', '')}".strip() for one in threadpool_info()
             if one["user_api"] == "blas" and "torch" not in one["filepath"]}  # fmt: skip
    return ", ".join(sorted(found)) or "unknown"


def method_digest(method: type[LDLEstimator] | LDLEstimator) -> str:
    """Digest of the code that a method's results depend on.

    It covers the method's module, what that imports from this package or from beside itself, and what every result
    depends on; of an instance, also the classes and functions among its parameters. Comments, docstrings and layout do
    not count, so that mending prose keeps results. Of other packages, class and version stand for the code.

    Parameters
    ----------
    method : type or LDLEstimator
        An estimator class, of this package or of anyone's, or an instance.

    Returns
    -------
    str
        SHA-256, in hexadecimal.

    Raises
    ------
    InputError
        The class's source cannot be found.
    """
    wanted = [f"import {name}" for name in SHARED]
    own: dict[str, str] = {}
    for part in [method] if isinstance(method, type) else _made_of(method):
        for each in getattr(part, "__mro__", (part,)):
            if each.__module__.startswith("ildl."):
                wanted.append(f"import {each.__module__}")
            elif not part.__module__.startswith("ildl."):  # what the package's own classes derive from is in their code
                own |= _foreign(each)
    code = _of_package(tuple(dict.fromkeys(wanted))) | own
    return _hashed(code)


def digest_of_name(name: str) -> str:
    """`method_digest` of a method of `METHODS`, which, if it is the package's, need not be imported for it.

    Parameters
    ----------
    name : str
        A key of `ildl.methods.METHODS`.

    Returns
    -------
    str
    """
    place = METHODS.places[name]
    if not isinstance(place, str):
        return method_digest(place)
    module = place.partition(":")[0]
    return _hashed(_of_package((*(f"import {shared}" for shared in SHARED), f"import ildl.methods.{module}")))


def code_beside(path: Path, source: str) -> dict[str, str]:
    """What a file imports from its own folder, directly or through others.

    Parameters
    ----------
    path : Path
    source : str
        What is in it.

    Returns
    -------
    dict of str to str
        As `ildl.dependencies.code_behind`.
    """
    modules = [file.with_suffix("") for file in path.parent.glob("*.py")]
    return code_behind([source], [*modules, *(file.parent for file in path.parent.glob("*/__init__.py"))])


def _hashed(code: dict[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{name}\n{code[name]}" for name in sorted(code)).encode()).hexdigest()


def _made_of(estimator: Any) -> list[Any]:
    """Class of an estimator, and the classes and functions among its parameters."""
    values = estimator.get_params(deep=True).values()
    nested = [value if isinstance(value, type | FunctionType) else type(value) for value in values
              if isinstance(value, type | FunctionType) or hasattr(value, "get_params")]  # fmt: skip
    return [type(estimator), *nested]


def _foreign(part: Any) -> dict[str, str]:
    """Code of a class or function outside of this package, or what stands for it."""
    top = part.__module__.partition(".")[0]
    if top in sys.stdlib_module_names - {"__main__"} or top in KNOWN:
        return {f"{part.__module__}.{part.__qualname__}": ""}  # its version is among those of the libraries
    module = sys.modules.get(part.__module__)
    file = getattr(module, "__file__", None)
    try:
        source = inspect.getsource(module if module and file else part)
    except (OSError, TypeError) as error:
        raise InputError(
            f"The source of {part.__name__} cannot be read; put the method into a file and import it."
        ) from error
    if file is None:
        return {part.__module__: essence(source)}
    path = Path(file)
    if "site-packages" in path.parts:
        return {part.__module__: essence(source), top: str(getattr(sys.modules[top], "__version__", ""))}
    name = part.__module__ if "." in part.__module__ else path.stem
    return code_beside(path, source) | {name: essence(source)}


@cache
def _of_package(imports: tuple[str, ...]) -> dict[str, str]:
    """Code of this package behind imports: it was loaded once, and is what this process runs, whatever the disk has."""
    return code_behind(imports, without=APART)
