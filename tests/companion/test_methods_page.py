"""The cards of the methods: cells against the download, the picture by its bars, sentences against small faults."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from companion.base.asked import Asked
from companion.base.names import RIVALS
from companion.methods.facts import methods_facts, tally
from companion.methods.figures import plot_verdicts
from companion.methods.frames import Cards, cards_of, fold_values, load_cards, same_values
from companion.methods.tables import HEADS, cell, method_card
from ildl.compare.noise import noise

ROOT = Path(__file__).parents[2]
METHODS = [*RIVALS, "DILDL"]


@pytest.fixture(scope="module")
def cards():
    return load_cards(Asked("reference"))


@pytest.fixture(scope="module")
def facts(cards):
    return methods_facts(cards)


def read(shown):
    return pd.read_csv(io.BytesIO(shown.files["csv"]), low_memory=False)


def shown_numbers(shown):
    """Data set and row -> metric -> what the cell says."""
    numbers, of_set = {}, ""
    for row in re.findall(r"<tr.*?</tr>", shown.html.partition("<tbody>")[2], re.DOTALL):
        head = unescape(re.search(r"<th[^>]*>(.*?)</th>", row)[1])
        cells = re.findall(r"<td[^>]*>([^<]*)", row)
        if cells:
            numbers[of_set, head] = dict(zip(HEADS, cells, strict=True))
        else:  # a heading of a group
            of_set = head
    return numbers


def test_a_card_has_print_first_and_the_default_next(cards):
    lines = list(shown_numbers(method_card(cards, "LDLSF", "card")))
    for dataset in ("Movie", "Natural Scene"):
        of_set = [row for name, row in lines if name == dataset]
        assert of_set[:2] == ["published", "LDLSF"]
        assert len(of_set) > 2


@pytest.mark.parametrize("method", METHODS)
def test_every_cell_can_be_computed_from_the_download(cards, method):
    shown = method_card(cards, method, "card")
    data, numbers = read(shown), shown_numbers(shown)
    main = data[(data["split_folds"] == "kfold") & (data["split_seed"] == 0)]
    if method in ("DILDL", "RDA"):  # other partitions repeat cells of the first
        main = main.drop_duplicates(["dataset", "reading", "metric", "fold", "seed"])
    readings = list(dict.fromkeys(cards.of(method)["reading"]))
    names = dict(zip(cards.of(method)["reading"], cards.of(method)["row"], strict=True))
    assert len(numbers) == 2 * (1 + len(readings))
    for dataset in ("Movie", "Natural_Scene"):
        of_set = main[main["dataset"] == dataset]
        means = of_set.groupby(["reading", "metric", "fold"])["value"].mean().groupby(level=[0, 1]).mean()
        for metric in HEADS:
            published = of_set.loc[of_set["metric"] == metric, "published"].iloc[0]
            assert float(numbers[dataset.replace("_", " "), "published"][metric]) == published
            for reading in readings:
                cell = numbers[dataset.replace("_", " "), names[reading]][metric]
                assert float(cell) == pytest.approx(means[reading, metric], abs=5.1e-5)


def test_the_colour_of_a_cell_follows_from_the_download(cards):
    data = read(method_card(cards, "LDL-LCLR", "card"))
    rows = data[(data["dataset"] == "Movie") & (data["reading"] == "default") & (data["metric"] == "kl_divergence")]
    folds = rows.groupby("fold")["value"].mean()
    margin = noise(
        pd.Series([folds.std(ddof=0)]), pd.Series([10]), rows["published_std"].iloc[:1].reset_index(drop=True),
        pd.Series([5e-5]), n_seeds=pd.Series([1.0]), seed_variance=pd.Series([np.nan]),
        partition_variance=pd.Series([np.nan]), n_partitions=pd.Series([1.0]),
    )["margin"].item()  # fmt: skip
    worse = folds.mean() - rows["published"].iloc[0] > margin
    row = cards.of("LDL-LCLR").query("dataset == 'Movie' and reading == 'default' and metric == 'kl_divergence'")
    assert worse
    assert cell(row.iloc[0].to_dict()).look == "ours-worse"
    detail = cell(row.iloc[0].to_dict()).detail
    assert detail.startswith("LDL-LCLR on Movie, ")
    assert "ours 0.7536 ± " in detail


def test_the_download_has_all_data_sets_with_what_training_cost(cards):
    data = fold_values(cards, "RDA")
    assert set(data.loc[data["value"].notna(), "dataset"]) == set(cards.results["dataset"])
    assert data.loc[data["value"].notna(), "fit_seconds"].notna().all()
    assert not data.duplicated(["dataset", "reading", "metric", "split_folds", "split_seed", "fold", "seed"]).any()
    assert set(data.dropna(subset="published")["dataset"]) >= {"Movie", "RAF-ML", "Flickr_LDL"}


def test_the_picture_draws_the_counts_of_the_table(cards, monkeypatch):
    drawn = []
    close = plt.close
    monkeypatch.setattr("companion.show.figure.plt.close", lambda figure: (drawn.append(figure), close(figure)))
    plot_verdicts(cards, "verdicts")
    (axis,) = drawn[0].axes
    counts = {}
    for bars in axis.containers:
        for method, bar in zip(METHODS, bars, strict=True):
            counts.setdefault(method, {})[bars.get_label()] = (bar.get_x(), bar.get_width())
    words = {"ours better": ["better"], "inside the noise": ["inside"], "ours worse": ["worse"]}
    for method in METHODS:
        verdicts = cards.of(method).query("reading == 'default'")["verdict"]
        for label, (start, width) in counts[method].items():
            if label in words:
                assert width == verdicts.isin(words[label]).sum()
            before = {"inside the noise": ["ours better"], "ours better": []}.get(label)
            if before is not None:
                assert start == sum(counts[method][name][1] for name in before)
        assert sum(width for _, width in counts[method].values()) == len(verdicts) == 18


def test_numbers_are_those_of_the_results(cards, facts):
    rows = cards.results.query("method == 'DILDL' and reading == 'rebalanced' and metric == 'kl_divergence'")
    movie = rows[rows["dataset"] == "Movie"].groupby("fold")["value"].mean().mean()
    assert facts.numbers["dildl_rda_loss_movie"] == pytest.approx(movie)
    assert facts.numbers["dildl_movie_published"] == 0.2211
    assert tally(cards.table).loc["DILDL", "worse"] == facts.numbers["dildl_all"] == 18


def test_every_sentence_of_the_page_is_borne_out_and_bound_to_a_check(facts):
    assert all(facts.checks.values())
    notebook = nbformat.read(ROOT / "notebooks/12_methods.ipynb", 4)
    prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    bound = {
        name for line in prose.splitlines() if line.startswith(":::{holds}") for name in line[10:].strip().split("; ")
    }
    assert bound == set(facts.checks)


FAULTS = {
    "DILDL is worse than published in every number": ("DILDL", "default", "Movie", "cosine", {"verdict": "inside"}),
    "the methods on RDA's network are better than published in every number on Movie": (
        "OFR-CB", "default", "Movie", "clark", {"verdict": "inside"}),
    "no number of EDL-LRL is better or worse than published": (
        "EDL-LRL", "default", "Movie", "clark", {"verdict": "better"}),
    "Adam-LDL-SCL is better than published in every number": (
        "Adam-LDL-SCL", "default", "Movie", "clark", {"verdict": "inside"}),
    "LDL-LDM is better than published on Movie in all metrics but one, worse by KL on Natural Scene": (
        "LDL-LDM", "default", "Natural_Scene", "kl_divergence", {"verdict": "inside"}),
    "no number of OFR-FL, OFR-CB and OFR-DB is worse than published": (
        "OFR-DB", "default", "Natural_Scene", "clark", {"verdict": "worse"}),
    "the authors' steps of EDL-LRL lower KL on Movie and more than double it on Natural Scene": (
        "EDL-LRL", "the authors' steps", "Natural_Scene", "kl_divergence", {"ours": 2.0}),
    "projection lowers the KL of LDLSF on Movie and raises it on Natural Scene": (
        "LDLSF", "projection onto the simplex", "Natural_Scene", "kl_divergence", {"ours": 7.0}),
    "with the authors' weights, the KL of LDL-LCLR is inside the noise on both sets": (
        "LDL-LCLR", "the authors' weights", "Natural_Scene", "kl_divergence", {"verdict": "worse"}),
    "the fault gives the KL of Adam-LDL-SCL on Movie, and leaves Natural Scene as it is": (
        "Adam-LDL-SCL", "epsilon cut-off (a numerical fault)", "Natural_Scene", "kl_divergence", {"ours": 1.5}),
    "600 iterations raise the KL of LDL-LDM on both sets": (
        "LDL-LDM", "600 iterations", "Movie", "kl_divergence", {"ours": 0.6}),
    "one weight a label lowers the KL of OFR-CB on both sets": (
        "OFR-CB", "one weight a label", "Natural_Scene", "kl_divergence", {"ours": 1.3}),
    "dividing the loss moves the KL of RDA by less than five per cent": (
        "RDA", "loss divided by itself", "Movie", "kl_divergence", {"ours": 0.2}),
    "tuning moves the KL of RDA by less than ten per cent": ("RDA", "tuned", "Movie", "kl_divergence", {"ours": 0.18}),
    "training the label encoders moves the KL of DILDL by less than two per cent": (
        "DILDL", "joint label gradient", "Movie", "kl_divergence", {"ours": 0.6}),
    "sampling the code always raises the KL of DILDL on both sets, and in training alone lowers it": (
        "DILDL", "sampled in training", "Natural_Scene", "kl_divergence", {"ours": 1.39}),
    "with RDA's loss, the KL of DILDL is the lowest of its readings on both sets": (
        "DILDL", "rebalanced divergences", "Natural_Scene", "kl_divergence", {"ours": 1.13}),
}  # fmt: skip


@pytest.mark.parametrize("check", FAULTS)
def test_one_other_number_turns_a_sentence_over(cards, check):
    method, reading, dataset, metric, values = FAULTS[check]
    table = cards.table.copy()
    at = (table[["method", "reading", "dataset", "metric"]] == [method, reading, dataset, metric]).all(axis=1)
    assert at.sum() == 1
    for column, value in values.items():
        table.loc[at, column] = value
    assert not methods_facts(Cards(cards.results, cards.partitions, table)).checks[check]


@pytest.mark.parametrize(("check", "method", "bound"), [
    ("most numbers of SA-BFGS are inside the noise", "SA-BFGS", 4),
    ("most numbers of LDLSF are inside the noise", "LDLSF", 4),
    ("most numbers of LDL-LCLR are worse than published", "LDL-LCLR", 3),
])  # fmt: skip
def test_most_is_at_least_half(cards, check, method, bound):
    kind = "worse" if "worse" in check else "inside"
    table = cards.table.copy()
    rows = table.index[(table["method"] == method) & (table["reading"] == "default") & (table["verdict"] == kind)]
    table.loc[rows[: bound - 1], "verdict"] = "better"
    assert methods_facts(Cards(cards.results, cards.partitions, table)).checks[check]
    table.loc[rows[:bound], "verdict"] = "better"
    assert not methods_facts(Cards(cards.results, cards.partitions, table)).checks[check]


def test_a_rival_that_is_as_bad_as_dildl_turns_the_first_sentence_over(cards):
    table = cards.table.copy()
    table.loc[table["method"] == "LDL-LCLR", "verdict"] = "worse"
    table.loc[table["feature_set"] != "benchmark", "verdict"] = None
    assert not methods_facts(Cards(cards.results, cards.partitions, table)).checks["no rival is worse in every number"]


def test_same_values_are_the_same_bit_by_bit(cards):
    assert same_values(cards.results, "LDLSF", "groups by label")
    other = cards.results.copy()
    at = other.index[(other["method"] == "LDLSF") & (other["reading"] == "groups by label")][0]
    other.loc[at, "value"] = np.nextafter(other.loc[at, "value"], 9)
    assert not same_values(other, "LDLSF", "groups by label")
    assert not same_values(other, "LDLSF", "no such reading")


def test_a_small_run_says_what_it_lacks(cards):
    small = cards.results.query("reading == 'default' and fold < 2 and seed == 0 and dataset == 'Movie'")
    made = cards_of(small, cards.partitions.iloc[:0].reindex(columns=cards.partitions.columns))
    facts = methods_facts(made)
    assert facts.numbers["rda_tuned_movie"] is None
    assert facts.numbers["sa_bfgs_scene"] is None
    assert not facts.checks["tuning moves the KL of RDA by less than ten per cent"]
    assert not facts.checks["one weight a label lowers the KL of OFR-CB on both sets"]
    assert method_card(made, "RDA", "card").html.count("<tr>") == 3  # head, published and ours
    assert tally(made.table).loc["RDA"].sum() == 9


def test_the_committed_notebook_has_a_card_for_each_method():
    cells = json.loads((ROOT / "notebooks/12_methods.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(one["source"]) for one in cells)
    assert all(f'method_card(cards, "{method}"' in code for method in METHODS)
    assert all(f"\n## {method}\n" in f"\n{code}" or f"## {method}" in code for method in METHODS)
