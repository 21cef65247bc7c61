"""DILDL, comparison methods of the paper, and two references, by the names of its tables (which print RAD for RDA)."""

from typing import Any

from ildl.checks import check_option, check_parameters
from ildl.methods.adam_ldl_scl import AdamLDLSCL
from ildl.methods.base import LDLEstimator
from ildl.methods.dildl import DILDL
from ildl.methods.edl_lrl import EDLLRL
from ildl.methods.ldl_lclr import LDLLCLR
from ildl.methods.ldl_ldm import LDLLDM
from ildl.methods.ldlsf import LDLSF
from ildl.methods.network import NetworkEstimator
from ildl.methods.ofr import OFRCB, OFRDB, OFRFL
from ildl.methods.own import Regressor
from ildl.methods.rda import RDA
from ildl.methods.references import TrainMean, Uniform
from ildl.methods.sa_bfgs import SABFGS

METHODS: dict[str, type[LDLEstimator]] = {
    "SA-BFGS": SABFGS,
    "EDL-LRL": EDLLRL,
    "LDLSF": LDLSF,
    "LDL-LCLR": LDLLCLR,
    "Adam-LDL-SCL": AdamLDLSCL,
    "LDL-LDM": LDLLDM,
    "OFR-FL": OFRFL,
    "OFR-CB": OFRCB,
    "OFR-DB": OFRDB,
    "RDA": RDA,
    "DILDL": DILDL,
    "Uniform": Uniform,
    "Train-mean": TrainMean,
}
"""Name -> estimator class, in the order of the paper's tables, references last."""

READINGS = {name: cls.readings for name, cls in METHODS.items() if cls.readings}
"""Name -> name of another reading of the sources -> the parameters that give it."""


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


__all__ = ["METHODS", "READINGS", "LDLEstimator", "NetworkEstimator", "Regressor", "make_method"]
