"""Cells and p-values of the tables, derived again from the shipped values of single folds by plain arithmetic."""

from __future__ import annotations

import csv
import io
import json
import lzma
import math
import statistics
from collections import defaultdict

import pytest
from scipy import stats

from companion.base.reference import FOLDER, read_reference
from ildl.compare.significance import compare
from ildl.compare.statistics import summarise

CELLS = [
    ("Movie", "DILDL", "default", "kl_divergence"), ("Movie", "DILDL", "as printed", "chebyshev"),
    ("Movie", "DILDL", "rebalanced", "euclidean_tail"), ("Movie", "RDA", "default", "kl_divergence"),
    ("Movie", "OFR-DB", "default", "chebyshev"), ("Movie", "SA-BFGS", "default", "clark"),
    ("Movie", "Uniform", "default", "kl_divergence"), ("Natural_Scene", "DILDL", "default", "kl_divergence"),
    ("Natural_Scene", "DILDL", "as printed", "euclidean_head"), ("Natural_Scene", "RDA", "default", "cosine"),
    ("Natural_Scene", "LDL-LDM", "default", "intersection"), ("Emotion6", "DILDL", "added", "canberra"),
    ("SCUT-FBP", "OFR-FL", "default", "euclidean_all"),
]  # fmt: skip
TESTS = [
    ("Movie", "RDA", "kl_divergence"), ("Movie", "OFR-DB", "chebyshev"), ("Movie", "Uniform", "kl_divergence"),
    ("Movie", "LDL-LDM", "euclidean_all"), ("Movie", "SA-BFGS", "intersection"),
    ("Natural_Scene", "RDA", "kl_divergence"), ("Natural_Scene", "OFR-DB", "cosine"),
    ("Natural_Scene", "EDL-LRL", "chebyshev"), ("Emotion6", "RDA", "clark"), ("SCUT-FBP", "OFR-CB", "euclidean_tail"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folds():
    """(dataset, method, reading, metric) -> fold -> values of the seeds, from the file, without this package."""
    text = lzma.open(FOLDER / "comparison.csv.xz", "rt", encoding="utf-8").read()
    values = defaultdict(lambda: defaultdict(dict))
    for row in csv.DictReader(io.StringIO(text)):
        if row["epoch_kept"] == "best":
            for metric in {cell[3] for cell in CELLS} | {test[2] for test in TESTS}:
                if row[metric]:
                    key = row["dataset"], row["method"], row["reading"], metric
                    values[key][int(row["fold"])][row["seed"]] = float(row[metric])
    return values


@pytest.fixture(scope="module")
def results():
    frame = read_reference("comparison")
    return frame[frame["epoch_kept"] == "best"]


def over_seeds(by_fold):
    return [statistics.fmean(by_fold[fold].values()) for fold in sorted(by_fold)]


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_mean_and_spread(cell, folds, results):
    dataset, method, reading, metric = cell
    values = over_seeds(folds[cell])
    assert len(values) == 10
    rows = results[(results["dataset"] == dataset) & results["metric"].isin({metric})]
    table = summarise(rows)
    params = rows.loc[(rows["method"] == method) & (rows["reading"] == reading), "params"].iloc[0]
    [found] = table[(table["method"] == method) & (table["params"] == params)].to_dict("records")
    assert found["mean"] == pytest.approx(statistics.fmean(values), rel=1e-12)
    assert found["std"] == pytest.approx(statistics.pstdev(values), rel=1e-9)


@pytest.mark.parametrize("test", TESTS, ids="-".join)
def test_p_value_and_interval(test, folds, results):
    dataset, rival, metric = test
    mine, theirs = (folds[dataset, method, "default", metric] for method in ("DILDL", rival))
    differences = [a - b for a, b in zip(over_seeds(mine), over_seeds(theirs), strict=True)]
    k = len(differences)
    # ten folds: a test fold is a ninth of the rows that its training folds are taken from
    error = math.sqrt((1 / k + 1 / (k - 1)) * statistics.variance(differences))
    mean = statistics.fmean(differences)
    rows = results[(results["dataset"] == dataset) & (results["metric"] == metric) & (results["reading"] == "default")]
    found = compare(rows[rows["method"].isin(["DILDL", rival])])
    [row] = found.to_dict("records")
    assert row["difference"] == pytest.approx(mean, rel=1e-9)
    assert row["p_corrected"] == pytest.approx(2 * stats.t.sf(abs(mean / error), k - 1), rel=1e-6)
    reach = stats.t.ppf(0.975, k - 1) * error
    assert (row["low"], row["high"]) == pytest.approx((mean - reach, mean + reach), rel=1e-6, abs=1e-12)
    assert row["p_paired"] == pytest.approx(stats.ttest_rel(over_seeds(mine), over_seeds(theirs)).pvalue, rel=1e-6)


def test_the_file_is_that_of_the_manifest():
    manifest = json.loads((FOLDER / "manifest.json").read_text())["comparison"]
    assert manifest["cells"] > 0
    assert set(manifest["data"]) >= {"Movie", "Natural_Scene"}
