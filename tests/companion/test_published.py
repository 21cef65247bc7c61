"""The published tables are loaded as printed, and their numbers obey what no rounding can break."""

import math

import pandas as pd
import pytest

from companion.base import published
from companion.base.comparison import METRIC_TITLES
from companion.base.names import DATASETS, RIVALS
from companion.base.published import load_published
from ildl.compare import statistics
from ildl.data import RECORDS
from ildl.methods import METHODS as REGISTRY
from ildl.metrics import HIGHER_IS_BETTER, evaluate

METHODS = ["SA-BFGS", "EDL-LRL", "LDLSF", "LDL-LCLR", "Adam-LDL-SCL", "LDL-LDM", "OFR-FL", "OFR-CB", "OFR-DB", "RDA"]
METRICS = set(evaluate([[0.5, 0.3, 0.2]], [[0.4, 0.4, 0.2]], head=[0]))


@pytest.mark.parametrize(("source", "cells", "methods"), [
    ("dildl", 330, [*METHODS, "DILDL"]),
    ("rda_appendix", 540, METHODS),
    ("amema_appendix", 288, [*METHODS, "DILDL", "AMEMA"]),
])  # fmt: skip
def test_all_cells_under_our_names(source, cells, methods):
    frame = load_published(source)
    assert len(frame) == cells
    assert list(frame["method"].unique()) == methods
    assert list(frame["dataset"].unique()) == list(DATASETS)
    assert set(frame["metric"]) <= METRICS
    # Complete: every method on every data set, for every metric.
    assert set(frame.groupby("metric").size()) == {len(methods) * len(DATASETS)}


@pytest.mark.parametrize(("dataset", "method", "metric", "mean", "std"), [
    ("Movie", "DILDL", "chebyshev", 0.1752, 0.0091),
    ("Movie", "RDA", "kl_divergence", 0.2491, 0.0149),  # the paper prints RAD
    ("Natural_Scene", "SA-BFGS", "kl_divergence", 4.7976, 0.3734),
    ("SCUT-FBP", "RDA", "euclidean_head", 0.234, math.nan),
])  # fmt: skip
def test_cells_of_the_paper(dataset, method, metric, mean, std):
    frame = load_published().set_index(["dataset", "method", "metric"])
    cell = frame.loc[(dataset, method, metric)]
    assert cell["mean"] == mean
    assert cell["std"] == pytest.approx(std, nan_ok=True)


def test_a_table_is_part_of_its_source():
    frame = load_published("dildl")
    table = frame[frame["table"] == "2"]
    assert set(table["metric"]) == {"kl_divergence"}
    assert len(table) == 66


@pytest.mark.parametrize(("printed", "half"), [("0.3415", 5e-5), (".473", 5e-4), ("27.1", 0.05), ("3", 0.5)])
def test_half_unit_of_the_last_digit(printed, half):
    assert published.half_unit(printed) == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize("source", published.SOURCES)
def test_printed_text_lies_within_its_rounding_interval_and_in_the_raw_cell(source):
    frame = load_published(source)
    assert (frame["mean_half_unit"] > 0).all()
    assert (frame["std_half_unit"].isna() == frame["std"].isna()).all()
    for printed, raw in zip(frame["mean_printed"], frame["raw"], strict=True):
        assert raw.lstrip("0").startswith(printed.lstrip("0"))


MARKERS = {"better": "●•∙", "worse": "◦°"}


@pytest.mark.parametrize("source", published.SOURCES)
def test_mean_standard_deviation_rank_and_marker_are_those_of_the_raw_cell(source):
    """In this order; some tables print ".473"."""
    for cell in load_published(source).itertuples():
        text = cell.mean_printed + (f"±{cell.std_printed}" if cell.std_printed else "")
        text += f"({cell.rank})" if cell.rank else ""
        marks = MARKERS.get(cell.marker, "") or ("",)
        assert cell.raw.lstrip("0") in [text.lstrip("0") + mark for mark in marks]
        assert cell.marker in ("better", "worse", "none", "")


def test_ablations_are_those_of_the_raw_cells_with_their_switches():
    cells = pd.read_csv(published.find_published("ablations.csv"), dtype=str, keep_default_na=False)
    assert (cells["raw"] == cells["value"]).all()
    assert set(cells["metric"].replace("kl", "kl_divergence")) <= METRICS
    for source, switches in published.COMPONENTS.items():
        assert cells.loc[cells["source"] == source, list(switches)].isin(["0", "1"]).all(axis=None)
        assert set(published.load_ablations(source)["dataset"]) <= set(DATASETS)


def test_average_ranks_are_of_the_rivals():
    ranks = published.load_average_ranks()
    assert set(ranks["method"]) == set(METHODS)
    assert set(ranks["metric"]) == METRICS


def test_inequality_between_metrics_that_holds_for_every_prediction():
    """Chebyshev <= Euclidean for each row, hence for means, within the rounding of both."""
    frame = load_published("rda_appendix").pivot(
        index=["dataset", "method"], columns="metric", values=["mean", "mean_half_unit"]
    )
    low, high = frame["mean"]["chebyshev"], frame["mean"]["euclidean_all"]
    slack = frame["mean_half_unit"]["chebyshev"] + frame["mean_half_unit"]["euclidean_all"]
    assert (low <= high + slack).all()


def test_metrics_are_those_of_the_library():
    assert set(METRIC_TITLES) == METRICS
    assert statistics.HIGHER_IS_BETTER == HIGHER_IS_BETTER
    assert {name for name, title in METRIC_TITLES.items() if "high is good" in title} == HIGHER_IS_BETTER


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match="Unknown source 'dldl'. Did you mean 'dildl'"):
        load_published("dldl")


def test_a_missing_file_is_named_with_what_restores_it(monkeypatch, tmp_path):
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="dildl_results.csv is not in .*Restore it with `git restore"):
        load_published()


@pytest.mark.parametrize(("old", "new", "message"), [
    ("0.3415,0.0070", "O.3415,0.0070", r"line 2, column mean: 'O\.3415' is not a number"),
    ("0.3415,0.0070", ",0.0070", "line 2, column mean: '' is not a number"),
    ("source,table", "source,tabel", "its columns are source, tabel"),
    ("dildl,1,SCUT-FBP,SA-BFGS", "dildl,1,Movie,SA-BFGS", "none or two, of Movie, SA-BFGS, chebyshev"),
    ("dildl,1,Movie,SA-BFGS", "dildl,1,Moive,SA-BFGS", "none or two, of M"),
    ("dildl,1,Movie,SA-BFGS", "dildl,1,Movie,SABFGS", "none or two, of Movie, SABFGS"),
    ("SA-BFGS,chebyshev", "SA-BFGS,chebychev", "none or two, of Movie, SA-BFGS, che"),
    ("dildl,1,Movie,SA-BFGS,chebyshev,,0.3415,0.0070,better,,0.3415±0.0070●\n", "",
     "none or two, of Movie, SA-BFGS, chebyshev"),
])  # fmt: skip
def test_a_damaged_file_is_named_with_its_line(monkeypatch, tmp_path, old, new, message):
    text = published.find_published("dildl_results.csv").read_text(encoding="utf-8")
    (tmp_path / "dildl_results.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=message):
        load_published()


@pytest.mark.parametrize(("name", "load"), [
    ("rda_appendix_results.csv", lambda: load_published("rda_appendix")),
    ("amema_appendix_results.csv", lambda: load_published("amema_appendix")),
    ("ablations.csv", published.load_ablations),
    ("rda_appendix_avg_rank.csv", published.load_average_ranks),
])  # fmt: skip
def test_rows_that_are_lost_are_missed(monkeypatch, tmp_path, name, load):
    lines = published.find_published(name).read_text(encoding="utf-8").splitlines(keepends=True)
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    for kept in (lines[:1] + lines[2:], [line for line in lines if "clark" not in line]):
        (tmp_path / name).write_text("".join(kept), encoding="utf-8")
        with pytest.raises(ValueError, match=rf"{name}: .*git restore"):
            load()
    (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    load()


def test_each_number_comes_from_the_paper_that_has_it_first():
    cells = published.load_first_hand().set_index(["dataset", "method", "metric"])
    assert cells.index.is_unique
    assert len(cells) == 6 * 11 * 9
    for source in ("dildl", "rda_appendix"):
        own = load_published(source).set_index(["dataset", "method", "metric"])
        taken = cells[cells["source"] == source]
        assert taken["raw"].equals(own.loc[taken.index, "raw"])
        assert (source == "dildl") == (len(taken) == len(own))
    later = cells[cells["source"] == "amema_appendix"].reset_index()
    assert set(later["method"]) == {"DILDL"}
    assert set(later["metric"]) == {"clark", "canberra", "cosine", "intersection"}
    # Two slips of the later appendix: 0.061 for 0.016, 0.0591 for 0.018.
    slips = cells.loc[[("Movie", "RDA", "clark"), ("Natural_Scene", "RDA", "intersection")], "std_printed"]
    assert slips.tolist() == ["0.016", "0.018"]


def test_names_are_those_of_the_library():
    assert [name for name in RECORDS if name in DATASETS] == list(DATASETS)
    assert list(RIVALS) == METHODS
    assert set(METHODS) <= set(REGISTRY)
