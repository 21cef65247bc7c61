"""Methods by name, class, instance, or place in a file: what the runner is given, and what it makes of it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import cloudpickle

from ildl.checks import InputError, check_option, check_parameters
from ildl.data.integrity import check_name
from ildl.experiments.digest import code_beside
from ildl.methods import METHODS, LDLEstimator, make_method
from ildl.methods.own import as_method, hyper_parameters, inner

MethodSpec = str | tuple[Any, Any] | type | Any
"""A name of `METHODS`, a class, an instance, "path/to/file.py:Class"; or a pair of one of these and parameters, or of
a name for it and one of these."""
HOW = 'A method is a name or a pair of name and parameters, ("DILDL", {"alpha": 0.5}); a class, an instance, or a file'


class Method(NamedTuple):
    """A method as the plan takes it: what tables call it, and an unfitted estimator."""

    name: str
    prototype: LDLEstimator


_LOADED: dict[str, tuple[str, ModuleType]] = {}


def resolve(spec: MethodSpec) -> Method:
    """Return the method that is meant.

    Parameters
    ----------
    spec : object
        A name in `ildl.methods.METHODS`; a class or an instance of `LDLEstimator`, or of any regressor of
        scikit-learn's kind, which is wrapped in `ildl.methods.own.Regressor`; text "path/to/file.py:Class" or
        "package.module:Class", the name after the colon being that of a class or of an instance; a pair of one of
        these and a mapping of hyper-parameters; or a pair of a name for it and one of these.

    Returns
    -------
    Method

    Raises
    ------
    InputError
        It is nothing of the above, a parameter is unknown or set by the runner, or the name is that of another method.
    """
    name, prototype = _found(spec)
    if name in METHODS and METHODS[name] is not type(prototype):
        what = type(inner(prototype)).__name__
        raise InputError(
            f"{name} is the name of another method, which the package has; give yours another one: "
            f'("My {name}", {what}), or rename the class.'
        )
    check_name(name)
    return Method(name, prototype)


def _found(spec: MethodSpec) -> Method:
    if isinstance(spec, tuple) and len(spec) == 2 and isinstance(spec[1], Mapping):
        name, prototype = _found(spec[0])
        return Method(name, _with_parameters(prototype, spec[1], name))
    if isinstance(spec, tuple) and len(spec) == 2 and isinstance(spec[0], str) and spec[1] is not None:
        return Method(spec[0], _found(spec[1]).prototype)
    if isinstance(spec, str) and spec.endswith(".py"):
        raise InputError(f"{spec}: name a class of the file too, as in {spec}:Class.")
    if isinstance(spec, str) and ":" not in spec:
        return Method(spec, make_method(check_option(spec, METHODS, "method")))
    if spec is None or isinstance(spec, tuple | list | Mapping | int | float | bytes):
        raise InputError(f'{HOW}, "path/to/file.py:Class"; not {spec!r}.')
    thing = _load_object(spec) if isinstance(spec, str) else spec
    prototype = as_method(thing)
    if isinstance(spec, str) and not isinstance(thing, type):
        return Method(spec.rpartition(":")[2], prototype)
    return Method(METHODS.name_of(type(prototype)) or type(inner(prototype)).__name__, prototype)


def _with_parameters(prototype: LDLEstimator, params: Mapping[str, Any], name: str) -> LDLEstimator:
    estimator = inner(prototype)
    known = hyper_parameters(estimator)[0]
    for key in params:
        if key not in known and key in estimator.get_params():
            where = "device" if key == "device" else "seeds"
            raise InputError(f"{key} is no hyper-parameter of a cell: pass {where}= to run.")
    check_parameters(params, known, name)
    estimator.set_params(**params)
    prototype.check_parameters()
    return prototype


def _load_object(text: str) -> Any:
    """What a file, or an importable module, has under a name; files are run again when they have changed."""
    where, _, name = text.rpartition(":")
    if not where or not name:
        raise InputError(f"{text!r}: write path/to/file.py:Class.")
    if where.endswith(".py"):
        module = _load_file(Path(where))
    else:
        try:
            module = importlib.import_module(where)
        except ImportError as error:
            raise InputError(f"{text!r}: {error}. Write path/to/file.py:Class, or package.module:Class.") from error
    if not hasattr(module, name):
        ours = module.__name__.partition(".")[0]  # not what the file imports from others
        made = [
            key for key, value in vars(module).items()
            if hasattr(value, "fit") and getattr(value, "__module__", "").partition(".")[0] == ours
            or hasattr(value, "steps")
        ]  # fmt: skip
        check_option(name, made, f"method in {where}")
    return getattr(module, name)


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"There is no file {path}; a method of your own is path/to/file.py:Class.")
    path = path.resolve()
    source = path.read_text(encoding="utf-8")
    before = _LOADED.get(str(path))
    if before and before[0] == source:
        return before[1]
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        exec(compile(source, str(path), "exec"), vars(module))
    except Exception as error:
        del sys.modules[name]
        raise InputError(f"{path} cannot be run: {type(error).__name__}: {error}{_line_of(error, path)}.") from error
    for each in (name, *code_beside(path, source)):
        if each in sys.modules:
            cloudpickle.register_pickle_by_value(sys.modules[each])
    _LOADED[str(path)] = source, module
    return module


def _line_of(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return ""
    lines, trace = [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f", line {lines[-1]}" if lines else ""
