"""The digest of a method's code: what matters changes it, prose does not."""

import pytest

from ildl.checks import InputError
from ildl.experiments import digest
from ildl.methods import METHODS, LDLEstimator


def test_methods_of_different_code_have_different_digests():
    assert digest.method_digest(METHODS["RDA"]) != digest.method_digest(METHODS["SA-BFGS"])
    assert digest.method_digest(METHODS["RDA"]) == digest.method_digest(METHODS["RDA"])


@pytest.mark.parametrize("module", ["ildl.metrics", "ildl.diagnostics", "ildl.protocol", "ildl.data.load"])
@pytest.mark.parametrize("method", ["Uniform", "DILDL"])
def test_what_every_result_depends_on_is_in_every_digest(module, method, monkeypatch):
    before, original = digest.method_digest(METHODS[method]), digest.code_behind
    monkeypatch.setattr(
        digest, "code_behind", lambda imports, **how: {k: v for k, v in original(imports, **how).items() if k != module}
    )
    digest._of_package.cache_clear()
    without = digest.method_digest(METHODS[method])
    digest._of_package.cache_clear()
    assert without != before


def test_what_reads_own_files_does_not_make_results_stale():
    code = digest._of_package(tuple(f"import {name}" for name in digest.SHARED))
    assert "ildl.data.dataset" in code
    assert not code.keys() & {"ildl.data.own", "ildl.data.cleaning", "ildl.data.files", "ildl.data.opened"}


def test_a_method_without_source_is_an_error():
    made = type("Made", (LDLEstimator,), {"__module__": "nowhere"})
    with pytest.raises(InputError, match="put the method into a file"):
        digest.method_digest(made)
