"""The page on tests, ranks and probabilities: cells follow from downloads, pictures and sentences from frames."""

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.base.published import load_ablations, load_average_ranks, load_published
from companion.show.provenance import provenance_note
from companion.statistics import figures
from companion.statistics.facts import of_appendices, of_components, of_marks, of_probabilities, of_ranks, of_tests
from companion.statistics.frames import (
    DATASETS,
    FOLDS,
    KL,
    LEFT_OUT,
    PUBLISHED,
    SAMPLED,
    ablation_effects,
    against_appendices,
    check_average_ranks,
    load_study,
    marks_found,
    published_average_ranks,
    published_matrix,
    rank,
    rounded,
)
from companion.statistics.tables import (
    against_counts,
    against_rows,
    bayes_table,
    components_table,
    difference_cell,
    marks_table,
    percent,
    ranks_table,
)
from ildl.compare.corrected import corrected_test
from ildl.compare.ranking import critical_difference
from tests.companion.drawn import bars as ends


@pytest.fixture(scope="module")
def study():
    return load_study(Asked("reference"))


@pytest.fixture(scope="module")
def ranking(study):
    return rank(study.scores)


@pytest.fixture(scope="module")
def components():
    return ablation_effects(Asked("reference"), load_ablations())


@pytest.fixture(scope="module")
def origin(study):
    return provenance_note(study.results[SAMPLED])


def csv_of(shown):
    return pd.read_csv(io.BytesIO(shown.files["csv"]))


def rows_of_tab(shown, tab=0):
    """Row heading -> texts of its cells in one tab, details cut off."""
    html = re.sub(r'<span class="detail">.*?</span>', "", shown.html)
    parts = html.split('<div class="panel"')[1:] or [html]
    cells = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
    found = []
    for row in parts[tab].split("<tr")[1:]:
        head = re.search(r'<th scope="row">(.*?)</th>', row)
        if head:
            texts = (re.sub(r"<span[^>]*>", "|", text) for text in cells.findall(row))
            found.append((head[1], [re.sub(r"<[^>]+>", "", text) for text in texts]))
    return found


class TestTests:
    def test_a_cell_is_the_difference_of_fold_means(self, study, origin):
        shown = against_rows(study.tests, KL, "t", origin)
        every = load_experiment("comparison", "reference").query("epoch_kept == 'best' and metric == 'kl_divergence'")
        movie = every[every["dataset"] == "Movie"]
        own = movie.query("method == 'DILDL' and reading == 'as printed'").groupby("fold")["value"].mean()
        other = movie.query("method == 'RDA' and reading == 'default'").groupby("fold")["value"].mean()
        text = dict(rows_of_tab(shown))["RDA"][0]
        assert text.startswith(f"{(own - other).mean():+.3f}")
        assert "▼" in text
        (line,) = (
            csv_of(shown)
            .query(f"source == '{SAMPLED}' and reading == 'as printed' and row == 'RDA' and dataset == 'Movie'")
            .to_dict("records")
        )
        assert line["p_corrected"] == pytest.approx(float(corrected_test((own - other).to_numpy())), rel=1e-5)
        assert [name for name, _ in rows_of_tab(shown)][:2] == ["SA-BFGS", "EDL-LRL"]

    def test_colour_and_sign_follow_the_corrected_test(self, study):
        row = study.tests.iloc[0].to_dict()
        looks = {mark: difference_cell(row | {"mark_corrected": mark}).look for mark in ("better", "worse", "none")}
        assert looks == {"better": "ours-better", "worse": "ours-worse", "none": ""}

    def test_each_p_stands_beside_the_name_of_its_test(self, study):
        names = ("published_test", "paired", "corrected", "holm", "trained")
        row = study.tests.iloc[0].to_dict() | {f"p_{name}": 0.11 * (k + 1) for k, name in enumerate(names)}
        words = ("two-sample", "paired", "corrected", "corrected, Holm", "corrected by rows trained on")
        said = difference_cell(row).detail.split("; ")[:5]
        assert said == [f"{word}: p = {p}" for word, p in zip(words, (0.11, 0.22, 0.33, 0.44, 0.55), strict=True)]
        assert "; paired: " not in difference_cell(row | {"p_paired": np.nan}).detail

    def test_the_interval_goes_from_its_lower_end_to_its_upper_one(self, study):
        row = study.tests.iloc[0].to_dict() | {"difference": -0.1, "low": -0.3, "high": 0.1}
        assert difference_cell(row).lines == ("−0.100", "−0.300 to +0.100")

    def test_a_mark_is_found_only_where_one_is_printed(self):
        rows = [  # printed, paired, all other tests
            ("better", "better", "better"),
            ("better", "better", "none"),
            ("better", "worse", "worse"),
            ("none", "better", "better"),
            ("worse", "none", "worse"),
            ("", "better", "better"),
        ]
        tests = pd.DataFrame(
            [{"source": "s", "reading": "r", "dataset": "d", "feature_set": "f", "method": "RDA", "marker": printed,
              "mark_paired": paired, **{f"mark_{name}": other for name in (
                  "published_test", "corrected", "holm", "trained")}} for printed, paired, other in rows]
        )  # fmt: skip
        (line,) = marks_found(pd.concat([tests, tests.assign(method="DILDL")])).to_dict("records")
        assert (line["marks"], line["found_paired"], line["found_corrected"], line["found_holm"]) == (3, 2, 1, 1)
        assert (line["worse_paired"], line["worse_corrected"]) == (1, 1)
        assert (line["paired"], line["lost"]) == (4, 1)

    def test_marks_are_counted_by_hand(self, study, origin):
        found = marks_found(study.tests)
        rows = study.tests.query("marker == 'better' and dataset == 'Movie' and reading == 'default'")
        rows = rows[(rows["source"] == SAMPLED) & (rows["method"] != "DILDL")]
        line = found.query("dataset == 'Movie' and reading == 'default'").iloc[0]
        assert line["source"] == SAMPLED
        assert line["marks"] == len(rows)
        assert line["found_corrected"] == (rows["mark_corrected"] == "better").sum()
        assert line["worse_holm"] == (rows["mark_holm"] == "worse").sum()
        shown = marks_table(found, "m", origin)
        here = found[(found["feature_set"] == "benchmark") & (found["source"] == SAMPLED)]
        totals = here[here["reading"] == "as printed"].sum(numeric_only=True)
        texts = dict(rows_of_tab(shown)[:3])["DILDL, as printed"]
        assert texts[0] == str(totals["marks"])
        assert texts[3] == str(totals["found_corrected"])
        assert texts[-1] == str(totals["worse_corrected"])

    @pytest.mark.parametrize(
        ("name", "mark", "which"),
        [
            ("DILDL by its printed objective is worse than RDA in every test", "none", ("default", "default", "Movie")),
            ("with RDA's loss, DILDL is better than RDA on Natural Scene", "none",
             ("rebalanced", "default", "Natural_Scene")),
            ("with RDA's loss, DILDL on Movie is like RDA with sampled rows, and worse with left-out rows", "better",
             ("rebalanced", "default", "Movie")),
            ("with RDA's loss, DILDL on Movie is like RDA with sampled rows, and worse with left-out rows", "none",
             ("rebalanced", "default", "Movie")),
            ("DILDL is nowhere better than RDA with tuned weights", "better", ("as printed", "tuned", "Movie")),
        ],
    )  # fmt: skip
    def test_each_check_falls_with_one_cell(self, study, name, mark, which):
        assert of_tests(study.tests)[1][name]
        changed = study.tests.copy()
        reading, row_reading, dataset = which
        cells = changed.query(
            "method == 'RDA' and reading == @reading and row_reading == @row_reading and dataset == @dataset "
            "and metric == 'chebyshev'"
        )
        changed.loc[cells.index[-1], "mark_corrected"] = mark
        assert not of_tests(changed)[1][name]

    def test_half_of_the_sources_bears_nothing_out(self, study):
        name = "DILDL by its printed objective is worse than RDA in every test"
        for part in (study.tests[study.tests["source"] == SAMPLED], study.tests[study.tests["dataset"] == "Movie"]):
            assert not of_tests(part)[1][name]

    def test_counts_are_those_of_the_tests(self, study, origin):
        cells = dict(rows_of_tab(against_counts(study.tests, "n", origin)))
        rows = study.tests.query("reading == 'default' and row == 'RDA' and dataset == 'Movie'")
        marks = list(rows[rows["source"] == SAMPLED]["mark_corrected"])
        assert cells["RDA"][0] == f"{marks.count('better')} ▲ {marks.count('worse')} ▼"
        assert len(marks) == 9


def test_downloads_keep_six_digits():
    data = pd.DataFrame({"p": [1.23456789e-9, np.nan], "n": [1, 2], "name": ["a", "b"]})
    found = pd.read_csv(io.StringIO(rounded(data).to_csv(index=False)))
    assert found["p"][0] == 1.23457e-9
    assert found["p"].isna().to_list() == [False, True]
    assert found["n"].to_list() == [1, 2]


class TestRanks:
    def test_dots_and_bars_are_those_of_the_ranks(self, ranking, monkeypatch, origin):
        kept = []
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: kept.append(figure))
        panels = {name: ranking.ranked[name] for name in (DATASETS, FOLDS)}
        figures.plot_ranks(panels, "r", pd.DataFrame(), origin)
        labels = [tick.get_text() for tick in kept[0].axes[0].get_yticklabels()]
        for axis, ranked in zip(kept[0].axes, panels.values(), strict=True):
            mean, half = ranked.mean(), critical_difference(ranked.shape[1], len(ranked)) / 2
            dots = {
                labels[int(line.get_ydata()[0])]: line.get_xdata()[0]
                for line in axis.lines
                if len(line.get_xdata()) == 1
            }
            ends = {
                labels[int(line.get_ydata()[0])]: line.get_xdata() for line in axis.lines if len(line.get_xdata()) == 2
            }
            assert dots == pytest.approx(mean.to_dict())
            for label, (low, high) in ends.items():
                assert (low, high) == pytest.approx((mean[label] - half, mean[label] + half))
        assert labels[0] == "Equal degrees"

    def test_the_best_rank_of_a_column_is_bold(self):
        average = pd.DataFrame({"chebyshev": [1.5, 2.5, 2.0], "all": [3.0, 1.25, 1.75]}, ["A", "B", "C"])
        assert re.findall("<b>(.*?)</b>", ranks_table(average, "r", "R").html) == ["1.50", "1.25"]

    def test_as_many_sets_are_needed_as_make_the_gap_of_print_critical(self, ranking):
        numbers, _ = of_ranks(ranking)
        printed = ranking.ranked[PUBLISHED]
        needed = next(n for n in range(1, 1000) if critical_difference(printed.shape[1], n) <= 1)  # first and second
        assert (numbers["sets_printed"], numbers["gap_printed"], numbers["needed_printed"]) == (6, 1, needed)
        assert numbers["cd_printed"] == pytest.approx(critical_difference(11, 6))

    def test_checks_fall(self, ranking):
        numbers, checks = of_ranks(ranking)
        assert all(checks.values())
        assert numbers["rank_uniform"] == ranking.ranked[DATASETS]["Equal degrees"].mean()
        printed = ranking.ranked[PUBLISHED].copy()
        printed.iloc[0, list(printed).index("DILDL")] = 2
        changed = replace(ranking, ranked=ranking.ranked | {PUBLISHED: printed})
        assert not of_ranks(changed)[1]["in print, DILDL is first and RDA second on every data set"]
        folds = ranking.ranked[FOLDS].assign(**{"Equal degrees": 9.0})
        changed = replace(ranking, ranked=ranking.ranked | {FOLDS: folds})
        assert not of_ranks(changed)[1]["equal degrees have the best average rank"]


class TestProbabilities:
    def test_bars_are_the_probabilities(self, ranking, monkeypatch, origin):
        kept = []
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: kept.append((figure, rest)))
        figures.plot_probabilities(ranking.posterior, "p", origin)
        (figure, (_, _, data, _)) = kept[0]
        table = data[data["seed"] == "mean"].set_index(["dataset", "label"])
        for axis in figure.axes:
            dataset = axis.get_title(loc="left").replace(" ", "_").replace("all_together", "all together")
            for bars, outcome in zip(axis.containers, ("p_better", "p_equivalent", "p_worse"), strict=True):
                widths = [bar.get_width() for bar in bars]
                labels = [tick.get_text() for tick in axis.get_yticklabels()]
                assert widths == pytest.approx([table.loc[(dataset, label), outcome] for label in labels])

    def test_the_table_says_what_is_downloaded(self, ranking, origin):
        shown = bayes_table(ranking.posterior, "b", origin)
        data = csv_of(shown)
        rows = rows_of_tab(shown)
        assert len(rows) == 15
        label, texts = rows[11]
        (line,) = data.query(f"dataset == 'Natural_Scene' and seed == 'mean' and label == '{label}'").to_dict("records")
        assert texts[0].startswith(f"{100 * line['mean']:+.1f} %")
        assert texts[1:4] == [percent(line[name]).replace(">", "&gt;").replace("<", "&lt;")
                              for name in ("p_better", "p_equivalent", "p_worse")]  # fmt: skip

    def test_the_range_over_seeds_goes_from_the_least_to_the_most(self, ranking, origin):
        at = ranking.posterior[ranking.posterior["rope"] == 0.01]
        seeds = [0.2, 0.7, 0.4]
        rows = at[(at["dataset"] == "Movie") & (at["seed"] != "mean") & (at["label"] == "DILDL, as printed")]
        assert len(rows) == len(seeds)
        changed = ranking.posterior.copy()
        changed.loc[rows.index, "p_better"] = seeds
        found = [texts for label, texts in rows_of_tab(bayes_table(changed, "b", origin)) if "as printed" in label]
        assert sum(texts[-1] == "20 % to 70 %" for texts in found) == 1
        for _, texts in rows_of_tab(bayes_table(ranking.posterior, "b", origin)):
            low, high = re.fullmatch(r".*\[([+−].*), ([+−].*)\]", texts[0]).groups() if "[" in texts[0] else ("0", "0")
            assert float(low.replace("−", "-")) <= float(high.replace("−", "-"))

    def test_what_is_not_certain_does_not_become_certain(self):
        assert [percent(value) for value in (0.9996, 0.25, 0.002, 1.0, 0.0)] == [
            "> 99 %",
            "25 %",
            "< 1 %",
            "100 %",
            "0 %",
        ]

    def test_checks_fall(self, ranking):
        assert all(of_probabilities(ranking)[1].values())
        for label, column, value, name in (
            ("DILDL, as printed", "p_worse", 0.98,
             "by the printed objective, DILDL is worse than RDA with a probability above 99 per cent"),
            ("DILDL, with RDA’s loss", "p_better", 0.6,
             "with RDA's loss, DILDL is better on Natural Scene with a probability above 90 per cent"),
            ("DILDL, with RDA’s loss", "p_better", 0.6,
             "with RDA's loss, DILDL is nowhere else better with a probability above one half"),
        ):  # fmt: skip
            posterior = ranking.posterior.copy()
            rows = (posterior["label"] == label) & (posterior["rope"] == 0.01) & (posterior["seed"] == "mean")
            posterior.loc[rows, column] = value
            assert not of_probabilities(replace(ranking, posterior=posterior))[1][name]

    def test_areas_are_stacked_to_one(self, ranking, monkeypatch, origin):
        kept = []
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: kept.append(figure))
        figures.plot_ropes(ranking.posterior, "o", origin)
        for axis in kept[0].axes:
            tops = [
                area.get_paths()[0].vertices[:, 1].max()
                for area in axis.collections
                if isinstance(area, PolyCollection)
            ]
            assert tops[-1] == pytest.approx(1)


class TestComponents:
    def test_points_are_the_effects(self, components, monkeypatch, origin):
        kept = []
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: kept.append(figure))
        effects, _, _ = components
        figures.plot_components(effects, load_ablations(), KL, "c", origin)
        for axis in kept[0].axes:
            dataset = axis.get_title(loc="left").replace(" ", "_")
            rows = effects[(effects["dataset"] == dataset) & (effects["metric"] == KL) & ~effects["same_cells"]]
            rows = rows[rows["source"] == SAMPLED]
            for bars in axis.containers:
                expected = rows[rows["criterion"] == bars.get_label()]["difference"]
                np.testing.assert_allclose(np.array(bars.lines[0].get_xdata(), dtype=float), expected)
                low, high = ends(bars)
                shown = rows[rows["criterion"] == bars.get_label()]
                np.testing.assert_allclose(low, shown["lower"], atol=1e-9)
                np.testing.assert_allclose(high, shown["upper"], atol=1e-9)

    def test_effect_sizes_are_drawn_with_their_intervals(self, ranking, monkeypatch, origin):
        kept = []
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: kept.append(figure))
        figures.plot_effect_sizes(ranking.effects, "e", origin)
        for axis in kept[0].axes:
            dataset = axis.get_title(loc="left").replace(" ", "_")
            rows = ranking.effects[ranking.effects["dataset"] == dataset].dropna(subset="d_z")
            names = list(ranking.effects["against"].unique())
            for bars in axis.containers:
                shown = rows[rows["label"] == bars.get_label()].set_index("against")
                line = bars.lines[0]
                drawn = dict(zip((names[round(y)] for y in line.get_ydata()), line.get_xdata(), strict=True))
                assert drawn == pytest.approx(shown["d_z"].to_dict())
                np.testing.assert_allclose(ends(bars), shown[["d_z_low", "d_z_high"]].to_numpy().T, atol=1e-9)

    def test_the_download_has_every_mean(self, components, origin):
        effects, cells, _ = components
        data = csv_of(components_table(effects, cells, "c", origin))
        assert len(data) == len(effects)
        difference = data["with_ours"] - data["without_ours"]
        np.testing.assert_allclose(difference, data["difference"], atol=1e-5, rtol=1e-4)
        assert set(cells["dataset"]) - {"Flickr_LDL", "RAF-ML"} == set(data["dataset"])

    def test_the_table_counts_what_helps_before_what_hurts(self, components, origin):
        effects, cells, _ = components
        lines = iter(rows_of_tab(components_table(effects, cells, "c", origin)))
        of_source = effects[effects["source"] == effects["source"].iloc[0]]
        told = set()
        for dataset in of_source["dataset"].unique():
            for criterion, (words, *_) in figures.CRITERIA.items():
                rows = of_source[(of_source["dataset"] == dataset) & (of_source["criterion"] == criterion)]
                if rows.empty:
                    continue
                head, texts = next(lines)
                assert head.replace("&#x27;", "'") == words
                for contrast, text in zip(of_source["contrast"].unique(), texts, strict=True):
                    part = rows[rows["contrast"] == contrast]
                    marks = list(part["mark"])
                    if not part.empty and not part["same_cells"].any():
                        counts = (marks.count("better"), marks.count("worse"))
                        assert text.endswith("{} ▲ {} ▼".format(*counts)), (dataset, criterion, contrast)
                        told.add(counts)
        assert any(better != worse for better, worse in told)

    def test_rows_that_readings_share_count_once(self, components):
        effects, _, _ = components
        numbers, checks = of_components(effects)
        assert all(checks.values())
        twice = pd.concat([effects, effects.assign(criterion="again")])
        assert of_components(twice)[0] == numbers
        turned = effects.assign(mark=effects["mark"].replace({"worse": "better", "better": "worse"}))
        assert not of_components(turned)[1]["over all readings, the decoupled loss hurts in a third of the comparisons"]
        by_print = effects[effects["criterion"] == "kl"]
        assert not of_components(by_print)[1]["where decoupled alignment helps, it is mostly with RDA's loss"]


def test_metrics_left_out(study):
    table = against_appendices(study)
    numbers, checks = of_appendices(table)
    assert all(checks.values())
    assert numbers["other_cells"] == 10 * 2 * 4
    own = (table["method"] == "DILDL") & (table["reading"] == "default") & (table["dataset"] == "Movie")
    name = "by the metrics left out, DILDL by its printed objective is worse than published throughout"
    changed = table.copy()
    changed.loc[table[own].index[0], "verdict"] = "inside"
    assert not of_appendices(changed)[1][name]


def test_marks_fall_with_what_they_rest_on(study):
    numbers, checks = of_marks(study.tests)
    assert all(checks.values())
    assert (numbers["marks"], numbers["marks_left_out"]) == (98, 38)
    better = study.tests.assign(mark_corrected="better")
    assert not of_marks(better)[1]["by the printed objective, fewer than half of the marks come out"]
    none = study.tests.assign(mark_corrected="none")
    changed = of_marks(none)[1]
    assert not changed["with RDA's loss, three quarters of the marks come out"]
    assert not changed["the correction takes back less than a tenth of the paired test's marks"]
    assert LEFT_OUT in set(study.tests["source"])


def test_published_matrix_holds_the_printed_means():
    published = load_published("dildl")
    found = published_matrix(published, "kl_divergence")
    cell = published.query("metric == 'kl_divergence' and dataset == 'Movie' and method == 'RDA'")["mean"]
    assert found.shape == (6, 11)
    assert found.loc["Movie", "RDA"] == cell.item()
    with pytest.raises(ValueError, match="clark"):
        published_matrix(published, "clark")
    with pytest.raises(ValueError, match="RDA has no result on Movie"):
        published_matrix(published.drop(cell.index), "kl_divergence")


def test_published_average_ranks_sum_to_those_of_all_places():
    found = published_average_ranks(load_published("dildl"), ["chebyshev", "kl_divergence"])
    assert found.sum().to_numpy() == pytest.approx(66)
    assert found["all"].is_monotonic_increasing


def test_printed_average_ranks_are_recomputed_from_the_cells():
    found = check_average_ranks(load_published("rda_appendix"), load_average_ranks())
    assert len(found) == 90
    assert found[["value", "ranks", "means", "shared"]].notna().all(axis=None)
    # Average ranks of a table, ties shared, sum to those of all places: what the recomputation itself must satisfy.
    assert found.groupby("metric")["shared"].sum().to_numpy() == pytest.approx(55)
    assert (found["means"] <= found["shared"] + 1e-12).all()


def test_a_false_average_rank_is_found():
    average = load_average_ranks()
    average.loc[3, "value"] += 0.1
    found = check_average_ranks(load_published("rda_appendix"), average)
    assert not found.loc[3, ["agrees_with_ranks", "agrees_with_means", "agrees_with_shared"]].any()
