"""Methods by the names of the paper's tables (which print RAD for RDA): DILDL, comparison methods, two references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ildl.checks import check_option, check_parameters

if TYPE_CHECKING:
    from ildl.methods.base import LDLEstimator


class Methods(MutableMapping[str, "type[LDLEstimator]"]):
    """Name -> estimator class, whose module is imported when it is first asked for.

    Parameters
    ----------
    places : mapping of str to str
        Name -> "module:Class", modules of this package.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self.places: dict[str, str | type[LDLEstimator]] = dict(places)

    def __getitem__(self, name: str) -> type[LDLEstimator]:
        place = self.places[name]
        if isinstance(place, str):
            module, _, cls = place.partition(":")
            return getattr(import_module(f"ildl.methods.{module}"), cls)
        return place

    def __setitem__(self, name: str, cls: type[LDLEstimator]) -> None:
        self.places[name] = cls

    def __delitem__(self, name: str) -> None:
        del self.places[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def name_of(self, cls: type) -> str | None:
        """Under which name a class is found, without an import of the others.

        Parameters
        ----------
        cls : type

        Returns
        -------
        str or None
        """
        place = f"{cls.__module__}:{cls.__qualname__}"
        return next((name for name, own in self.places.items() if own is cls or f"{__package__}.{own}" == place), None)


METHODS = Methods({
    "SA-BFGS": "sa_bfgs:SABFGS",
    "EDL-LRL": "edl_lrl:EDLLRL",
    "LDLSF": "ldlsf:LDLSF",
    "LDL-LCLR": "ldl_lclr:LDLLCLR",
    "Adam-LDL-SCL": "adam_ldl_scl:AdamLDLSCL",
    "LDL-LDM": "ldl_ldm:LDLLDM",
    "OFR-FL": "ofr:OFRFL",
    "OFR-CB": "ofr:OFRCB",
    "OFR-DB": "ofr:OFRDB",
    "RDA": "rda:RDA",
    "DILDL": "dildl:DILDL",
    "Uniform": "references:Uniform",
    "Train-mean": "references:TrainMean",
})  # fmt: skip
"""Name -> estimator class, in the order of the paper's tables, references last."""


def make_method(name: str, **params: Any) -> LDLEstimator:
    """Make an unfitted estimator.

    Parameters
    ----------
    name : str
        A key of `METHODS`.
    **params
        Its hyper-parameters; the defaults are the benchmark's.

    Returns
    -------
    LDLEstimator

    Raises
    ------
    InputError
        Unknown method or parameter, or a value out of range.
    """
    cls = METHODS[check_option(name, METHODS, "method")]
    check_parameters(params, cls().get_params(), name)
    estimator = cls(**params)
    estimator.check_parameters()
    return estimator
