"""The page on why, on the reference run: its numbers found again by other means, its checks fall with a small fault."""

from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace

import pandas as pd
import pytest

from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.base.reference import read_reference
from companion.why import facts, tables
from companion.why.against import LAST, LEFT_OUT, SAMPLED, nearness
from companion.why.alignment import alignment_effect
from companion.why.facts import DILDL
from companion.why.frames import PROMOTED, describe_sets, load_all, mean_degrees  # noqa: F401
from companion.why.further import further_table, imbalance_curves, ranking_stability
from ildl.compare.statistics import BETTER, WORSE
from tests.companion.drawn import Cells

KL = "kl_divergence"
PRINTED, DERIVED = DILDL


@pytest.fixture(scope="module")
def page():
    asked = Asked("reference")
    evidence = load_all(asked)
    curves = imbalance_curves(load_experiment("imbalance", asked))
    return SimpleNamespace(
        evidence=evidence,
        agreement=nearness(evidence.runs),
        effects=alignment_effect(evidence.runs),
        degrees=mean_degrees("reference"),
        sets=describe_sets("reference"),
        further=further_table(load_experiment("further", asked)),
        curves=curves,
        stability=ranking_stability(curves),
    )


def found(page, **changes):
    return facts.why_facts(**{**vars(page), **changes})


def csv(shown):
    return pd.read_csv(BytesIO(shown.files["csv"]))


def changed(frame, where, names=(), **values):
    """Rows that a query finds, with other values."""
    index = frame.query(where, local_dict=globals() | dict(names)).index
    assert len(index), where
    return frame.assign(**{name: frame[name].where(~frame.index.isin(index), value) for name, value in values.items()})


def test_everything_that_the_page_says_is_borne_out(page):
    said = found(page)
    assert not [name for name, holds in said.checks.items() if not holds]
    assert not [name for name in ("kl_printed_left_out_movie", "further_where") if said.numbers[name] is None]


def test_numbers_found_again_from_the_results(page):
    numbers = found(page).numbers
    runs = {SAMPLED: read_reference("comparison"), LEFT_OUT: read_reference("unsampled")}
    printed = '{"dominant":"one-hot","nondominant":"softmax"}'
    for choice, by in (("sampled", SAMPLED), ("left_out", LEFT_OUT)):
        own = runs[by].query("dataset == 'Movie' and metric == @KL and epoch_kept == 'best'")
        dildl, ofr = own[own["params"] == printed], own[(own["method"] == "OFR-DB") & (own["reading"] == "default")]
        assert numbers[f"kl_printed_{choice}_movie"] == pytest.approx(dildl["value"].mean())
        assert numbers[f"kl_ofr_db_{choice}_movie"] == pytest.approx(ofr["value"].mean())
        assert numbers[f"epoch_printed_{choice}_movie"] == pytest.approx(dildl["epoch"].median(), abs=0.5)
    uniform = runs[SAMPLED].query("dataset == 'Movie' and metric == @KL and method == 'Uniform'")
    assert numbers["uniform_movie"] == pytest.approx(uniform["value"].mean(), rel=1e-6)
    assert (numbers["published"], numbers["published_better"]) == (5 * 11, 4)
    assert (numbers["rda_published_movie"], numbers["ofr_db_published_movie"]) == (0.2491, 0.3883)
    assert (numbers["align_left_out"], numbers["align_left_out_worse"]) == (2 * 9, 18)


FAULTS = {
    "every divergence published on Movie, Emotion6 and Flickr LDL is worse than equal degrees": (
        "side == 'published' and dataset == 'Emotion6' and row == 'DILDL'", {"verdict": "inside"}),
    "on sampled rows, DILDL by its printed objective is worse than equal degrees": (
        "dataset == 'SCUT-FBP' and row == @PRINTED and chosen_by == @SAMPLED", {"verdict": "inside"}),
    "what is published and better than equal degrees is RDA or DILDL, on RAF-ML or Natural Scene": (
        "side == 'published' and dataset == 'Movie' and row == 'RDA'", {"better": True}),
    "on sampled rows, nothing of ours on Movie is better than equal degrees": (
        "dataset == 'Movie' and row == 'OFR-DB' and chosen_by == @SAMPLED", {"better": True}),
    "on sampled rows, at most OFR-DB and DILDL with RDA's loss are better on Natural Scene": (
        "dataset == 'Natural_Scene' and row == 'RDA' and chosen_by == @SAMPLED", {"verdict": BETTER}),
    "on left-out rows, OFR-DB and RDA are better than equal degrees": (
        "dataset == 'Movie' and row == 'RDA' and chosen_by == @LEFT_OUT", {"verdict": "inside"}),
    "on left-out rows, DILDL by its printed objective is not better than equal degrees": (
        "dataset == 'Movie' and row == @DERIVED and chosen_by == @LEFT_OUT", {"better": True}),
    "on left-out rows, DILDL scores within a fifth of equal degrees": (
        "dataset == 'Movie' and row == @DERIVED and chosen_by == @LEFT_OUT", {"ratio": 1.3}),
    "our OFR-DB on Movie scores better than the published RDA": (
        "dataset == 'Movie' and row == 'OFR-DB' and chosen_by == @SAMPLED", {"value": 0.26}),
    "of all results, published DILDL on RAF-ML alone is better than the best constant": (
        "dataset == 'Movie' and row == 'OFR-DB' and chosen_by == @LEFT_OUT", {"better": True}),
}  # fmt: skip


@pytest.mark.parametrize("check", FAULTS)
def test_a_sentence_on_constants_falls_with_one_cell(page, check):
    where, values = FAULTS[check]
    against = changed(page.evidence.against, f"metric == @KL and {where}", **values)
    assert not found(page, evidence=replace(page.evidence, against=against)).checks[check]


def test_a_sentence_on_the_mean_of_the_training_rows_falls_with_one_set(page):
    scores = page.evidence.constants
    even = changed(scores, "dataset == 'Movie' and metric == @KL and method == 'Train-mean'", value=0.1)
    check = "the mean of the training rows scores worse than equal degrees on every set"
    assert not found(page, evidence=replace(page.evidence, constants=even)).checks[check]


def test_most_is_more_than_half(page):
    check = "most of what is published, and of what we train, is worse than equal degrees"
    for where in ("side == 'published' and dataset != 'Movie'", "chosen_by == @SAMPLED and dataset != 'Movie'"):
        against = changed(page.evidence.against, f"metric == @KL and {where}", verdict="inside")
        assert not found(page, evidence=replace(page.evidence, against=against)).checks[check]


RUNS = {
    "on left-out rows, DILDL on Movie stops almost at once": (PRINTED, LEFT_OUT, "epoch", 8),
    "on left-out rows, OFR-DB and RDA train on for fifty epochs and more": ("RDA", LEFT_OUT, "epoch", 8),
    "left-out rows give every network a lower divergence than sampled rows": ("RDA", LEFT_OUT, "value", 0.5),
    "the last epoch is better for OFR-DB and RDA on Movie, and worse for DILDL as printed on both": (
        "OFR-DB", LAST, "value", 0.3),
    "OFR-DB scores better than DILDL by its printed objective under every choice": ("OFR-DB", LAST, "value", 0.7),
}  # fmt: skip


@pytest.mark.parametrize("check", RUNS)
def test_a_sentence_on_epochs_falls_with_one_setting(page, check):
    row, by, column, value = RUNS[check]
    names, setting = {"row": row, "by": by}, "dataset == 'Movie' and row == @row and chosen_by == @by"
    runs = changed(page.evidence.runs, f"metric == @KL and {setting}", names, **{column: value})
    runs = runs[(runs["metric"] == KL) | (runs["metric"] == "from_start")]
    if column == "epoch":
        runs = changed(runs, setting, names, epoch=value)
    assert not found(page, evidence=replace(page.evidence, runs=runs)).checks[check]


OTHERS = {
    "equal degrees have the lowest divergence on most further sets": (
        "further", "metric == @KL and row == 'OFR-DB' and dataset.str.contains('a|e')", {"mean": 0.0}),
    "where validation rows choose the epoch, alignment never helps": (
        "effects", "added == 'decoupled alignment' and chosen_by == @LEFT_OUT and metric == 'clark'",
        {"verdict": BETTER}),
    "on left-out rows, alignment hurts in every comparison": (
        "effects", "added == 'alignment' and chosen_by == @LEFT_OUT and metric == 'clark'", {"verdict": "none"}),
    "with the last epoch, alignment hurts more often than it helps": (
        "effects", "added == 'alignment' and chosen_by == @LAST and verdict == @WORSE", {"verdict": "none"}),
    "with sampled rows, decoupling the alignment helps RDA more often than it hurts": (
        "effects", "added == 'decoupling' and chosen_by == @SAMPLED and verdict == @BETTER", {"verdict": "none"}),
    "the sampling makes the common label rarer and the rare one more common in every set": (
        "degrees", "dataset == 'RAF-ML' and part == @PROMOTED", {"after": 0.1}),
    "most sets become more unequal between labels, and fewer than half within rows": (
        "sets", "index in ['Movie', 'SCUT-FBP', 'Emotion6']", {"dominant_after": 1.0}),
    "methods are ordered by the evenness of their predictions": (
        "agreement", "dataset == 'Natural_Scene'", {"rank_correlation": 0.8}),
    "two printed numbers lie below the floor, both of SA-BFGS": ("sets", "index == 'Movie'", {"zeros_a_row": 3.0}),
    "on one further set alone does a method beat equal degrees": (
        "further", "metric == @KL and dataset == 'Yeast-spo' and row == 'OFR-DB'", {"holm_uniform": BETTER}),
    "there, the mean of the training rows beats equal degrees, and no method that mean": (
        "further", "metric == @KL and dataset == 'M2B' and row == 'OFR-CB'", {"holm_train_mean": BETTER}),
    "DILDL by its printed objective is nowhere better than RDA": (
        "further", "metric == @KL and dataset == 'M2B' and row == @DERIVED", {"verdict_rda": BETTER}),
    "DILDL with RDA's loss is nowhere worse than RDA": (
        "further", "metric == @KL and dataset == 'M2B' and row.str.contains('loss')", {"verdict_rda": WORSE}),
    "milder sampling brings DILDL nearer to equal degrees": (
        "curves", "dataset == 'Movie' and eta == 0.5 and row == @DERIVED", {"ratio": 3.2}),
    "on Movie, DILDL stays at twice equal degrees and more": (
        "curves", "dataset == 'Movie' and eta == 0.5 and row == @DERIVED", {"ratio": 1.9}),
    "on Natural Scene, under the mildest sampling, DILDL's mean is no worse than RDA's": (
        "curves", "dataset == 'Natural_Scene' and eta == 0.5 and row == 'RDA'", {"ratio": 0.9}),
    "methods nearly keep their order": ("stability", "dataset == 'Movie' and eta == 0.5", {"tau": 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("check", OTHERS)
def test_a_sentence_on_the_rest_falls_with_one_cell(page, check):
    name, where, values = OTHERS[check]
    assert not found(page, **{name: changed(getattr(page, name), where, **values)}).checks[check]


def body(shown):
    """Heading of a row -> its texts; of several tabs, the last one's."""
    return {row[0]: row[1:] for row in Cells(shown.html).rows if len(row) > 6 and row[0]}


def test_the_table_of_equal_degrees_can_be_computed_from_its_data(page):
    shown = tables.equal_degrees_table(page.evidence, page.agreement, "equal-degrees")
    rows = csv(shown).query("constant == 'Uniform' and metric == 'chebyshev'")  # the last tab
    cells = body(shown)
    for dataset in ("Movie", "RAF-ML"):
        of_set = rows[rows["dataset"] == dataset]
        printed = of_set[of_set["side"] == "published"]
        told = cells[tables.title_of(dataset)]
        assert told[0].startswith(f"{of_set['constant_value'].iloc[0]:.2f}")
        assert told[2] == f"{printed['value'].min():.2f} {printed.loc[printed['value'].idxmin(), 'row']}"
        assert told[3].startswith(f"{(printed['verdict'] == BETTER).sum()} of 11")
    ours = rows[(rows["dataset"] == "Natural_Scene") & (rows["chosen_by"] == LEFT_OUT)]
    networks = ours[ours["row"].isin([*tables.NETWORK_ROWS, "OFR-FL", "OFR-CB"])]
    assert cells[tables.title_of("Natural_Scene")][5].startswith(f"{(networks['verdict'] == BETTER).sum()} of 7")


def test_a_count_names_who_is_beyond_the_noise_and_who_is_inside_it_apart():
    rows = pd.DataFrame({"row": list("ABCD"), "value": [0.1, 0.2, 0.3, 0.4], "better": [True, True, False, False]})
    shown = tables._counted(rows.assign(verdict=[BETTER, "inside", "inside", WORSE]))
    assert shown.lines == ("1 of 4",)
    assert shown.detail == "A 0.10. Inside the noise: B 0.20"
    assert tables._counted(rows.assign(verdict=WORSE, better=False)).detail == ""


def test_the_table_of_epochs_can_be_computed_from_its_data(page):
    shown = tables.epochs_table(page.evidence, "epochs")
    rows = csv(shown).query("dataset == 'Emotion6'").set_index(["row", "chosen_by"])  # the last tab
    for row, cells in ((row, body(shown)[row]) for row in tables.NETWORK_ROWS):
        assert cells[0] == f"{rows.loc[(row, SAMPLED), 'epoch']:.0f}"
        assert cells[2].startswith(f"{rows.loc[(row, SAMPLED), KL]:.2f}")
        assert cells[4].startswith(f"{rows.loc[(row, LAST), KL]:.2f}")
        assert cells[1] == cells[3] == cells[5] == "–"
    kept = csv(shown).query("dataset == 'Movie' and row == 'OFR-DB'").set_index("chosen_by")
    assert kept.loc[SAMPLED, "last_gains"] == pytest.approx(kept.loc[SAMPLED, KL] - kept.loc[LAST, KL])


def test_the_table_of_alignment_can_be_computed_from_its_data(page):
    shown = tables.alignment_table(page.effects, page.evidence, "alignment")
    rows = csv(shown).query("added == 'decoupling'")
    (cells,) = (texts for name, texts in body(shown).items() if name.startswith("Decoupling"))
    for place, (by, verdict) in enumerate((by, v) for by in (SAMPLED, LEFT_OUT, LAST) for v in (BETTER, WORSE)):
        part = rows[rows["chosen_by"] == by]
        assert cells[place].startswith(f"{(part['verdict'] == verdict).sum()} of {len(part)}")


def test_the_table_of_further_sets_can_be_computed_from_its_data(page):
    shown = tables.further_data_table(page.further, read_reference("further"), "further-sets")
    rows = csv(shown).query("metric == @KL and dataset == 'M2B'").set_index("row")
    signs = {BETTER: "▲", WORSE: "▼", "none": "="}
    cells = tables.further_grid(page.further).loc["M2B"]
    assert [cell.lines[0] for cell in cells] == body(shown)["M2B"]
    names = ["Equal degrees", "Mean of the training rows", "OFR-DB", "RDA", DERIVED, "DILDL, with RDA’s loss"]
    for name, cell in zip(names, cells, strict=True):
        sign = signs.get(rows.loc[name, "verdict_uniform"], "")
        assert (cell.lines, cell.sign) == ((f"{rows.loc[name, 'mean']:.2f}",), sign)


def test_no_further_set_has_a_better_or_worse_number_that_reads_like_that_of_equal_degrees(page):
    for dataset, (uniform, *others) in tables.further_grid(page.further).T.items():
        judged = [cell for cell in others if cell.sign in ("▲", "▼")]
        assert all(cell.lines != uniform.lines for cell in judged), dataset


def test_the_data_sets_are_as_the_evidence_has_them(page):
    shown = tables.data_table(page.sets, "data-sets")
    rows, cells = csv(shown).set_index("dataset"), body(shown)
    assert cells["Movie"] == ["7,755", "1869", "5", "0.37", "score 1", "the benchmark’s features"]
    assert cells[tables.title_of("RAF-ML")][1] == "–"
    assert rows.loc["Emotion6", "zeros_a_row"] == pytest.approx(rows.loc["Emotion6", "zeros"] * 7)
