"""Comparison tables: what stands beside what, how it is shown, and what the sentences say of it."""

import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.base.comparison import shown_reading
from companion.base.published import load_published
from companion.comparison.figures_results import plot_comparison
from companion.show.sentences import (
    better_than_uniform,
    distance_to_published,
    inside_noise,
    nearest_reading,
    provenance,
)
from companion.show.styled import plain_table
from companion.show.tables import comparison_table, method_label, render_comparison
from ildl.compare.statistics import seed_means, summarise
from tests.companion.drawn import Cells, is_hollow

PUBLISHED = load_published("dildl", table="2")
METRIC = "kl_divergence"
READING = '{"criterion":"added"}'
# Movie, published: RDA 0.2491 ± 0.0149, DILDL 0.2211 ± 0.0121, OFR-DB 0.3883 ± 0.0160.
# Of DILDL, three folds with s² = 0.0001: 0.0001 / 3 + 0.0121² / 9 = 0.0000496; Welch's df 4.2, t 2.72; half a unit.
MARGIN = "± 0.0192†, 4.2 df"
CENTRES = {
    ("RDA", "{}"): 0.25,
    ("DILDL", "{}"): 0.9,
    ("DILDL", READING): 0.22,
    ("Mine", "{}"): 0.4,
    ("Uniform", "{}"): 0.3,
    ("Train-mean", "{}"): 0.5,
}


def tidy(datasets=(("Movie", "benchmark"), ("Emotion6", "public")), seeds=(0,)):
    cells = itertools.product(datasets, CENTRES.items(), seeds, range(3))
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": features, "method": method, "params": params, "fold": fold,
             "seed": seed, "metric": METRIC, "value": centre + 0.01 * (fold - 1) + 0.001 * seed, "version": "0.1.0",
             "dataset_sha": dataset * 9, "device": "cpu", "date": "2025-01-02T03:04:05+00:00",
             "key": f"{dataset}{method}{params}{seed}{fold}"}
            for (dataset, features), ((method, params), centre), seed, fold in cells
        ]
    )  # fmt: skip


@pytest.fixture
def table():
    return comparison_table(summarise(tidy()), PUBLISHED, METRIC)


def cell(table, dataset, label):
    return table.set_index(["dataset", "label"]).loc[(dataset, label)]


class TestComparison:
    def test_every_data_set_and_method_of_either_side_is_there_once(self, table):
        assert set(table["dataset"]) == set(PUBLISHED["dataset"])
        assert set(table["method"]) == set(PUBLISHED["method"]) | {method for method, _ in CENTRES}
        assert not table.duplicated(["dataset", "label"]).any()

    def test_order_is_published_then_others_then_references_with_readings_together(self, table):
        labels = list(table["label"].unique())
        assert labels[:10] == list(PUBLISHED["method"].unique())[:10]
        assert labels[10:] == ["DILDL [default]", "DILDL [criterion=added]", "Mine", "Uniform", "Train-mean"]

    def test_numbers_of_both_sides(self, table):
        rda = cell(table, "Movie", "RDA")
        assert rda["ours"] == pytest.approx(0.25)
        assert (rda["published"], rda["published_std"]) == (0.2491, 0.0149)
        assert rda["difference"] == pytest.approx(0.25 - 0.2491)
        for label in ("DILDL [default]", "DILDL [criterion=added]"):
            assert cell(table, "Movie", label)["published"] == 0.2211

    def test_verdict_only_where_the_numbers_can_be_compared(self, table):
        assert cell(table, "Movie", "RDA")["inside_noise"]
        assert not cell(table, "Movie", "DILDL [default]")["inside_noise"]
        judged = table[table["inside_noise"].notna()]
        assert set(judged["dataset"]) == {"Movie"}
        assert set(judged["method"]) == {"RDA", "DILDL"}

    def test_best_of_ours_counts_the_references(self, table):
        assert table.loc[table["best"], ["dataset", "label"]].to_numpy().tolist() == [
            ["Movie", "DILDL [criterion=added]"],
            ["Emotion6", "DILDL [criterion=added]"],
        ]
        results = tidy()
        results.loc[results["method"] == "Uniform", "value"] /= 100
        beaten = comparison_table(summarise(results), PUBLISHED, METRIC)
        assert set(beaten.loc[beaten["best"], "label"]) == {"Uniform"}

    def test_similarities_are_best_when_high(self):
        results = tidy().assign(metric="cosine")
        table = comparison_table(summarise(results), load_published("rda_appendix"), "cosine")
        assert set(table.loc[table["best"], "label"]) == {"DILDL [default]"}

    def test_without_results_the_published_numbers_are_left(self):
        table = comparison_table(None, PUBLISHED, METRIC)
        assert set(table["feature_set"]) == {"not run"}
        assert table["ours"].isna().all()
        assert table["published"].notna().sum() == len(PUBLISHED)
        assert not table["best"].any()

    def test_a_data_set_that_nobody_published(self):
        table = comparison_table(summarise(tidy((("Artificial", "artificial"),))), PUBLISHED, METRIC)
        artificial = table[table["dataset"] == "Artificial"]
        assert artificial["published"].isna().all()
        assert artificial["ours"].notna().sum() == len(CENTRES)

    def test_unknown_metric(self):
        with pytest.raises(ValueError, match="no result for the metric 'kl'; known: chebyshev"):
            comparison_table(summarise(tidy()), PUBLISHED, "kl")


@pytest.mark.parametrize(("arguments", "label"), [
    (("RDA", "{}", False, {}), "RDA"),
    (("DILDL", "{}", True, {}), "DILDL [default]"),
    (("DILDL", '{"dominant":"one-hot","lam":1.0}', True, {}), "DILDL [dominant=one-hot, lam=1.0]"),
    (("RDA", '{"lam":1.0}', False, {}), "RDA [lam=1.0]"),
    (("RDA", '{"lam":1.0}', False, {"RDA": {"heavy": {"lam": 1}}}), "RDA [heavy]"),
    (("RDA", '{"lam":0.5}', False, {"RDA": {"heavy": {"lam": 1}}, "DILDL": {"half": {"lam": 0.5}}}), "RDA [lam=0.5]"),
])  # fmt: skip
def test_labels(arguments, label):
    assert method_label(*arguments) == label


class TestRendering:
    @pytest.fixture
    def html(self, table):
        return render_comparison(table, METRIC, "Table 2 <again>.")._repr_html_()

    def test_it_is_the_same_each_time(self, table, html):
        assert render_comparison(table, METRIC, "Table 2 <again>.")._repr_html_() == html

    def test_headers_have_scopes_and_the_box_scrolls_and_has_a_name(self, html):
        cells = Cells(html)
        assert {header["scope"] for header in cells.headers} == {"colgroup", "col", "row"}
        assert all(("colspan" in header) == (header["scope"] == "colgroup") for header in cells.headers)
        (box,) = cells.boxes
        assert "overflow-x: auto" in box["style"]
        assert (box["tabindex"], box["role"]) == ("0", "region")
        assert "Table 2 <again>. Kullback-Leibler" in box["aria-label"]
        assert "<caption>Table 2 &lt;again&gt;." in html

    def test_what_a_row_shows(self, html):
        rows = {row[0]: row[1:] for row in Cells(html).rows}
        assert rows["RDA"][:4] == ["0.2500 ± 0.0082", "0.2491 ± 0.0149", "+0.0009", "inside (± 0.0192†, 5.4 df)"]
        assert rows["DILDL [default]"][3] == "worse (± 0.0192†, 4.2 df)"
        assert rows["LDLSF"][:4] == ["–", "3.1338 ± 0.3786", "–", "–"]
        assert rows["Uniform"][:4] == ["0.3000 ± 0.0082", "–", "–", "–"]
        # SCUT-FBP was not run: one column; Emotion6 has other features: no verdict.
        assert rows["RDA"][4] == "0.4313 ± 0.0328"
        assert rows["RDA"][5:9] == ["0.2500 ± 0.0082", "0.7677 ± 0.0218", "−0.5177", "–"]

    def test_data_sets_that_cannot_be_compared_are_marked(self, html):
        assert Cells(html).rows[0][1:] == [
            "Movie",
            "SCUT-FBP (not run)",
            "Emotion6 (other features)",
            "Flickr_LDL (not run)",
            "RAF-ML (not run)",
            "Natural_Scene (not run)",
        ]

    def test_only_the_best_are_bold(self, table, html):
        bold = re.search(r"([^}]*)\{\s*font-weight: bold", html).group(1)
        rows = [row[0] for row in Cells(html).rows[2:]]
        best = rows.index("DILDL [criterion=added]")
        assert re.findall(r"_row(\d+)_col(\d+)", bold) == [(str(best), "0"), (str(best), "5")]

    def test_published_numbers_alone(self):
        html = render_comparison(comparison_table(None, PUBLISHED, METRIC), METRIC, "Table 2.")._repr_html_()
        assert "ours</th>" not in html
        assert html.count(" ± ") == len(PUBLISHED) + 1  # the caption explains the sign


class TestSentences:
    def test_better_than_uniform(self, table):
        methods = "RDA, DILDL [criterion=added] (2 of 4)"
        assert better_than_uniform(table) == f"on Movie {methods}; on Emotion6 {methods}"
        # Against 0.3 on Movie; Emotion6's public features may stand for other instances.
        assert better_than_uniform(table, "published") == "on Movie RDA, DILDL (2 of 11)"

    def test_none_is_said(self):
        results = tidy()
        results.loc[results["method"] == "Uniform", "value"] = 0.001
        table = comparison_table(summarise(results), PUBLISHED, METRIC)
        assert better_than_uniform(table) == "on Movie none of 4; on Emotion6 none of 4"

    def test_distance_and_nearest_reading(self, table):
        assert distance_to_published(table, METRIC, "DILDL [default]") == (
            f"on Movie 0.9000 against 0.2211 (difference +0.6789, worse by more than the noise of {MARGIN})"
        )
        assert distance_to_published(table, METRIC, "DILDL [criterion=added]") == (
            f"on Movie 0.2200 against 0.2211 (difference −0.0011, inside the noise of {MARGIN})"
        )
        nearest = "on Movie DILDL [criterion=added], off by 0.0011 (next: DILDL [default], off by 0.6789)"
        assert nearest_reading(table, METRIC) == nearest
        assert inside_noise(table) == "2 of 3"

    def test_a_margin_as_wide_as_what_it_should_tell_apart_says_so(self):
        results = tidy()
        results["value"] += 0.05 * (results["fold"] - 1) * (results["method"] == "DILDL")
        table = comparison_table(summarise(results), PUBLISHED, METRIC)
        verdict = cell(table, "Movie", "DILDL [criterion=added]")["verdict"]
        assert verdict == "cannot tell from RDA and uniform"
        assert cell(table, "Movie", "DILDL [default]")["verdict"] == "worse"
        assert cell(table, "Movie", "RDA")["verdict"] == "inside"
        assert "which cannot tell from RDA and uniform" in distance_to_published(
            table, METRIC, "DILDL [criterion=added]"
        )
        assert inside_noise(table) == "1 of 3 (of 1 more, the noise is too wide to tell)"
        assert "cannot tell from RDA and uniform (±" in render_comparison(table, METRIC, "Table 2.")._repr_html_()

    def test_partitions_widen_the_margin_and_take_its_dagger(self):
        results, rows = tidy(), tidy((("Movie", "benchmark"),))
        moved = [rows.assign(split_seed=seed, value=rows["value"] + 0.05 * seed) for seed in range(3)]
        found = comparison_table(summarise(results, partitions=pd.concat(moved)), PUBLISHED, METRIC)
        row = cell(found, "Movie", "RDA")
        # means 0, 0.05, 0.10 apart: 0.0025, of which folds explain 0.0001 / 3
        assert row["var_partitions"] == pytest.approx(2 * (0.0025 - 0.0001 / 3))
        assert row["margin"] > 0.2
        assert row["verdict"].startswith("cannot tell")

    def test_published_digits_are_those_of_print(self):
        results = tidy().assign(metric="euclidean_all")
        table = comparison_table(summarise(results), load_published("dildl", table="5"), "euclidean_all")
        assert " against 0.251 (" in distance_to_published(table, "euclidean_all", "DILDL [default]")

    def test_nothing_to_compare(self):
        for summary in (None, summarise(tidy((("Emotion6", "public"),)))):
            table = comparison_table(summary, PUBLISHED, METRIC)
            assert "no data set at hand" in distance_to_published(table, METRIC, "DILDL [default]")
            assert "no data set at hand" in nearest_reading(table, METRIC)
            assert inside_noise(table) == "0 of 0"
        assert better_than_uniform(comparison_table(None, PUBLISHED, METRIC)) == "no result"

    def test_provenance(self):
        line = provenance(tidy(seeds=(0, 1)))
        assert line.startswith(f"{12 * len(CENTRES)} cells, trained 2025-01-02 on cpu with ildl 0.1.0; Python 3.")
        assert line.endswith("SHA-256 of the data: Movie MovieMovieMo, Emotion6 Emotion6Emot")
        assert provenance(None).startswith("no results of ours; Python 3.")


class TestFigure:
    @pytest.fixture(autouse=True)
    def close(self):
        yield
        plt.close("all")

    def test_a_panel_a_data_set_that_was_run(self, table):
        results = tidy(seeds=(0, 1))
        figure = plot_comparison(table, METRIC, seed_means(results))
        titles = [axis.get_title() for axis in figure.axes if axis.get_visible()]
        assert titles == ["Movie", "Emotion6\n(other features)"]
        (legend,) = figure.legends
        names = {text.get_text().partition(" (")[0] for text in legend.get_texts()}
        assert names == {"ours", "published", "each seed", "uniform distribution"}

    def test_seeds_of_rows_that_the_table_leaves_out_are_left_out(self, table):
        seeds = seed_means(tidy(seeds=(0, 1)))
        more = pd.concat([seeds, seeds.assign(params='{"epochs":1}')])
        drawn = [
            [list(line.get_xdata()) for axis in plot_comparison(table, METRIC, given).axes for line in axis.lines]
            for given in (seeds, more)
        ]
        assert drawn[0] == drawn[1]

    def test_points_stand_where_the_numbers_are(self, table):
        axis = plot_comparison(table, METRIC).axes[0]
        movie = table[table["dataset"] == "Movie"]
        for container, side in zip(axis.containers, ("ours", "published"), strict=True):
            assert np.array_equal(container.lines[0].get_xdata(), movie[side].dropna())
            assert is_hollow(container.lines[0]) == (side == "published")

    def test_published_numbers_alone(self):
        figure = plot_comparison(comparison_table(None, PUBLISHED, METRIC), METRIC)
        assert len([axis for axis in figure.axes if axis.get_visible()]) == 6

    def test_labels_are_those_of_the_table(self, table):
        axis = plot_comparison(table, METRIC).axes[0]
        shown = [tick.get_text().replace("\n", " ") for tick in axis.get_yticklabels()]
        assert shown == list(table["label"].unique())


def test_a_plain_table_rounds_escapes_and_names():
    frame = pd.DataFrame({"near_certain": [0.125, 2.0], "note": ["a < b", "x" * 40]}, index=["one", "one"])
    html = plain_table(frame, "Of labels & rows.", "{:.2f}", {"note": "what"})._repr_html_()
    assert ">near certain<" in html
    assert ">what<" in html
    assert ">0.12<" in html
    assert "a &lt; b" in html
    assert "Of labels &amp; rows." in html
    assert re.search(r"td\.col1 \{\s*white-space: normal", html)
    assert "td.col0 {" not in html
    assert html == plain_table(frame, "Of labels & rows.", "{:.2f}", {"note": "what"})._repr_html_()


def test_what_a_page_calls_a_reading():
    names = {"as printed": "printed targets", "closest: as printed": "closest: printed targets", "added": "added"}
    assert {name: shown_reading(name) for name in names} == names
