"""The sensitivity: minima and ranges put in by hand are found, ties go to the paper, and the page follows."""

import io
import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.base.paper import load_experiment
from companion.sensitivity import figures as picture
from companion.sensitivity.facts import sensitivity_page_facts
from companion.sensitivity.figures import plot_sensitivity
from companion.sensitivity.frames import (
    PAPER,
    compare_sensitivity,
    sensitivity_curves,
    sensitivity_facts,
    sensitivity_values,
)
from companion.sensitivity.tables import cell, weights_table
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
        assert list(curves["parameter"].unique()) == list(PAPER)

    def test_numbers_are_those_of_the_cells(self, results):
        row = sensitivity_curves(results).iloc[2]
        cells = results[(results[["dataset", "reading", "parameter", "setting"]]
                         == row[["dataset", "reading", "parameter", "setting"]]).all(axis=1)]  # fmt: skip
        assert row["mean"] == pytest.approx(cells["value"].mean())
        by_fold = cells.groupby("fold")["value"].mean()
        half = 2.262157 * np.sqrt((1 / 10 + 1 / 9) * by_fold.var())
        assert row["upper"] - row["mean"] == pytest.approx(half, rel=1e-6)
        assert row["mean"] - row["lower"] == pytest.approx(half, rel=1e-6)

    def test_one_seed(self):
        assert sensitivity_curves(frame(n_seeds=1))["upper"].notna().all()


class TestFacts:
    @pytest.mark.parametrize("at", ALPHAS)
    def test_a_known_minimum_and_range(self, at):
        facts = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": at})).set_index("parameter")
        alpha = facts.loc["alpha"]
        assert alpha["best"] == at
        assert alpha["range"] == pytest.approx(0.05)
        assert (alpha["finding"] == "best") == (at == 0.6)
        assert alpha["range"] > alpha["noise"] > 0
        assert facts.loc["beta", "range"] < 1e-9

    def test_a_known_loss_is_found(self):
        """Positions in the grid: 0.6 is three steps from 0.1, the far end five, so the loss is 0.05 · (3/5)²."""
        alpha = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": 0.1})).iloc[0]
        assert alpha["loss"] == pytest.approx(0.05 * 9 / 25)
        assert alpha["rank"] == 4
        assert alpha["p_corrected"] <= alpha["p_holm"] < 0.05
        assert alpha["finding"] == "beaten"

    def test_a_loss_below_the_scatter_is_noise(self):
        alpha = sensitivity_facts(frame({**FLAT, "alpha": 1e-4}, {**PAPER, "alpha": 0.1}, scatter=0.01)).iloc[0]
        assert alpha["finding"] == "within the noise"
        assert alpha["range"] < alpha["noise"]

    def test_high_is_good_for_a_similarity(self):
        facts = sensitivity_facts(frame(DEEP, {**PAPER, "alpha": 0.3}, metric="cosine", sign=-1), "cosine")
        assert facts.iloc[0]["best"] == 0.3
        assert facts.iloc[0]["loss"] > 0

    def test_among_equals_the_papers_choice_is_the_best(self):
        facts = sensitivity_facts(frame(scatter=0.0))
        assert (facts["finding"] == "best").all()
        assert (facts["rank"] == 1).all()
        assert facts[["p_corrected", "p_holm"]].isna().all(axis=None)

    def test_alpha_is_found_to_be_the_most_sensitive_only_where_it_is(self, results):
        assert set(compare_sensitivity(results)["finding"]) == {"more"}
        flat = compare_sensitivity(frame())
        assert set(flat["finding"]) == {"undecided"}
        other = compare_sensitivity(frame({**FLAT, "lam": 0.05})).set_index("other")["finding"]
        assert other.to_dict() == {"beta": "undecided", "gamma": "undecided", "lam": "less"}

    def test_seeds_are_averaged_before_spreads_are_compared(self, results):
        columns = [name for name in results if name not in ("seed", "value")]
        mean = results.groupby(columns, sort=False)["value"].mean().reset_index().assign(seed=0)
        found, expected = compare_sensitivity(results), compare_sensitivity(mean)
        assert found["difference"].to_numpy() == pytest.approx(expected["difference"].to_numpy(), abs=1e-12)

    def test_spreads_are_sample_standard_deviations_so_that_grids_of_unlike_sizes_compare(self):
        """0 and 1 have the standard deviation sqrt(1 / 2); 0, 1 and 2 have 1."""
        rows = pd.DataFrame(
            [
                {"dataset": "Movie", "feature_set": "benchmark", "reading": "default", "parameter": parameter,
                 "setting": grid[at], "metric": "chebyshev", "fold": fold, "seed": 0, "value": float(at)}
                for parameter, grid in (("alpha", ALPHAS[:2]), ("beta", WEIGHTS[:3]))
                for at in range(len(grid))
                for fold in range(3)
            ]
        )  # fmt: skip
        assert compare_sensitivity(rows)["difference"].tolist() == pytest.approx([np.sqrt(0.5) - 1])

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
        with pytest.raises(ValueError, match="Movie benchmark default alpha chebyshev: the grid lacks the paper's 0.6"):
            sensitivity_facts(results[results["setting"] != 0.6])
        with pytest.raises(ValueError, match=r"Unknown parameter\(s\) delta"):
            sensitivity_values(results.assign(parameter="delta"), "chebyshev")
        with pytest.raises(ValueError, match="Movie benchmark default: no setting of alpha"):
            compare_sensitivity(results[results["parameter"] != "alpha"])


def uniform(**levels):
    return pd.DataFrame(
        {"dataset": list(levels), "method": "Uniform", "metric": "chebyshev", "value": list(levels.values())}
    )


def both_metrics(**options):
    return pd.concat([frame(**options), frame(**options, metric="kl_divergence")], ignore_index=True)


class TestPicture:
    @pytest.fixture
    def drawn(self, results, monkeypatch):
        kept = []
        monkeypatch.setattr(picture, "show_figure", lambda figure, *rest: kept.append((figure, rest)))
        plot_sensitivity(results, uniform(Movie=0.31, Emotion6=2.0), "chebyshev", "f")
        yield kept[0]
        plt.close("all")

    def test_each_panel_draws_its_curves_with_the_whole_interval(self, results, drawn):
        figure, _ = drawn
        curves = sensitivity_curves(results)
        assert len(figure.axes) == 8
        for axis, (dataset, parameter) in zip(
            figure.axes, itertools.product(("Movie", "Emotion6"), PAPER), strict=True
        ):
            rows = curves[(curves["dataset"] == dataset) & (curves["parameter"] == parameter)]
            lines = {line.get_label(): line for line in axis.lines}
            for (reading, curve), band in zip(rows.groupby("reading", sort=False), bands(axis), strict=True):
                np.testing.assert_allclose(lines[reading].get_xydata(), curve[["setting", "mean"]])
                for edge, column in zip(band, ("setting", "lower", "upper"), strict=True):
                    np.testing.assert_allclose(edge, curve[column])
            assert lines["rebalanced"].get_alpha() < lines["default"].get_alpha()
            paper, level = axis.lines[:2]
            assert tuple(paper.get_xdata()) == (PAPER[parameter],) * 2
            assert level.get_ydata()[0] == {"Movie": 0.31, "Emotion6": 2.0}[dataset]
            assert axis.get_xscale() == ("linear" if parameter == "alpha" else "log")
            assert bool(axis.texts) == (dataset == "Emotion6" or parameter == "lam")
        assert len({axis.get_ylim() for axis in figure.axes[:4]}) == 1

    def test_the_download_gives_the_curves(self, results, drawn):
        _, (_, _, data, _) = drawn
        by_fold = data.groupby(["dataset", "reading", "parameter", "setting", "fold"])["value"].mean()
        means = by_fold.groupby(level=[0, 1, 2, 3]).mean()
        curves = sensitivity_curves(results).set_index(["dataset", "reading", "parameter", "setting"])["mean"]
        pd.testing.assert_series_equal(means.sort_index(), curves.sort_index(), check_names=False)


class TestTable:
    def test_cells_are_those_of_the_download(self):
        results = both_metrics(depth=DEEP, minimum={**PAPER, "alpha": 0.3}, datasets=("Movie", "Emotion6"))
        shown = weights_table(results, "t", "T")
        data = pd.read_csv(io.BytesIO(shown.files["csv"]))
        assert len(data) == 2 * 2 * 4
        first = re.split('<div class="panel"', shown.html)[1]
        found = re.findall(r"best at ([\d.]+).*?moves ([\d.]+)", first)
        cheb = data[data["metric"] == "chebyshev"].set_index(["parameter", "dataset"])
        for (parameter, dataset), (best, moves) in zip(
            itertools.product(PAPER, ("Movie", "Emotion6")), found, strict=True
        ):
            assert float(best) == cheb.loc[(parameter, dataset), "best"]
            assert moves == f"{cheb.loc[(parameter, dataset), 'range']:.3f}"
        assert cheb.loc[("lam", "Movie"), "alpha_finding"] == "more"
        assert np.isnan(cheb.loc[("alpha", "Movie"), "alpha_p_holm"])

    def test_the_detail_has_each_value_beside_its_own_mean(self):
        row = sensitivity_facts(frame()).iloc[0].to_dict()
        for k, name in enumerate(("best", "worst", "paper"), 1):
            row |= {name: k / 10, f"{name}_mean": k / 100}
        assert cell(row | {"rank": 2, "n_settings": 9, "noise": 0.5, "finding": "beaten"}).detail == (
            "best 0.1: 0.0100; worst 0.2: 0.0200; the paper’s 0.3: 0.0300, rank 2 of 9, "
            "the best is better beyond the noise; noise of the range ± 0.5000"
        )

    def test_the_colour_says_whether_the_papers_value_stands(self):
        row = sensitivity_facts(frame()).iloc[0].to_dict()
        assert (cell(row | {"finding": "beaten"}).look, cell(row | {"finding": "beaten"}).sign) == ("ours-worse", "▼")
        assert cell(row | {"finding": "within the noise"}).look == cell(row | {"finding": "best"}).look == "agrees"
        assert cell(row | {"finding": "beaten", "feature_set": "public"}).look == "other"


class TestPageFacts:
    MORE = "alpha is more sensitive than each other weight on every data set"
    SMALL = "the other weights move the distance by less than five per cent"
    SCENE = "another alpha is clearly better on Natural Scene alone"
    RARE = "the paper's value of the other weights is rarely beaten"
    ABOVE = "no weight brings DILDL by its derived targets below equal degrees"

    def checks(self, level=0.1, **options):
        return sensitivity_page_facts(both_metrics(**options), uniform(Movie=level, Natural_Scene=level)).checks

    def test_a_deep_alpha_with_its_best_value_elsewhere(self):
        elsewhere = {**PAPER, "alpha": 0.1}
        checks = self.checks(depth=DEEP, minimum=elsewhere, datasets=("Natural_Scene",))
        assert all(checks[name] for name in (self.MORE, self.SMALL, self.SCENE, self.RARE, self.ABOVE))
        assert not self.checks(depth=DEEP, minimum=elsewhere, datasets=("Movie", "Natural_Scene"))[self.SCENE]

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            (MORE, {"depth": {**DEEP, "lam": 0.05}}),
            (SMALL, {"depth": {**DEEP, "lam": 0.02}}),
            (SCENE, {"depth": DEEP}),
            (RARE, {"depth": {**DEEP, "lam": 0.05}, "minimum": {**PAPER, "lam": 1.0}}),
            (ABOVE, {"depth": DEEP, "level": 0.33}),
        ],
    )
    def test_each_check_falls(self, name, options):
        """The depth 0.02 is more than five per cent of 0.3, where the curves lie."""
        assert not self.checks(**options, datasets=("Natural_Scene",))[name]

    def test_nothing_is_borne_out_by_another_reading_alone(self):
        checks = self.checks(depth=DEEP, readings=("rebalanced",))
        assert not any(checks[name] for name in (self.MORE, self.SMALL, self.RARE, self.ABOVE))

    def test_with_the_loss_of_rda(self):
        name = "with RDA's loss, alpha is told apart from no other weight"
        assert self.checks(readings=("default", "rebalanced"))[name]
        assert not self.checks(depth=DEEP, readings=("default", "rebalanced"))[name]
        assert not self.checks()[name]

    def test_kl_is_judged_apart(self):
        chebyshev = frame(DEEP)
        facts = {
            kind: sensitivity_page_facts(
                pd.concat(
                    [
                        chebyshev,
                        frame(depth, metric="kl_divergence"),
                        frame(DEEP, datasets=("Emotion6",)).assign(feature_set="public"),
                        frame(other, metric="kl_divergence", datasets=("Emotion6",)).assign(feature_set="public"),
                    ]
                ),
                uniform(Movie=0.1),
            ).checks
            for kind, depth, other in (("as ours", DEEP, FLAT), ("flat", FLAT, FLAT), ("deep", DEEP, DEEP))
        }
        same = "by KL, alpha is more sensitive where the features are the benchmark's"
        others = "by KL, on none of the others"
        assert [facts[kind][same] for kind in facts] == [True, False, True]
        assert [facts[kind][others] for kind in facts] == [True, True, False]

    def test_the_reference_bears_out_every_sentence(self):
        results, comparison = (load_experiment(name, "reference") for name in ("sensitivity", "comparison"))
        facts = sensitivity_page_facts(results, comparison)
        assert all(facts.checks.values())
        assert None not in facts.numbers.values()
        rows = results.query("reading == 'default' and metric == 'chebyshev' and dataset == 'Natural_Scene'")
        means = rows[rows["parameter"] == "alpha"].groupby("setting")["value"].mean()
        assert facts.numbers["alpha_best_natural_scene"] == means.idxmin()
        assert facts.numbers["alpha_loss_natural_scene"] == pytest.approx(means[0.6] - means.min())
        assert facts.numbers["alpha_moves_most"] == pytest.approx(means.max() - means.min())
