"""The digest of a method's code: what matters changes it, prose does not."""

import pytest

from ildl.checks import InputError
from ildl.experiments import digest
from ildl.methods import METHODS, LDLEstimator


def test_methods_of_different_code_have_different_digests():
    assert digest.method_digest(METHODS["RDA"]) != digest.method_digest(METHODS["SA-BFGS"])
    assert digest.method_digest(METHODS["RDA"]) == digest.method_digest(METHODS["RDA"])


def test_a_method_without_source_is_an_error():
    made = type("Made", (LDLEstimator,), {"__module__": "nowhere"})
    with pytest.raises(InputError, match="put the method into a file"):
        digest.method_digest(made)
