"""Seconds a fold and peak memory of each method on each data set, each in a process of its own.

ildl bench -k methods --data Movie
"""

from __future__ import annotations

import pytest

from benchmarks.work import folds_of, in_own_process, peak_memory, timed
from ildl.methods import METHODS, NetworkEstimator, make_method
from ildl.training import fit_ensemble


def measure(name, data, n_folds):
    """Seconds and MiB of fitting all folds: networks together, others one by one."""
    problems = [rows for rows, _ in folds_of(data, n_folds)]
    X, D = problems[0][:2]
    if issubclass(METHODS[name], NetworkEstimator):
        make_method(name, epochs=1).fit(X[:9], D[:9])  # loads, or makes, the compiled steps
    before = peak_memory()
    given = [make_method(name) for _ in problems]
    members = [m.set_params(random_state=i) if "random_state" in m.get_params() else m for i, m in enumerate(given)]

    def fit():
        if issubclass(METHODS[name], NetworkEstimator):
            fit_ensemble(members, problems)
        else:
            for member, rows in zip(members, problems, strict=True):
                member.fit(*rows)

    seconds, _ = timed(fit)
    return seconds / len(problems), peak_memory() - before, peak_memory()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", list(METHODS))
def test_cost_of_a_method(name, data, settings, figures, say):
    seconds, more, peak = in_own_process(measure, name, data, settings.folds)
    row = {"data": data, "method": name, "folds": settings.folds}
    figures.append(row | {"seconds_a_fold": seconds, "added_mib": more, "peak_mib": peak})
    say(f"{data}, {name}: {seconds:.3f} s a fold, {more:.0f} MiB more")
