from .adam_ldl_scl import AdamLDLSCL
from .base import LDLEstimator
from .dildl import DILDL
from .edl_lrl import EDLLRL
from .ldl_lclr import LDLLCLR
from .ldl_ldm import LDLLDM
from .ldlsf import LDLSF
from .network import NetworkEstimator
from .ofr import OFRCB, OFRDB, OFRFL
from .own import Regressor
from .rda import RDA
from .readings import READINGS
from .references import TrainMean, Uniform
from .registry import METHODS, make_method
from .sa_bfgs import SABFGS

__all__ = [
    "DILDL",
    "EDLLRL",
    "LDLLCLR",
    "LDLLDM",
    "LDLSF",
    "METHODS",
    "OFRCB",
    "OFRDB",
    "OFRFL",
    "RDA",
    "READINGS",
    "SABFGS",
    "AdamLDLSCL",
    "LDLEstimator",
    "NetworkEstimator",
    "Regressor",
    "TrainMean",
    "Uniform",
    "make_method",
]
