"""The sensitivity: minima and ranges put in by hand are found, ties go to the paper, and the claims follow."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.sensitivity.figures_sensitivity import plot_sensitivity
from companion.sensitivity.sensitivity import (
    PAPER,
    compare_sensitivity,
    sensitivity_curves,
    sensitivity_facts,
    sensitivity_values,
)
from companion.sensitivity.sensitivity_claims import (
    CLAIMS,
    SYMBOLS,
    count_findings,
    most_sensitive,
    render_claims,
    render_facts,
    sensitivity_claims,
    sensitivity_headline,
)
from tests.companion.drawn import bands

ALPHAS = [0.1, 0.3, 0.5, 0.6, 0.7, 0.9]
WEIGHTS = [0.01, 0.05, 0.1, 0.2, 0.5, 1.0]
GRIDS = {"alpha": ALPHAS, "beta": WEIGHTS, "gamma": WEIGHTS, "lam": WEIGHTS}
FLAT = dict.fromkeys(PAPER, 0.0)


def frame(depth=FLAT, minimum=PAPER, metric="chebyshev", sign=1, datasets=("Movie",), readings=("default",),
          n_folds=10, n_seeds=3, scatter=0.001):  # fmt: skip
    """Curves that are parabolas over the position in the grid: `depth` from the minimum to the farther end."""
    rng = np.random.default_rng(1)
    rows = []
    for dataset, reading in itertools.product(datasets, readings):
        folds = 0.3 + 0.03 * rng.standard_normal(n_folds)
        for parameter, grid in GRIDS.items():
            distances = np.abs(np.arange(len(grid)) - grid.index(minimum[parameter]))
            for setting, height in zip(grid, depth[parameter] * (distances / distances.max()) ** 2, strict=True):
                noise = rng.standard_normal((n_seeds, n_folds))
                values = folds + sign * height + scatter * (noise - noise.mean())
                rows += [
                    {"dataset": dataset, "feature_set": "benchmark", "reading": reading, "parameter": parameter,
                     "setting": setting, "metric": metric, "fold": fold, "seed": seed, "value": value}
                    for (seed, fold), value in np.ndenumerate(values)
                ]  # fmt: skip
    return pd.DataFrame(rows)


DEEP = {**FLAT, "alpha": 0.05}


@pytest.fixture(scope="module")
def results():
    return frame(DEEP, datasets=("Movie", "Emotion6"), readings=("default", "rebalanced"))


class TestCurves:
    def test_one_row_a_setting_in_order(self, results):
        curves = sensitivity_curves(results.sample(frac=1, random_state=0))
        assert len(curves) == 4 * sum(map(len, GRIDS.values()))
        for (_, _, parameter), rows in curves.groupby(["dataset", "reading", "parameter"], sort=False):
            assert rows["setting"].tolist() == GRIDS[parameter]
            assert rows.loc[rows["paper"], "setting"].tolist() == [PAPER[parameter]]
        assert list(curves["parameter"].unique()) == list(PAPER)

    def test_numbers_are_those_of_the_cells(self, results):
        row = sensitivity_curves(results).iloc[2]
        cells = results[(results[["dataset", "reading", "parameter", "setting"]]
                         == row[["dataset", "reading", "parameter", "setting"]]).all(axis=1)]  # fmt: skip
        assert row["mean"] == pytest.approx(cells["value"].mean())
        assert row["std"] == pytest.approx(cells.groupby("fold")["value"].mean().std(ddof=0))
        assert row["seed_std"] == pytest.approx(cells.groupby("seed")["value"].mean().std(ddof=0))
        by_fold = cells.groupby("fold")["value"].mean()
        half = 2.262157 * np.sqrt((1 / 10 + 1 / 9) * by_fold.var())
        assert row["upper"] - row["mean"] == pytest.approx(half, rel=1e-6)
        assert row["mean"] - row["lower"] == pytest.approx(half, rel=1e-6)

    def test_one_seed(self):
        curves = sensitivity_curves(frame(n_seeds=1))
        assert curves["seed_std"].isna().all()
        assert curves["upper"].notna().all()


class TestFacts:
    @pytest.mark.parametrize("at", ALPHAS)
    def test_a_known_minimum_and_range(self, at):
        facts = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": at})).set_index("parameter")
        alpha = facts.loc["alpha"]
        assert alpha["best"] == at
        assert alpha["range"] == pytest.approx(0.05)
        assert alpha["paper_best"] == (at == 0.6)
        assert alpha["ratio"] > 1
        assert alpha["p_friedman"] < 0.001
        assert facts.loc["beta", "range"] < 1e-9

    def test_a_known_loss_is_found(self):
        """Positions in the grid: 0.6 is three steps from 0.1, the far end five, so the loss is 0.05 · (3/5)²."""
        alpha = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": 0.1})).iloc[0]
        assert alpha["loss"] == pytest.approx(0.05 * 9 / 25)
        assert alpha["rank"] == 4
        assert alpha["p_paired"] <= alpha["p_corrected"] <= alpha["p_holm"] < 0.05
        assert not alpha["within_noise"]
        assert alpha["best_of_seeds"] == "0.1, 0.1, 0.1"

    def test_a_loss_below_the_scatter_is_noise(self):
        alpha = sensitivity_facts(frame({**FLAT, "alpha": 1e-4}, {**PAPER, "alpha": 0.1}, scatter=0.01)).iloc[0]
        assert not alpha["paper_best"]
        assert alpha["within_noise"]
        assert alpha["ratio"] < 1

    def test_high_is_good_for_a_similarity(self):
        facts = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": 0.3}, metric="cosine", sign=-1), "cosine")
        assert facts.iloc[0]["best"] == 0.3
        assert facts.iloc[0]["loss"] > 0

    def test_among_equals_the_papers_choice_is_the_best(self):
        facts = sensitivity_facts(frame(scatter=0.0))
        assert facts["paper_best"].all()
        assert (facts["rank"] == 1).all()
        assert facts[["p_friedman", "p_holm"]].isna().all(axis=None)

    def test_alpha_is_found_to_be_the_most_sensitive_only_where_it_is(self, results):
        assert set(compare_sensitivity(results)["finding"]) == {"more"}
        flat = compare_sensitivity(frame())
        assert set(flat["finding"]) == {"undecided"}
        other = compare_sensitivity(frame({**FLAT, "lam": 0.05})).set_index("other")["finding"]
        assert other.to_dict() == {"beta": "undecided", "gamma": "undecided", "lam": "less"}

    def test_more_is_the_mirror_of_less(self):
        results = frame({**FLAT, "alpha": 0.05, "lam": 0.02})
        one = compare_sensitivity(results, parameter="alpha").set_index("other").loc["lam"]
        other = compare_sensitivity(results, parameter="lam").set_index("other").loc["alpha"]
        assert one["difference"] == pytest.approx(-other["difference"])
        assert (one["finding"], other["finding"]) == ("more", "less")


class TestRefusals:
    def test_what_is_missing_is_named(self, results):
        with pytest.raises(ValueError, match="load the experiment `sensitivity`"):
            sensitivity_curves(results.drop(columns="setting"))
        with pytest.raises(ValueError, match="Unknown metric 'clark'. Known: 'chebyshev'"):
            sensitivity_curves(results, "clark")
        with pytest.raises(ValueError, match="lacks fold 9 of seed 2"):
            sensitivity_curves(results.drop(results.index[-1]))
        with pytest.raises(ValueError, match="Movie benchmark default alpha: the grid lacks the paper's 0.6"):
            sensitivity_facts(results[results["setting"] != 0.6])
        with pytest.raises(ValueError, match=r"Unknown parameter\(s\) delta"):
            sensitivity_values(results.assign(parameter="delta"), "chebyshev")
        with pytest.raises(ValueError, match="Movie benchmark default: no setting of alpha"):
            compare_sensitivity(results[results["parameter"] != "alpha"])


def claims_of(results):
    facts = sensitivity_facts(results)
    return facts, sensitivity_claims(facts, compare_sensitivity(results))


class TestClaims:
    def test_curves_as_the_paper_describes_them_make_every_claim_hold(self, results):
        deep = frame({"alpha": 0.05, "beta": 0.01, "gamma": 0.01, "lam": 0.01})
        facts, claims = claims_of(deep)
        assert list(claims["claim"]) == list(CLAIMS)
        assert set(claims["finding"]) == {"holds"}
        assert count_findings(claims, list(CLAIMS), "default") == "holds in all 5 cases"
        mixed = claims.assign(finding=["holds", "fails", "fails", "within the noise", "within the noise"])
        said = "holds in 1 of 5 cases, fails in 2 and is within the noise in 2"
        assert count_findings(mixed, list(CLAIMS), "default") == said
        assert count_findings(mixed[1:3], list(CLAIMS), "default") == "fails in all 2 cases"
        assert count_findings(mixed[:2], list(CLAIMS), "default") == "holds in 1 of 2 cases and fails in 1"
        assert "exceeds its noise for 4 of 4 curves" in sensitivity_headline(claims, facts, "default")

    def test_curves_of_another_kind_make_them_fail(self):
        minimum = {"alpha": 0.1, "beta": 1.0, "gamma": 1.0, "lam": 1.0}
        _, claims = claims_of(frame({"alpha": 0.01, "beta": 0.05, "gamma": 0.05, "lam": 0.05}, minimum))
        assert set(claims["finding"]) == {"fails"}
        evidence = claims.set_index("claim")["evidence"]
        assert "1 gives" in evidence["lam best"]
        assert "rank 4 of 6" in evidence["lam best"]

    def test_nothing_is_decided_by_noise(self):
        _, claims = claims_of(frame({**FLAT, "alpha": 1e-5}, {**PAPER, "alpha": 0.1}, scatter=0.01))
        findings = claims.set_index("claim")["finding"]
        assert findings["alpha"] == findings["alpha best"] == "within the noise"

    def test_the_widest_range_is_named(self, results):
        text = most_sensitive(sensitivity_facts(results), "rebalanced")
        assert text.startswith("α on Movie (range 0.0500, ")
        assert "α on Emotion6" in text

    def test_tables(self, results):
        facts, claims = claims_of(results)
        html = render_facts(facts, "chebyshev", "Fig. 3.")._repr_html_()
        assert "default: Movie" in html
        assert html.count("font-weight: bold") == 1
        html = render_claims(claims, "Claims.")._repr_html_()
        assert all(text in html for text in (*CLAIMS.values(), "rebalanced", "Emotion6"))


class TestFigure:
    def test_every_panel_has_named_axes_and_the_papers_choice(self, results):
        comparison = pd.DataFrame({"dataset": ["Movie", "Emotion6"], "method": "Uniform", "metric": "chebyshev",
                                   "value": [0.31, 2.0]})  # fmt: skip
        figure = plot_sensitivity(sensitivity_curves(results), comparison)
        assert len(figure.axes) == 8
        for axis, (parameter, dataset) in zip(
            figure.axes, itertools.product(PAPER, ("Movie", "Emotion6")), strict=True
        ):
            assert axis.get_xlabel() == SYMBOLS[parameter]
            assert axis.get_ylabel().startswith("Chebyshev")
            assert axis.get_xscale() == ("linear" if parameter == "alpha" else "log")
            lines = [tuple(line.get_xdata()) for line in axis.lines]
            assert (PAPER[parameter], PAPER[parameter]) in lines
            uniform = [line for line in axis.lines if line.get_label() == "uniform distribution"]
            assert len(uniform) == (dataset == "Movie")
        assert "uniform: 2.000, above the axis" in figure.axes[1].get_title()
        plt.close(figure)

    def test_bands_are_the_whole_interval(self, results):
        curves = sensitivity_curves(results)
        figure = plot_sensitivity(curves)
        panel = curves.query("dataset == 'Movie' and parameter == 'alpha'").sort_values("setting")
        for band, (_, curve) in zip(bands(figure.axes[0]), panel.groupby("reading", sort=False), strict=True):
            for drawn, column in zip(band, ("setting", "lower", "upper"), strict=True):
                np.testing.assert_allclose(drawn, curve[column])
        plt.close(figure)

    def test_panels_of_a_data_set_share_their_vertical_axis(self, results):
        figure = plot_sensitivity(sensitivity_curves(results))
        limits = {axis.get_ylim() for axis in figure.axes[::2]}
        assert len(limits) == 1
        assert not plt.rcParams["font.size"] == 11
        plt.close(figure)
