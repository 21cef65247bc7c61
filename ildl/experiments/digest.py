"""What a result depends on besides its parameters: the code that made it and the libraries under it."""

from __future__ import annotations

import hashlib
import inspect
import platform
from functools import cache
from importlib.metadata import version

from ildl.checks import InputError
from ildl.dependencies import code_behind, essence
from ildl.methods import LDLEstimator

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "numba")
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
    wanted = [f"import {name}" for name in SHARED]
    own: dict[str, str] = {}
    if method.__module__.startswith("ildl."):
        wanted.append(f"import {method.__module__}")
    else:
        module = inspect.getmodule(method)
        try:
            source = inspect.getsource(module if module and hasattr(module, "__file__") else method)
        except (OSError, TypeError) as error:
            raise InputError(
                f"The source of {method.__name__} cannot be read; put the method into a file and import it."
            ) from error
        own[method.__module__] = essence(source)
        wanted += [f"import {base.__module__}" for base in method.__mro__[1:]]
    code = _of_package(tuple(wanted)) | own
    return hashlib.sha256("\n".join(f"{name}\n{code[name]}" for name in sorted(code)).encode()).hexdigest()


@cache
def _of_package(imports: tuple[str, ...]) -> dict[str, str]:
    """Code of this package behind imports: it was loaded once, and is what this process runs, whatever the disk has."""
    return code_behind(imports, without=APART)
