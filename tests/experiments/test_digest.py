"""The digest of a method's code: what matters changes it, prose does not."""

import pytest

from ildl.checks import InputError
from ildl.experiments import digest
from ildl.methods import METHODS, LDLEstimator


def test_methods_of_different_code_have_different_digests():
    assert digest.method_digest(METHODS["RDA"]) != digest.method_digest(METHODS["SA-BFGS"])
    assert digest.method_digest(METHODS["RDA"]) == digest.method_digest(METHODS["RDA"])


def test_a_method_depends_on_what_it_imports_and_not_on_other_methods():
    seen: dict[str, str] = {}
    digest._collect("ildl.methods.dildl", seen)
    assert {"ildl.losses.decoupled", "ildl.training.ensemble", "ildl.models", "ildl.methods.rda"} <= set(seen)
    assert "ildl.methods.sa_bfgs" not in seen


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("def f(x):\n    return x\n", 'def f(x):\n    """Now with a docstring."""\n    return x  # and why\n', True),
        ("def f(x):\n    return x\n", "def f(x):\n    return x + 0\n", False),
        ('"""Module."""\nA = "text"\n', 'A = "text"\n', True),
        ('A = "text"\n', 'A = "other"\n', False),
    ],
)
def test_essence_of_source(before, after, same):
    assert (digest._essence(before) == digest._essence(after)) is same


def test_a_method_without_source_is_an_error():
    made = type("Made", (LDLEstimator,), {"__module__": "nowhere"})
    with pytest.raises(InputError, match="put the method into a file"):
        digest.method_digest(made)
