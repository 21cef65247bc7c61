"""The page on cost: what it says follows from the files, and bad files are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from companion.benchmark.benchmarks import (
    KINDS,
    engine_table,
    load_benchmarks,
    machine_sentence,
    methods_table,
    ratio_range,
    sweep_sentence,
)
from companion.benchmark.figures_benchmarks import plot_growth
from companion.benchmark.growth import BASE, growth_table, seconds_a_fit, sharing_sentence, steepest, study_table
from companion.show.keep import keep

SHIPPED = Path(__file__).parents[2] / "data" / "reference" / "benchmarks"
MACHINE = {
    "processor": "abacus", "cores": 2, "system": "wood", "python": "3", "torch": "2", "blas": "beads", "ildl": "1",
    "commit": "0123456789", "date": "2026-01-02T00:00:00",
}  # fmt: skip


def growth(along, sizes, exponent, method="RDA", epochs=3):
    seconds = (np.array(sizes, dtype=float) ** exponent).tolist()
    fitted = {"exponent_seconds": exponent, "exponent_memory": exponent / 2, "last_exponent_seconds": exponent}
    return {"method": method, "along": along, "sizes": sizes, "epochs": epochs, "seconds": seconds, **fitted}


def rows():
    engine = {
        "method": "RDA", "folds": 10, "epochs": 300, "rounds": 5, "engine_seconds": 1.0, "loop_seconds": 4.0,
        "engine_seconds_two_processes": 0.5, "ratio": 4.0, "ratio_two_processes": 8.0,
        "differences": {"kl_divergence": 1e-4},
    }  # fmt: skip
    return {
        "engine": [{"data": "Movie", **engine}, {"data": "Emotion6", **engine, "ratio": 3.0}],
        "sweep": [
            {"data": "Movie", "settings": 36, "folds": 10, "epochs": 20, "ratio": 5.0, "ratio_two_processes": 9.0}
        ],
        "methods": [{"data": "Movie", "method": "RDA", "folds": 10, "seconds_a_fold": 0.4, "peak_mib": 300.0}],
        "scaling": [
            growth("members", [1, 10, 100], 1.0),
            growth("n", [100, 1_000, 10_000], 1.0),
            growth("q", [10, 100, 1_000], 0.5),
            growth("c", [3, 10, 100], 0.0),
        ],
    }


def write(folder, kinds=KINDS, **changed):
    for kind in kinds:
        content = {"machine": MACHINE | changed.get(kind, {}), "rows": rows()[kind]}
        (folder / f"{kind}.json").write_text(json.dumps(content))


def spoil_ratio(folder, value):
    path = folder / "sweep.json"
    content = json.loads(path.read_text())
    content["rows"][0]["ratio"] = value
    path.write_text(json.dumps(content))


def test_files_that_belong_together_are_read_and_shown(tmp_path):
    write(tmp_path)
    frames, machine = load_benchmarks(tmp_path)
    assert "abacus, 2 cores" in machine_sentence(machine)
    assert "PyTorch 2, beads" in machine_sentence(machine)
    assert ratio_range(frames["engine"], "RDA", "ratio") == (3.0, 4.0)
    assert steepest(frames["scaling"], "exponent_memory") == 0.5
    assert "5.0 (9.0) times on Movie" in sweep_sentence(frames["sweep"])
    for table in (engine_table(frames["engine"]), methods_table(frames["methods"]), growth_table(frames["scaling"])):
        assert "RDA" in table._repr_html_()
    assert keep(plot_growth(frames["scaling"])).png


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "sweep.json").unlink(), "sweep.json is missing"),
        (lambda folder: (folder / "sweep.json").write_text("{"), "sweep.json is not what"),
        (lambda folder: (folder / "sweep.json").write_text("[]"), "sweep.json is not what"),
        (lambda folder: (folder / "sweep.json").write_text('{"rows": [], "machine": {}}'), "has no rows"),
        (lambda folder: write(folder, ["sweep"], sweep={"processor": "slide rule"}), "different machines"),
        (lambda folder: spoil_ratio(folder, -1.0), r"sweep.json, row 0: ratio must be positive"),
        (lambda folder: spoil_ratio(folder, "fast"), r"sweep.json, row 0: ratio must be positive"),
        (lambda folder: spoil_ratio(folder, None), r"sweep.json, row 0: ratio must be positive"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path, spoil, message):
    write(tmp_path)
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_benchmarks(tmp_path)


def test_a_method_that_was_not_measured_is_refused(tmp_path):
    write(tmp_path)
    with pytest.raises(ValueError, match="Unknown method 'RAD'"):
        ratio_range(load_benchmarks(tmp_path)[0]["engine"], "RAD", "ratio")


def test_what_sharing_gains(tmp_path):
    """Alone 10 s; among ten, 2 s each; among a hundred, 1.9 s each: ten are enough."""
    write(tmp_path)
    scaling = load_benchmarks(tmp_path)[0]["scaling"]
    scaling.at[0, "seconds"] = [10.0, 20.0, 190.0]
    assert sharing_sentence(scaling) == (
        "among 100 RDA networks one takes 19 % of its time alone, and with 10 it is within a tenth of the least"
    )


def test_extrapolation_follows_the_measured_growth(tmp_path):
    """Time ~ n q^(1/2): at the base, one member among many costs a hundredth of a hundred, for 100 times the epochs."""
    write(tmp_path)
    scaling = load_benchmarks(tmp_path)[0]["scaling"]
    base = seconds_a_fit(scaling, "RDA", BASE)
    assert base == pytest.approx(300 / 3)
    larger = seconds_a_fit(scaling, "RDA", {"n": 100 * BASE["n"], "q": 4 * BASE["q"], "c": 50})
    assert larger == pytest.approx(100 * 2 * base)
    assert "10,000,000 fits" in study_table(scaling)._repr_html_()


@pytest.mark.skipif(not SHIPPED.exists(), reason="no benchmarks are shipped")
def test_the_shipped_files_are_of_every_network_method_and_dimension():
    frames, _ = load_benchmarks(SHIPPED)
    assert {"RDA", "DILDL"} <= set(frames["engine"]["method"])
    assert {"members", "n", "q", "c", "processes"} == set(frames["scaling"]["along"])
    assert set(frames["engine"]["data"]) == {"Movie", "SCUT-FBP", "Emotion6"}
