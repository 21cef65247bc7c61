"""What is said of cells that were trained again: this processor must give the same, another nearly the same."""

import pandas as pd
import pytest

from ildl.data import make_artificial
from ildl.experiments import Store, run
from ildl.experiments.digest import kernel
from ildl.experiments.verification import EPOCH, GROWN, PATH, TOLERANCE, compare_values, verdict

CELL = {"dataset": "Movie", "method": "RDA", "params": "{}", "seed": 0}
NETWORK, ITERATES, CLOSED = (7, None), (None, 40), (None, None)


def rows(fold, stored, again, off=0.0, of="other", epoch_again=None):
    """Those of one cell with two metrics, the second of which is `off`; stored and again are epoch and iterations."""
    first = {"metrics": {"a": 0.5, "b": 0.7}, "fit": dict(zip(("epoch", "n_iter"), stored, strict=True)), "kernel": of}
    then = {"metrics": {"a": 0.5, "b": 0.7 + off}, "fit": dict(zip(("epoch", "n_iter"), again, strict=True))}
    return compare_values(CELL | {"fold": fold}, first, then | {"kernel": "this"})


@pytest.mark.parametrize(
    ("stored", "again", "of", "cause"),
    [
        (NETWORK, NETWORK, "this", ""),
        (ITERATES, ITERATES, "this", ""),
        (NETWORK, NETWORK, "other", GROWN),
        (NETWORK, NETWORK, None, GROWN),  # stored by who knows what
        (NETWORK, (8, None), "other", EPOCH),
        (ITERATES, (None, 41), "other", PATH),
        (CLOSED, CLOSED, "other", ""),
    ],
)
def test_what_another_processor_explains(stored, again, of, cause):
    same, other = rows(0, stored, again, 2 * TOLERANCE, of)
    assert (same["equal"], same["cause"]) == (True, "")
    assert (other["equal"], other["cause"]) == (False, cause)
    text, holds = verdict(pd.DataFrame([same, other]), "the store")
    assert "0 of 1 cells are equal" in text
    assert holds == bool(cause)
    assert not cause or f"{cause} (1)" in text


@pytest.mark.parametrize(
    ("cells", "moved", "holds"), [(5, 0, True), (5, 3, True), (5, 4, False), (20, 5, True), (20, 6, False)]
)
def test_one_network_in_twenty_may_move(cells, moved, holds):
    table = pd.DataFrame([row for k in range(cells) for row in rows(k, NETWORK, NETWORK, TOLERANCE * 3 * (k < moved))])
    text, found = verdict(table, "the store")
    assert found == holds
    assert f"{cells - moved} of {cells} cells are equal: each metric is within 0.001 of the store" in text


def test_methods_that_iterate_do_not_excuse_networks():
    of_networks = [row for k in range(4) for row in rows(k, NETWORK, NETWORK, 0.1)]
    iterating = [row for k in range(40) for row in rows(k + 4, ITERATES, ITERATES, 0.1)]
    assert not verdict(pd.DataFrame(of_networks + iterating), "the store")[1]
    assert verdict(pd.DataFrame(of_networks[:2] + iterating), "the store")[1]


def test_records_name_the_kernel_that_made_them(tmp_path):
    run([make_artificial(n=150, q=6, c=4, seed=3)], ["Uniform"], n_splits=2, results_dir=tmp_path, progress=False)
    assert {record["kernel"] for record in Store(tmp_path).records()} == {kernel()} != {"unknown"}
