"""Which term trains which part: the table of the RDA paper's design, and the two readings of DILDL."""

import pytest

from ildl.data import make_artificial
from ildl.methods import make_method
from ildl.methods.solvers.routing import gradient_routing

NEVER = {"prediction": False, "beta": False, "gamma": False, "lam": False}


def routing(name, **parameters):
    ds = make_artificial(n=40, q=6, c=4)
    return gradient_routing(make_method(name, hidden=8, **parameters), ds.features, ds.labels)


def terms(table, part):
    return {term for term, reached in table[part].items() if reached}


def test_rda_sends_gradients_as_designed():
    table = routing("RDA")
    assert terms(table, "encoder") == {"prediction", "alignment", "similarity"}
    assert terms(table, "heads") == {"alignment", "similarity"}
    assert terms(table, "whole label encoder") == {"recovery", "similarity"}
    assert terms(table, "decoder") == {"prediction", "recovery"}


@pytest.mark.parametrize("part", ["dominant", "nondominant"])
def test_decoupled_label_encoders_train_only_when_joint(part):
    assert routing("DILDL")[f"{part} label encoder"] == NEVER
    assert routing("DILDL", label_gradient="joint")[f"{part} label encoder"] == NEVER | {"lam": True}


@pytest.mark.parametrize("label_gradient", ["stopped", "joint"])
def test_the_whole_label_encoder_is_not_reached_by_the_decoupled_alignment(label_gradient):
    table = routing("DILDL", label_gradient=label_gradient)
    assert terms(table, "whole label encoder") == {"beta", "gamma"}
    assert terms(table, "decoder") == {"prediction", "gamma"}
