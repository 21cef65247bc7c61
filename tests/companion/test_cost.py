"""The page on cost: what it says follows from the files, and bad files are refused."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.cost import figures
from companion.cost.facts import cost_facts
from companion.cost.frames import (
    BASE,
    KINDS,
    crossing,
    gpu_results,
    load_benchmarks,
    method_costs,
    race_results,
    seconds_a_fit,
    sharing,
    study,
)
from companion.cost.tables import cost_table, held_against_table
from tests.companion.drawn import Cells

SHIPPED = Path(__file__).parents[2] / "data" / "reference" / "benchmarks"
MACHINE = {
    "processor": "abacus", "cores": 2, "system": "wood", "python": "3", "torch": "2", "blas": "beads", "ildl": "1",
    "commit": "0123456789", "date": "2026-01-02T00:00:00",
}  # fmt: skip
MANIFEST = {"a": {"seconds": 600, "trained": 7, "cores": 2}, "b": {"seconds": 60, "trained": 3, "cores": 2}}
COMPARISON = pd.DataFrame({
    "key": ["a", "a", "b", "c"], "method": "RDA", "params": ["{}", "{}", "{}", '{"beta":1}'],
    "fit_seconds": [0.2, 0.2, 0.4, 9.0],
})  # fmt: skip


def growth(along, sizes, exponent, method="RDA", epochs=3):
    seconds = (np.array(sizes, dtype=float) ** exponent).tolist()
    fitted = {"exponent_seconds": exponent, "exponent_memory": exponent / 2, "last_exponent_seconds": exponent}
    return {"method": method, "along": along, "sizes": sizes, "epochs": epochs, "seconds": seconds, **fitted}


def rows():
    engine = {
        "method": "RDA", "folds": 10, "epochs": 300, "rounds": 5, "engine_seconds": 1.0, "loop_seconds": 4.0,
        "engine_seconds_two_processes": 0.5, "ratio": 4.0, "ratio_two_processes": 8.0,
        "differences": {"kl_divergence": 1e-6},
    }  # fmt: skip
    method = {"method": "RDA", "folds": 10, "peak_mib": 300.0}
    return {
        "engine": [
            {"data": "Movie", **engine},
            {"data": "Emotion6", **engine, "ratio": 3.2, "ratio_two_processes": 6.0},
        ],
        "sweep": [
            {"data": "Movie", "settings": 36, "folds": 10, "epochs": 20, "ratio": 5.0, "ratio_two_processes": 9.0}
        ],
        "methods": [
            {"data": "Movie", **method, "seconds_a_fold": 0.4, "added_mib": 5.0},
            {"data": "Emotion6", **method, "seconds_a_fold": 0.3, "added_mib": 8.0},
        ],
        "scaling": [
            row
            for name in ("RDA", "DILDL")
            for row in (
                growth("members", [1, 10, 100], 0.8, name),
                growth("n", [100, 1_000, 10_000], 1.0, name),
                growth("q", [10, 100, 1_000], 0.5, name),
                growth("c", [3, 10, 100], 0.0, name),
                growth("processes", [1, 2], 2.0, name),
            )
        ],
        **rows_of_rivals(),
    }


def raced(who, how, cores, seconds, first=9.0):
    row = {"data": "Movie", "method": "RDA", "folds": 10, "epochs": 300, "who": who, "how": how, "cores": cores}
    return row | {"way": "some", "seconds": seconds, "first_seconds": first, "differs": 1e-7, "valid_kl": 0.4}


def on_device(who, device, members, seconds):
    name = "slide rule" if device == "cuda" else device
    row = {"who": who, "device": device, "name": name, "members": members, "epoch_seconds": seconds}
    return [{"method": method, "memory_mib": 7.0, "differs": 1e-6, **row} for method in ("RDA", "DILDL")]


def rows_of_rivals():
    limit = {"data": "Movie", "operations": 8e6, "bytes": 2e6, "products": {"code = x E": [50, 90, 100]}}
    limit |= {"step_seconds": 2e-4, "peak_seconds": 8e-5, "products_seconds": 1e-4, "bytes_seconds": 2e-5}
    run = {"method": "RDA", "epochs": 300, "rounds": 5}
    return {
        "race": [
            raced("ours", "one by one", 1, 1.0, first=0.5), raced("ours", "one by one", 2, 0.5, first=0.5),
            raced("JAX", "together", 1, 4.0), raced("JAX", "together", 2, 3.0), raced("JAX", "one by one", 2, 2.0),
            raced("torch.func", "together", 1, 8.0), raced("torch.func", "together, compiled", 1, 5.0, first=30.0),
            raced("loop", "one by one", 1, 20.0), raced("loop", "one by one", 2, 11.0),
        ],
        "limit": [{"method": name, "peak_gflops": 100.0, **limit} for name in ("RDA", "DILDL")],
        "prompt": [
            {"what": "ildl --help", "rounds": 5, "seconds": 0.1},
            {"what": "run, all stored", "data": "Movie", "seconds": 1.0, "ratio": 48.0, **run},
            {"what": "run", "data": "Movie", "seconds": 3.0, "ratio": 16.0, **run},
            {"what": "run", "data": "Emotion6", "seconds": 3.0, "ratio": 9.0, **run},
        ],
    }  # fmt: skip


def write_gpu(folder, device="cuda"):
    """One core: a second an epoch and network; the GPU: 10 seconds however many."""
    found = [row for members in (1, 4, 25) for row in on_device("trainer", "cpu", members, float(members))]
    found += [row for members in (1, 4, 25) for row in on_device("trainer", device, members, 10.0)]
    found += on_device("torch.func", device, 4, 6.0) + on_device("torch.func, CUDA graphs", device, 4, 2.0)
    machine = MACHINE | {"processor": "another"}
    (folder / "gpu.json").write_text(json.dumps({"machine": machine, "rows": found}))


def write(folder, kinds=KINDS, **changed):
    for kind in kinds:
        content = {"machine": MACHINE | changed.get(kind, {}), "rows": rows()[kind]}
        (folder / f"{kind}.json").write_text(json.dumps(content))


@pytest.fixture
def frames(tmp_path):
    write(tmp_path)
    write_gpu(tmp_path)
    return load_benchmarks(tmp_path)[0]


def spoil_ratio(folder, value):
    path = folder / "sweep.json"
    content = json.loads(path.read_text())
    content["rows"][0]["ratio"] = value
    path.write_text(json.dumps(content))


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


def test_extrapolation_follows_the_measured_growth(frames):
    """Time ~ n q^(1/2): at the base, one of a hundred costs 100^0.8 / 100 for 3 epochs, and 100 times that for 300."""
    base = seconds_a_fit(frames["scaling"], "RDA", BASE)
    assert base == pytest.approx(100**0.8)
    larger = seconds_a_fit(frames["scaling"], "RDA", {"n": 100 * BASE["n"], "q": 4 * BASE["q"], "c": 50})
    assert larger == pytest.approx(100 * 2 * base)
    small = study(frames["scaling"]).iloc[0]
    assert small["core_hours"] == pytest.approx(1e7 * base * 200 / 150 / 3600)
    assert small["days"] == pytest.approx(small["core_hours"] / 64 / 24)


def test_what_sharing_gains(frames):
    assert sharing(frames["scaling"], "DILDL") == pytest.approx(100**0.8 / 100)


def test_costs_of_a_method_are_of_its_default_and_each_cell_once(frames):
    costs = method_costs(frames["methods"], COMPARISON).loc["RDA"]
    assert costs[["Movie", "Emotion6", "added_mib"]].to_list() == [0.4, 0.3, 8.0]
    assert costs["reference"] == pytest.approx(0.3)


def test_the_table_shows_the_rows_of_its_data(frames):
    shown = cost_table(frames, COMPARISON, "cost")
    cells = Cells(shown.html).rows
    assert ["RDA", "0.400", "0.300", "0.300", "8"] in cells
    seconds = 100**0.8 * 200 / 150
    hours = 1e7 * seconds / 3600
    assert ["as RDA", f"{seconds:.2f}", f"{hours:,.0f}", f"{hours / 64 / 24:,.0f}"] in cells
    assert not any("processes" in row[0] for row in cells)
    data = pd.read_csv(BytesIO(shown.files["csv"]))
    assert data["what"].value_counts().to_dict() == {
        "engine": 2, "sweep": 1, "methods": 2, "scaling": 10, "reference": 1, "study": 6
    }  # fmt: skip
    assert data.loc[data["what"] == "engine", "ratio"].to_list() == [4.0, 3.2]


def test_pictures_draw_the_measurements(frames, monkeypatch):
    drawn = {}
    monkeypatch.setattr(figures, "show_figure", lambda figure, name, label, data: drawn.update({name: (figure, data)}))
    figures.plot_loop(frames["engine"], "loop")
    figures.plot_growth(frames["scaling"], "growth")
    (axis,) = drawn["loop"][0].axes
    points = [line for line in axis.lines if line.get_marker() != "None"]
    assert [(line.get_xdata()[0], line.get_markerfacecolor() == figures.PAPER) for line in points] == [
        (1.0, False), (4.0, True), (1.0, False), (4.0, True)
    ]  # fmt: skip
    assert [text.get_text() for text in axis.texts] == ["4 times", "3 times"]
    panels = drawn["growth"][0].axes
    assert [panel.get_xlabel() for panel in panels] == [
        "networks trained together", "training rows", "features", "labels"
    ]  # fmt: skip
    rda, dildl, linear = panels[1].lines
    assert list(rda.get_ydata()) == list(dildl.get_ydata()) == [100.0, 1_000.0, 10_000.0]
    assert list(linear.get_ydata()) == pytest.approx([100.0, 1_000.0, 10_000.0])
    plt.close("all")


def test_the_race_is_of_best_settings(frames):
    results = race_results(frames["race"])
    assert results.loc[(1, "Movie", "RDA")].to_list() == [1.0, 4.0, 5.0, 20.0]  # compiled, of the two of torch.func
    assert results.loc[(2, "Movie", "RDA")].to_list()[:2] == [0.5, 2.0]


def test_lines_of_equal_slope_cross_where_they_must(frames):
    """A second a network against ten seconds in all: from ten networks on."""
    results = gpu_results(frames["gpu"])
    assert crossing(results, "RDA") == pytest.approx(10)
    assert crossing(results.assign(gpu=results["cpu"] * 2), "RDA") is None
    numbers = cost_facts(frames, MACHINE, MANIFEST).numbers
    assert numbers["gpu_from"] == "10 of DILDL and 10 of RDA"
    assert numbers["gpu_graphs"] == "up to 3.0 times as fast"
    assert crossing(results.assign(gpu=results["cpu"] / 2), "RDA") == pytest.approx(1)


def test_what_is_held_against_the_trainer_is_shown(frames):
    cells = Cells(held_against_table(frames, "against").html).rows
    assert ["Movie, RDA", "1.00", "4.00", "5.00", "20.00"] in cells
    assert ["Movie, RDA", "0.50", "2.00", "–", "11.00"] in cells
    assert ["RDA", "8.0", "2.0", "200", "40%", "50%", "10%"] in cells
    assert ["run", "3.00", "16.0"] in cells
    assert ["4", "4,000.0", "10,000.0", "6,000.0", "2,000.0", "7"] in cells


def test_what_is_not_there_is_said(tmp_path, frames):
    """Without JAX, and with a GPU file that is missing or was made on a CPU, the page stands."""
    race = frames["race"]
    row = {"data": "Movie", "method": "RDA", "who": "JAX", "how": "together", "lacking": "not installed"}
    frames["race"] = pd.concat([race[race["who"] != "JAX"], pd.DataFrame([row])], ignore_index=True)
    (tmp_path / "gpu.json").unlink()
    frames["gpu"] = load_benchmarks(tmp_path)[0]["gpu"]
    assert frames["gpu"].empty
    facts = cost_facts(frames, MACHINE, MANIFEST)
    assert not facts.checks["JAX is in the race"]
    assert not facts.checks["a GPU was measured"]
    assert facts.numbers["race_most"] == 22.0  # the loop's, on two cores
    cells = Cells(held_against_table(frames, "against").html).rows
    assert ["Movie, RDA", "1.00", "not installed", "5.00", "20.00"] in cells
    assert ["A GPU", "not measured"] in cells
    write_gpu(tmp_path, device="cpu")
    assert load_benchmarks(tmp_path)[0]["gpu"].empty


def first_of(kind, column, value):
    return lambda f, m: f[kind].loc.__setitem__((0, column), value)


CHANGES = {
    "all of the race end where the loop does": first_of("race", "differs", 2e-5),
    "nobody in the race is faster": first_of("race", "seconds", 4.5),
    "JAX is in the race": lambda f, m: f.update(race=f["race"][f["race"]["who"] != "JAX"]),
    "JAX takes longer to begin": first_of("race", "first_seconds", 10.0),
    "no step is faster than its products": first_of("limit", "products_seconds", 2.1e-4),
    "the yardstick is reached on Emotion6": lambda f, m: f["prompt"].loc.__setitem__((3, "ratio"), 7.9),
    "the yardstick is reached on Movie": lambda f, m: f["prompt"].loc.__setitem__((2, "ratio"), 14.9),
    "a GPU was measured": lambda f, m: f.update(gpu=f["gpu"].iloc[:0]),
    "the reference run took less than two hours": lambda f, m: m["a"].update(seconds=7200),
    "the gain is largest on Movie": lambda f, m: f["engine"].loc.__setitem__((1, "ratio"), 4.5),
    "the trainer is several times as fast everywhere": lambda f, m: f["engine"].loc.__setitem__((1, "ratio"), 2.9),
    "two processes are faster still": lambda f, m: f["engine"].loc.__setitem__((1, "ratio_two_processes"), 3.1),
    "results are equal to five decimals": lambda f, m: f["engine"].at.__setitem__((1, "differences"), {"a": 6e-6}),
    "one network among many costs less than half": lambda f, m: f["scaling"].at.__setitem__((5, "seconds"), [1, 9, 60]),
    "time grows no faster than the size, but for a tenth": lambda f, m: f["scaling"].loc.__setitem__(
        (1, "last_exponent_seconds"), 1.2
    ),
}


@pytest.mark.parametrize("check", CHANGES)
def test_a_small_fault_turns_its_check(frames, check):
    manifest = {name: dict(entry) for name, entry in MANIFEST.items()}
    machine = {name: str(value) for name, value in MACHINE.items()}
    before = cost_facts(frames, machine, manifest)
    assert set(before.checks) == set(CHANGES)
    assert all(before.checks.values())
    assert (before.numbers["least"], before.numbers["most"]) == (3.2, 4.0)
    CHANGES[check](frames, manifest)
    after = cost_facts(frames, machine, manifest).checks
    assert not after[check]


@pytest.mark.skipif(not SHIPPED.exists(), reason="no benchmarks are shipped")
def test_the_shipped_files_are_of_every_network_method_and_dimension():
    frames, _ = load_benchmarks(SHIPPED)
    assert {"RDA", "DILDL"} <= set(frames["engine"]["method"])
    assert {"members", "n", "q", "c", "processes"} == set(frames["scaling"]["along"])
    for kind in ("engine", "race", "limit"):
        assert set(frames[kind]["data"]) == {"Movie", "SCUT-FBP", "Emotion6"}
