"""What the pages of methods insert, from tidy results with known values."""

import itertools

import numpy as np
import pandas as pd
import pytest

from companion.base.published import load_published
from companion.comparison.method_pages import against_published, comparison_tables, method_pages, what_readings_change
from ildl.compare.statistics import summarise

PUBLISHED = load_published("dildl")
READINGS = {"LDLSF": {"projection": {"prediction": "simplex"}}}
METRICS = ("chebyshev", "kl_divergence")
CENTRES = {
    ("LDLSF", "{}"): 3.0,
    ("LDLSF", '{"prediction":"simplex"}'): 2.5,
    ("Uniform", "{}"): 0.2,
    ("Train-mean", "{}"): 0.3,
}


@pytest.fixture
def results():
    cells = itertools.product((("Movie", "benchmark"), ("Emotion6", "public")), CENTRES.items(), range(4), METRICS)
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": features, "method": method, "params": params, "fold": fold, "seed": 0,
             "metric": metric, "value": centre + 0.01 * fold, "fit_seconds": 0.5, "n_iter": 10.0 + fold, "epoch": None,
             "converged": fold > 0, "key": f"{dataset}{method}{params}{fold}"}
            for (dataset, features), ((method, params), centre), fold, metric in cells
        ]
    )  # fmt: skip


@pytest.fixture
def tables(results):
    return comparison_tables(summarise(results), PUBLISHED, READINGS)


def cells(table):
    return table.styler.data


def test_numbers_of_every_data_set_stand_beside_the_published(tables, results):
    shown = cells(method_pages(tables, results, ["LDLSF"])["LDLSF numbers"])
    movie = shown.loc["Movie", "Kullback-Leibler divergence"]
    assert movie["default"] == "3.0150 ± 0.0112"
    assert movie["projection"] == "2.5150 ± 0.0112"
    assert movie["published"] == "3.1338 ± 0.3786"
    assert movie["difference"] == "−0.1188"
    assert movie["noise"].startswith("inside (± 0.28")
    elsewhere = shown.loc["Emotion6 (other features)", "Kullback-Leibler divergence"]
    assert elsewhere["noise"] == "–"
    not_run = shown.loc["RAF-ML (not run)"]
    assert (not_run["default"] == "–").all()
    assert (not_run["published"] != "–").all()
    assert not not_run.duplicated().any()


def test_cost_tells_how_fits_ended(tables, results):
    shown = cells(method_pages(tables, results, ["LDLSF"])["LDLSF cost"])
    row = shown.loc["Movie", "projection"]
    assert row["seconds a fold"] == "0.50 s"
    assert row["iterations, or epoch kept (median)"] == "12"  # of 10 to 13, halves go to the even number
    assert row["reached its tolerance"] == "3 of 4"


def test_sentences(tables):
    rows = tables[tables["method"] == "LDLSF"]
    assert what_readings_change(rows) == "projection: −0.5000 on Movie, −0.5000 on Emotion6"
    default, other = against_published(rows).split("; ")
    assert (
        default == "default: on Movie 3.0150 against 3.1338 (difference −0.1188, inside the noise of ± 0.2857†, 9.0 df)"
    )
    assert other.startswith("projection: on Movie 2.5150 against 3.1338")
    assert what_readings_change(tables[tables["method"] == "Uniform"]) == "no other reading"


def test_a_reading_that_is_the_default_bit_by_bit_is_called_so(tables, results):
    rows = tables[tables["method"] == "LDLSF"]
    cells = results[results["method"] == "LDLSF"]
    default = cells[cells["params"] == "{}"]
    same = pd.concat([default, default.assign(params='{"prediction":"simplex"}')])
    assert "bit by bit" in what_readings_change(rows, same)
    assert "bit by bit" not in what_readings_change(rows, cells)
    nearly = same.assign(value=same["value"].where(same["params"] == "{}", np.nextafter(same["value"], 9)))
    assert "bit by bit" not in what_readings_change(rows, nearly)


def test_without_results_the_published_numbers_are_left():
    tables = comparison_tables(None, PUBLISHED, READINGS)
    pages = method_pages(tables, None, ["LDLSF", "Uniform"])
    assert not any(name.startswith("Uniform") for name in pages)
    shown = cells(pages["LDLSF numbers"])
    assert (shown["default"] == "–").all()
    assert shown["published"].str.match(r"[\d.]+").all()
    assert pages["LDLSF cost"] == "no result"
    assert "no data set at hand" in pages["LDLSF against published"]
    assert np.isnan(tables["ours"]).all()
