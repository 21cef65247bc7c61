"""Checks of claims on evidence whose truth is known: better, equal, worse; printed right and printed wrong."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sympy as sp

from ildl.report import claim_checks_printed as printed
from ildl.report import claim_checks_published as published
from ildl.report import claim_checks_runs as ours
from ildl.report import claim_checks_theory as theory
from ildl.report.ablation import CONTRASTS, METRICS
from ildl.report.audit_base import load_tables
from ildl.report.claim_checks import (
    CHANGED,
    CONTRADICTED,
    FAILED,
    REPRODUCED,
    UNTESTABLE,
    Case,
    case_of,
    conclude,
    listing,
)
from ildl.report.claim_checks_imbalance import imbalance_hurts
from ildl.report.equations import check_equations, summarise_equations
from ildl.report.names import RIVALS
from tests.report.claim_frames import ablation, entry, evidence, runs, sweep

BEFORE, LEVEL, AFTER = 0.4, 0.5, 0.6
RAN = ["RDA", "OFR-DB"]


class TestConclude:
    def case(self, reading="default", features="benchmark", holds=True, dataset="Movie"):
        return Case(reading, dataset, features, holds, "numbers")

    def test_every_deciding_data_set_counts(self):
        assert conclude([self.case(), self.case(dataset="Other")], "p").verdict == REPRODUCED
        assert conclude([self.case(), self.case(dataset="Other", holds=False)], "p").verdict == FAILED

    def test_another_reading_is_a_change_and_is_named(self):
        found = conclude([self.case(holds=False), self.case(reading="added")], "p")
        assert found.verdict == CHANGED
        assert "added" in found.why

    def test_two_readings_that_hold_on_one_data_set_each_do_not_make_one_that_holds(self):
        cases = [self.case(reading, dataset=dataset, holds=reading == holder)
                 for dataset, holder in (("A", "x"), ("B", "y")) for reading in ("default", "x", "y")]  # fmt: skip
        assert conclude(cases, "p").verdict == FAILED

    def test_other_features_are_told_and_do_not_decide(self):
        found = conclude([self.case(features="public", dataset="Emotion6")], "p")
        assert found.verdict == UNTESTABLE
        assert "Emotion6: numbers" in found.why
        assert conclude([self.case(), self.case(features="public", holds=False)], "p").verdict == REPRODUCED
        assert conclude([self.case(features="public")], "p", any_features=True).verdict == REPRODUCED

    def test_nothing_is_not_testable(self):
        assert conclude([], "p").verdict == UNTESTABLE

    def test_what_was_not_run_could_decide_either_way(self):
        gap = case_of("default", "Movie", "benchmark", True, "numbers", ["RDA (KL)"])
        found = conclude([gap, self.case(dataset="Other")], "p")
        assert (found.verdict, "RDA (KL)" in found.why) == (UNTESTABLE, True)
        assert conclude([gap, self.case(dataset="Other", holds=False)], "p").verdict == FAILED
        # Another reading that holds is no change while the default may hold, too.
        assert conclude([gap, self.case(reading="added")], "p").verdict == UNTESTABLE

    def test_what_was_run_can_fail_whatever_was_not(self):
        gap = case_of("default", "Movie", "benchmark", False, "numbers", ["RDA (KL)"])
        found = conclude([gap], "p")
        assert (found.verdict, "RDA (KL)" in found.why) == (FAILED, True)

    def test_a_reading_that_was_not_run_on_every_data_set_is_no_change(self):
        cases = [self.case(holds=False), self.case(holds=False, dataset="Other"), self.case(reading="added")]
        assert conclude(cases, "p").verdict == UNTESTABLE


def test_a_listing_hides_nothing_it_does_not_count():
    assert listing(["a", "b"], 2) == "a, b"
    assert listing([], 2) == ""
    assert listing(["a", "b", "c"], 1) == "a and 2 more"


class TestSuperior:
    def judge(self, *rows, **arguments):
        found = runs(*rows, entry(LEVEL, "RDA"), entry(LEVEL + 0.3, "OFR-DB"), entry(0.0, "Uniform"))
        return ours.superior(evidence(comparison=found), ["kl_divergence"], **{"rivals": RAN, **arguments})

    @pytest.mark.parametrize(("centre", "verdict"), [(BEFORE, REPRODUCED), (LEVEL, FAILED), (AFTER, FAILED)])
    def test_better_equal_worse(self, centre, verdict):
        assert self.judge(entry(centre, "DILDL")).verdict == verdict

    def test_the_rivals_asked_for_are_the_ones_that_count(self):
        assert self.judge(entry(AFTER, "DILDL"), rivals=["OFR-DB"]).verdict == REPRODUCED
        assert self.judge(entry(BEFORE, "DILDL"), rivals=["Uniform"]).verdict == FAILED

    def test_a_reading_that_passes_is_a_change(self):
        found = self.judge(entry(AFTER, "DILDL"), entry(BEFORE, "DILDL", "added"))
        assert found.verdict == CHANGED
        assert "added" in found.why

    def test_high_is_good_for_a_similarity(self):
        rows = [entry(centre, name, metric="cosine") for name, centre in (("DILDL", AFTER), ("RDA", LEVEL))]
        assert ours.superior(evidence(comparison=runs(*rows)), ["cosine"], ["RDA"]).verdict == REPRODUCED

    def test_the_last_epoch_is_not_the_tables(self):
        frame = runs(entry(AFTER, "DILDL"), entry(LEVEL, "RDA"))
        last = runs(entry(BEFORE, "DILDL", epoch_kept="last"))
        both = evidence(comparison=pd.concat([frame, last.assign(params="last")]))
        found = ours.superior(both, ["kl_divergence"], ["RDA"])
        assert found.verdict == FAILED

    def test_a_difference_whose_sign_depends_on_the_seed_does_not_count(self):
        def seeds(gaps):
            frames = [
                runs(entry(LEVEL - gap, "DILDL"), entry(LEVEL, "RDA")).assign(seed=s) for s, gap in enumerate(gaps)
            ]
            return ours.superior(evidence(comparison=pd.concat(frames)), ["kl_divergence"], ["RDA"]).verdict

        assert seeds((0.2, 0.2, 0.1)) == REPRODUCED
        assert seeds((0.2, 0.2, -0.1)) == FAILED

    def test_a_rival_that_is_missing_on_one_data_set_is_named_and_the_claim_is_not_reproduced(self):
        rows = [entry(BEFORE, "DILDL", dataset=name) for name in ("Movie", "Natural_Scene")]
        rivals = [entry(LEVEL, "RDA"), entry(LEVEL, "OFR-DB"), entry(LEVEL, "RDA", dataset="Natural_Scene")]
        found = ours.superior(evidence(comparison=runs(*rows, *rivals)), ["kl_divergence"], RAN)
        assert found.verdict == UNTESTABLE
        assert "OFR-DB (KL)" in found.why
        assert "RDA (KL)" not in found.why.partition("not run here")[2]

    def test_all_rivals_are_those_of_the_paper_whatever_was_run(self):
        found = ours.superior(evidence(comparison=runs(entry(BEFORE, "DILDL"), entry(LEVEL, "RDA"))), ["kl_divergence"])
        assert (found.verdict, "SA-BFGS" in found.why) == (UNTESTABLE, True)
        every = [entry(LEVEL, name) for name in RIVALS]
        found = ours.superior(evidence(comparison=runs(entry(BEFORE, "DILDL"), *every)), ["kl_divergence"])
        assert found.verdict == REPRODUCED

    def test_a_method_that_was_run_alone(self):
        found = ours.superior(evidence(comparison=runs(entry(BEFORE, "DILDL"))), ["kl_divergence"], ["RDA"])
        assert found.verdict == UNTESTABLE

    @pytest.mark.parametrize(("centre", "verdict"), [(BEFORE, REPRODUCED), (LEVEL, REPRODUCED), (AFTER, FAILED)])
    def test_a_draw_passes_where_none_need_be_beaten(self, centre, verdict):
        assert self.judge(entry(centre, "DILDL"), rivals=["RDA"], or_equal=True).verdict == verdict

    def test_features_that_are_not_here(self):
        assert self.judge(entry(BEFORE, "DILDL"), datasets=["Flickr_LDL"]).verdict == UNTESTABLE


class TestReaches:
    def judge(self, centre, dataset="Movie", features="benchmark"):
        methods = [("DILDL", centre), ("Uniform", 0.18), ("Train-mean", 0.4)]
        rows = [entry(value, name, metric="chebyshev", dataset=dataset, features=features) for name, value in methods]
        return published.reaches(evidence(comparison=runs(*rows)), "chebyshev", "Movie").verdict

    def test_the_published_number_itself_and_one_far_away(self):
        assert self.judge(0.1752) == REPRODUCED
        assert self.judge(0.3) == FAILED

    def test_other_features_and_none(self):
        assert self.judge(0.1752, features="public") == UNTESTABLE
        assert self.judge(0.1752, dataset="Emotion6") == UNTESTABLE


class TestComponents:
    @pytest.mark.parametrize(("effect", "verdict"), [(0.05, REPRODUCED), (0.0, FAILED), (-0.05, FAILED)])
    def test_better_equal_worse(self, effect, verdict):
        frame = ablation(effect, METRICS)
        assert ours.component_helps(evidence(ablation=frame), list(CONTRASTS)).verdict == verdict

    def test_another_criterion_is_a_reading(self):
        frame = pd.concat([ablation(0.0, METRICS), ablation(0.05, METRICS, criterion="added")])
        found = ours.component_helps(evidence(ablation=frame), ["both together"])
        assert found.verdict == CHANGED
        assert "criterion added" in found.why

    def test_a_data_set_that_is_not_here(self):
        found = ours.component_helps(evidence(ablation=ablation(0.1, METRICS)), ["both together"], datasets=["Nowhere"])
        assert found.verdict == UNTESTABLE


class TestSweeps:
    BEST = {"alpha": 0.6, "beta": 0.1, "gamma": 0.1, "lam": 0.1}
    STEEP = {"alpha": 0.5, "beta": 0.02, "gamma": 0.02, "lam": 0.02}

    def judge(self, claims, slopes=STEEP, best=BEST, **arguments):
        return ours.sweep_shows(evidence(sensitivity=sweep(slopes, best)), claims, **arguments).verdict

    def test_the_papers_conclusion_where_it_is_true(self):
        assert self.judge(["alpha", "alpha best", "beta best", "gamma best", "lam best"]) == REPRODUCED

    def test_another_parameter_matters_more(self):
        assert self.judge(["alpha"], slopes=self.STEEP | {"gamma": 2.0}) == FAILED

    def test_another_setting_is_better_and_tuning_helps(self):
        moved = self.BEST | {"alpha": 0.3}
        assert self.judge(["alpha best"], best=moved) == FAILED
        assert self.judge(["alpha best"], best=moved, findings=["fails"]) == REPRODUCED
        assert self.judge(["alpha best"], findings=["fails"]) == FAILED
        # That another setting is better, and that none is, are each other's contrary.
        none = ["holds", "within the noise"]
        assert [self.judge(["alpha best"], best=best, findings=none) for best in (self.BEST, moved)] == [
            REPRODUCED,
            FAILED,
        ]


@pytest.mark.parametrize(
    ("centres", "verdict"),
    [((0.4, 0.4, 0.4), REPRODUCED), ((0.4, 0.4, 0.6), CHANGED), ((0.4, 0.6, 0.6), FAILED), ((0.5, 0.5, 0.5), FAILED)],
)
def test_robust_counts_readings(centres, verdict):
    universe = [entry(centre, "DILDL", f"r{number}", valid="20 rows") for number, centre in enumerate(centres)]
    ignored = [
        entry(AFTER, "DILDL", "last", valid="20 rows", epoch_kept="last"),
        entry(AFTER, "DILDL", "x", valid="10 %"),
    ]
    frame = runs(*universe, *ignored, entry(LEVEL, "RDA"))
    rival = frame["method"] == "RDA"
    found = evidence(comparison=frame[rival], multiverse=frame[~rival])
    assert ours.robust(found, "kl_divergence", "RDA").verdict == verdict


def test_robust_needs_the_rival_on_every_data_set():
    rows = [entry(BEFORE, "DILDL", "r", dataset=name, valid="20 rows") for name in ("Movie", "Natural_Scene")]
    universe = runs(*rows)
    found = ours.robust(evidence(comparison=runs(entry(LEVEL, "RDA")), multiverse=universe), "kl_divergence", "RDA")
    assert (found.verdict, found.why) == (UNTESTABLE, "Needs runs of RDA on Natural_Scene.")


def test_robust_needs_the_benchmarks_features():
    universe = runs(entry(BEFORE, "DILDL", "r", features="public", valid="20 rows"))
    found = evidence(comparison=runs(entry(LEVEL, "RDA", features="public")), multiverse=universe)
    assert ours.robust(found, "kl_divergence", "RDA").verdict == UNTESTABLE


@pytest.mark.parametrize(("strong", "verdict"), [(AFTER, CHANGED), (LEVEL, FAILED), (BEFORE, FAILED)])
def test_imbalance_hurts_where_stronger_sampling_is_worse(strong, verdict):
    frame = runs(entry(LEVEL, "RDA", eta=0.5), entry(9.0, "RDA", eta=0.75), entry(strong, "RDA", eta=1.0))
    found = imbalance_hurts(evidence(imbalance=frame.assign(kept=40 / frame["eta"])), "kl_divergence", ["RDA"])
    assert found.verdict == verdict
    assert "Movie 80 and 40" in found.why


def test_imbalance_hurts_no_method_that_was_not_run():
    frame = runs(entry(LEVEL, "RDA", eta=0.5), entry(AFTER, "RDA", eta=1.0)).assign(kept=40)
    found = imbalance_hurts(evidence(imbalance=frame), "kl_divergence", ["RDA", "DILDL"])
    assert (found.verdict, "covers: DILDL" in found.why) == (UNTESTABLE, True)


@pytest.mark.parametrize(("uniform", "verdict"), [(0.5, REPRODUCED), (0.2211, FAILED), (0.1, FAILED)])
def test_the_published_number_against_a_constant(uniform, verdict):
    constant = runs(entry(uniform, "Uniform")).assign(same_labels=True)
    found = evidence(constants=constant, comparison=runs(entry(LEVEL, "DILDL")))
    assert published.beats_constant(found, ["kl_divergence"], "Uniform").verdict == verdict
    other = replace(found, constants=constant.assign(same_labels=False))
    assert published.beats_constant(other, ["kl_divergence"], "Uniform").verdict == UNTESTABLE


class TestPrinted:
    def audit(self, failure, source="dildl"):
        row = {"kind": "text", "source": source, "place": "Section 4.3, “a distance”", "should_be": "1 (Table 1)"}
        return evidence(audit=pd.DataFrame([row | {"failure": failure, "text": "It is 2."}]))

    def test_what_the_audit_finds_is_the_verdict(self):
        assert printed.audited(self.audit(0.0), "text", ["a distance", "Table 1"]).verdict == REPRODUCED
        found = printed.audited(self.audit(0.1), "text", ["a distance"])
        assert (found.verdict, "It is 2." in found.why) == (CONTRADICTED, True)

    def test_what_is_left_out_contradicts_nothing(self):
        found = printed.audited(self.audit(0.1), "text", ["a distance"], left_out=True)
        assert (found.verdict, "It is 2." in found.why) == (UNTESTABLE, True)
        assert printed.audited(self.audit(0.0), "text", ["a distance"], left_out=True).verdict == REPRODUCED

    def test_another_papers_numbers_are_not_its_own(self):
        assert printed.audited(self.audit(0.1, "amema"), "text", ["a distance"], "amema").verdict == FAILED

    def test_a_subject_that_the_audit_does_not_know(self):
        with pytest.raises(ValueError, match="no check of kind 'text'.*nowhere"):
            printed.audited(self.audit(0.0), "text", ["nowhere"])

    def test_one_test_gives_the_marks_until_one_mark_is_turned(self):
        tables = load_tables()
        assert printed.marks_follow_test(evidence(), ["1", "2"]).verdict == REPRODUCED
        main = tables.main.copy()
        far = (main["source"] == "dildl") & (main["table"] == "1") & (main["method"] == "SA-BFGS")
        main.loc[far & (main["dataset"] == "Movie"), "marker"] = "none"
        turned = evidence(published=replace(tables, main=main))
        assert printed.marks_follow_test(turned, ["1", "2"]).verdict == FAILED

    def test_components_in_print(self):
        both = ["DRDA, with DLD", "DLD, with DRDA", "both together"]
        # Table 4 prints 1.073 for both components and 1.071 for alignment alone; Table 3 leaves cells empty.
        found = printed.printed_component(evidence(), both, ["4"])
        assert (found.verdict, "DLD, with DRDA (by 0.002)" in found.why) == (CONTRADICTED, True)
        assert printed.printed_component(evidence(), both, ["3"]).verdict == CHANGED
        assert printed.printed_component(evidence(), ["both together"], ["3"]).verdict == REPRODUCED

    def test_a_component_without_any_printed_number(self):
        tables = load_tables()
        blank = evidence(published=replace(tables, ablations=tables.ablations.assign(value=np.nan)))
        assert printed.printed_component(blank, ["both together"], ["3"]).verdict == UNTESTABLE

    def test_a_caption_is_read_sentence_by_sentence(self):
        def judge(caption):
            return printed.caption_covers(evidence(), caption, ["α", "λ"], 6).verdict

        assert judge("α on six datasets. λ on six datasets.") == REPRODUCED
        assert judge("Parameters α, λ on six datasets.") == REPRODUCED
        assert judge("α on Emotion6 and Movie datasets. λ on six datasets.") == CONTRADICTED
        assert judge("α on six datasets.") == UNTESTABLE


class TestTheory:
    @pytest.fixture
    def equations(self):
        return evidence(equations=summarise_equations(check_equations()))

    def test_equations_as_printed_and_mended(self, equations):
        # p_k - d_k is the derivative for any binary target; Eq. (11) prints beta where 1 - alpha is.
        assert theory.equation(equations, 6).verdict == REPRODUCED
        assert theory.equation(equations, 11).verdict == CHANGED
        assert theory.equation(equations, 11, mended=False).verdict == FAILED
        assert theory.equation(equations, 6, mended=False).verdict == REPRODUCED

    def test_a_statement_that_holds_in_no_form_is_not_reproduced(self, equations):
        frame = equations.equations
        opened = frame.assign(verdict=frame["verdict"].where(frame["equation"] != 11, "open"))
        assert theory.equation(evidence(equations=opened), 11).verdict == FAILED

    def test_the_printed_targets_decide(self, equations):
        frame = equations.equations.assign(printed_holds="degree and ratio", verdict="as printed")
        assert theory.equation(evidence(equations=frame), 6).verdict == CHANGED
        both = frame.assign(printed_holds="degree and ratio; one-hot and softmax")
        assert theory.equation(evidence(equations=both), 6).verdict == REPRODUCED

    def test_an_unknown_statement(self, equations):
        with pytest.raises(ValueError, match=r"no statement of Eq. \(12\)"):
            theory.equation(equations, 12)

    @pytest.mark.parametrize(("alpha", "verdict"), [(0.5, REPRODUCED), (0.6, CHANGED), (0.9, CHANGED)])
    def test_the_second_remark_needs_r_below_beta_over_alpha(self, alpha, verdict):
        found = evidence(settings={"default": {"alpha": alpha}})
        assert theory.remark_weight(found, "weight").verdict == verdict
        assert theory.remark_weight(found, "term").verdict == FAILED

    def test_identities(self):
        assert theory.independent_shares(evidence()).verdict == CHANGED
        assert theory.gaussian_divergence(evidence()).verdict == CHANGED
        # Softmax over (1 - k) s and (1 - k)(1 - s): a logistic function of (1 - k)(2 s - 1).
        k = sp.Symbol("k")
        slope = float(sp.diff(1 / (1 + sp.exp(-(1 - k) / 2)), k).subs(k, sp.Rational(1, 2)))
        assert f"{slope:.3f} under softmax" in theory.independent_shares(evidence()).why

    def fading(self, plain, decoupled, printed=None):
        rows = [
            {"dataset": "Movie", "targets": targets, "prediction": at, "degree": degree, "loss": loss, "median": value}
            for targets, of_decoupled in (("printed", printed or decoupled), ("derived", decoupled))
            for loss, by_prediction in ((theory.PLAIN, plain), (theory.DECOUPLED, of_decoupled))
            for at, values in zip(("uniform", "right"), by_prediction, strict=True)
            for degree, value in zip((0.5, 0.9), values, strict=True)
        ]
        return evidence(fading=pd.DataFrame(rows))

    def test_fading_at_both_predictions_at_one_and_at_none(self):
        falls, rises = (1.0, 0.2), (1.0, 1.5)
        verdicts = [
            theory.gradient_fades(self.fading(plain, (falls, falls))).verdict
            for plain in ((falls, falls), (rises, falls), (rises, rises))
        ]
        assert verdicts == [REPRODUCED, CHANGED, FAILED]
        constant = self.fading((falls, falls), ((1.0, 1.0), rises))
        assert theory.gradient_fades(constant, theory.DECOUPLED, fades=False).verdict == REPRODUCED

    def test_what_holds_with_derived_targets_alone_is_no_reproduction(self):
        falls, constant = (1.0, 0.2), (1.0, 1.0)
        only_derived = self.fading((falls, falls), (constant, constant), printed=(falls, constant))
        assert theory.gradient_fades(only_derived, theory.DECOUPLED, fades=False).verdict == CHANGED
        only_printed = self.fading((falls, falls), (falls, falls), printed=(constant, constant))
        assert theory.gradient_fades(only_printed, theory.DECOUPLED, fades=False).verdict == REPRODUCED

    def test_enhancement_compares_the_two_at_the_largest_degree(self):
        assert theory.decoupling_enhances(self.fading(((1, 0.2),) * 2, ((0.1, 0.3),) * 2)).verdict == REPRODUCED
        assert theory.decoupling_enhances(self.fading(((1, 0.2),) * 2, ((3, 0.1),) * 2)).verdict == FAILED

    def test_dominant_degrees(self):
        found = evidence(labels=pd.DataFrame({"dominant": {"Movie": 0.37}}))
        assert theory.dominant_exceeds(found, "Movie", 0.3).verdict == REPRODUCED
        assert theory.dominant_exceeds(found, "Movie", 0.5).verdict == FAILED
        assert theory.dominant_exceeds(found, "Emotion6", 0.5).verdict == UNTESTABLE

    def test_settings_agree_by_default_in_a_reading_or_nowhere(self):
        found = evidence(settings={"default": {"a": 1, "b": 1}, "x": {"a": 2, "b": 2}})
        assert theory.settings(found, {"a": 1, "b": 1}).verdict == REPRODUCED
        assert theory.settings(found, {"a": 2, "b": 2}).verdict == CHANGED
        assert theory.settings(found, {"a": 1, "b": 2}).verdict == FAILED
        with pytest.raises(ValueError, match="no setting 'c'"):
            theory.settings(found, {"c": 1})

    def test_methods_on_both_sides(self):
        found = evidence(comparison=runs(entry(LEVEL, "RDA"), entry(LEVEL, "Mine")))
        assert theory.methods_compared(found, ["RDA"]).verdict == REPRODUCED
        assert theory.methods_compared(found, ["RDA", "Mine"]).verdict == FAILED
        assert theory.methods_compared(found, ["OFR-DB"]).verdict == FAILED
        elsewhere = evidence(comparison=runs(entry(LEVEL, "RDA"), entry(LEVEL, "DILDL", dataset="Other")))
        found = theory.methods_compared(elsewhere, ["RDA"])
        assert (found.verdict, "RDA (ours, Other)" in found.why) == (FAILED, True)

    def test_what_is_out_of_reach_says_what_it_needs(self):
        found = theory.outside(evidence(), "a telescope")
        assert (found.verdict, found.why) == (UNTESTABLE, "Needs a telescope.")
