"""What tables show beside the numbers: marks of three tests, parts of a metric in one table, LaTeX."""

import re

import numpy as np
import pandas as pd
import pytest

from companion.base.published import load_published
from companion.show.latex import LatexBlock, latex_of, latex_text
from companion.show.styled import Folded
from companion.show.tables import comparison_table, render_comparison, render_euclidean
from ildl.compare.significance import compare
from ildl.compare.statistics import summarise

PUBLISHED = load_published("dildl")
EUCLIDEAN = [f"euclidean_{part}" for part in ("all", "tail", "head")]
METRICS = ["kl_divergence", *EUCLIDEAN]
PRINTED = '{"dominant":"one-hot"}'
READINGS = {"DILDL": {"as printed": {"dominant": "one-hot"}}}
DEFAULT, CLOSEST = "tests, default", "tests, closest"
# DILDL as printed is better than all but Uniform; DILDL by default worse than all but LDL-LDM.
CENTRES = {
    ("LDL-LDM", "{}"): 0.9,
    ("RDA", "{}"): 0.4,
    ("DILDL", "{}"): 0.8,
    ("DILDL", PRINTED): 0.3,
    ("Uniform", "{}"): 0.2,
    ("Train-mean", "{}"): 0.7,
}


@pytest.fixture
def results():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": features, "method": method, "params": params, "fold": fold,
             "seed": seed, "metric": metric, "value": centre + 0.002 * rng.normal(),
             "reading": "as printed" if params == PRINTED else "default"}
            for dataset, features in (("Movie", "benchmark"), ("Emotion6", "public"))
            for (method, params), centre in CENTRES.items()
            for fold in range(5) for seed in range(2) for metric in METRICS
        ]
    )  # fmt: skip


@pytest.fixture
def comparisons(results):
    return {name: compare(results, "DILDL", params) for name, params in (("default", "{}"), ("closest", PRINTED))}


@pytest.fixture
def shown(results, comparisons):
    """Table 2 and Table 5 with marks."""
    summary = summarise(results)
    tables = {metric: comparison_table(summary, PUBLISHED, metric, READINGS) for metric in METRICS}
    marks = {name: comparisons[name] for name in ("default", "closest")}
    kl = render_comparison(tables.pop("kl_divergence"), "kl_divergence", "Table 2.", marks)
    return kl, render_euclidean(tables, "Table 5.", marks)


class TestMarks:
    def test_a_column_for_each_reading_tells_who_is_better(self, shown):
        movie = shown[0].styler.data["Movie"]
        assert movie.loc["LDL-LDM", [DEFAULT, CLOSEST]].tolist() == ["●■▲", "●■▲"]
        assert movie.loc["RDA", [DEFAULT, CLOSEST]].tolist() == ["○□△", "●■▲"]
        assert movie.loc["Uniform", [DEFAULT, CLOSEST]].tolist() == ["○□△", "○□△"]
        assert movie.loc["DILDL [default]", [DEFAULT, CLOSEST]].tolist() == ["–", "●■▲"]
        assert movie.loc["SA-BFGS", DEFAULT] == "–"

    def test_a_difference_without_significance_says_none(self, results):
        rda = results["method"] == "RDA"
        mine = results.loc[results["params"] == PRINTED, "value"].to_numpy()
        results.loc[rda, "value"] = mine + 0.01 * (results.loc[rda, "fold"] - 2)  # 0 on average
        marks = {"closest": compare(results, "DILDL", PRINTED)}
        table = comparison_table(summarise(results), PUBLISHED, "kl_divergence", READINGS)
        data = render_comparison(table, "kl_divergence", "T.", marks).styler.data
        assert data.loc["RDA", ("Movie", CLOSEST)] == "none"

    def test_published_marks_and_digits_stand_as_printed(self, shown):
        assert shown[0].styler.data.loc["RDA", ("Movie", "published")] == "0.2491 ± 0.0149 ●"
        assert shown[0].styler.data.loc["DILDL [default]", ("Movie", "published")] == "0.2211 ± 0.0121"
        assert shown[1].styler.data.loc[("RDA", "published"), ("Movie", "all")] == "0.295 ●"
        # The one mark of Table 5 that stands for a worse DILDL.
        assert shown[1].styler.data.loc[("LDL-LCLR", "published"), ("RAF-ML (not run)", "tail")] == "0.438 ○"

    def test_spread_over_seeds_stands_in_brackets(self, shown, results):
        text = shown[0].styler.data.loc["RDA", ("Movie", "ours")]
        cells = results.query("method == 'RDA' and metric == 'kl_divergence' and dataset == 'Movie'")
        by_seed = cells.groupby("seed")["value"].mean()
        assert text.endswith(f"({by_seed.std(ddof=0):.4f})")
        assert text.startswith(f"{by_seed.mean():.4f} ± ")

    def test_the_caption_has_the_legend(self, shown):
        for table in shown:
            assert all(symbol in table.styler.caption for symbol in "●■▲")


class TestParts:
    def test_three_columns_a_data_set_and_no_empty_line(self, shown):
        data = shown[1].styler.data
        assert [part for _, part in data.columns] == ["all", "tail", "head"] * 6
        assert list(dict.fromkeys(header for header, _ in data.columns))[:3] == [
            "Movie", "SCUT-FBP (not run)", "Emotion6 (other features)"
        ]  # fmt: skip
        assert (data != "–").any(axis=1).all()
        assert ("Uniform", "published") not in data.index
        assert data.loc[("SA-BFGS", "published"), ("RAF-ML (not run)", "head")] == "0.221 ●"

    def test_a_difference_inside_the_noise_is_marked_where_it_can_be_compared(self, results):
        results.loc[results["method"] == "RDA", "value"] += 0.295 - 0.4
        tables = {metric: comparison_table(summarise(results), PUBLISHED, metric, READINGS) for metric in EUCLIDEAN}
        data = render_euclidean(tables, "Table 5.").styler.data
        assert data.loc[("RDA", "difference"), ("Movie", "all")].endswith(" ≈")
        assert not data.loc[("RDA", "difference"), ("Movie", "head")].endswith("≈")
        assert not data["Emotion6 (other features)"].map(lambda text: "≈" in text).any(axis=None)

    def test_best_is_bold(self, shown):
        html = shown[1]._repr_html_()
        bold = re.search(r"([^}]*)\{\s*font-weight: bold", html).group(1)
        line = shown[1].styler.data.index.get_loc(("Uniform", "ours"))
        assert set(re.findall(r"_row(\d+)_", bold)) == {str(line)}

    def test_folded(self, shown):
        html = Folded("More <metrics>", shown)._repr_html_()
        assert html.startswith("<details><summary>More &lt;metrics&gt;</summary>")
        assert html.count("<table") == 2


def latex_rows(source):
    """Cells of each line of the table's body, header lines included."""
    body = re.search(r"\\toprule\n(.*)\\bottomrule", source, flags=re.DOTALL).group(1)
    lines = [line.removesuffix(r"\\").strip() for line in body.splitlines() if line.strip().endswith(r"\\")]
    return [re.split(r"(?<!\\)&", line) for line in lines]


def width(cell):
    spanned = re.search(r"\\multicolumn\{(\d+)\}", cell)
    return int(spanned.group(1)) if spanned else 1


class TestLatex:
    def test_every_line_has_as_many_columns_as_are_declared(self, shown):
        for table in shown:
            source = latex_of(table)
            columns = re.search(r"\\begin\{tabular\}\{([lr]+)\}", source).group(1)
            rows = latex_rows(source)
            assert {sum(map(width, row)) for row in rows} == {len(columns)}
            assert len(rows) == len(table.styler.data) + table.styler.data.columns.nlevels

    def test_every_cell_is_there(self, shown):
        for table in shown:
            rows = latex_rows(latex_of(table))[table.styler.data.columns.nlevels :]
            for row, (_, cells) in zip(rows, table.styler.data.iterrows(), strict=True):
                printed = [cell.strip().removeprefix(r"\bfseries ") for cell in row[-len(cells) :]]
                assert printed == [latex_text(cell) for cell in cells]

    def test_braces_mathematics_and_environments_are_balanced(self, shown):
        for table in shown:
            source = latex_of(table)
            plain = re.sub(r"\\[\\{}$%&#_]", "", source)
            depth = np.cumsum([{"{": 1, "}": -1}.get(character, 0) for character in plain])
            assert depth.min() >= 0
            assert depth[-1] == 0
            assert plain.count("$") % 2 == 0
            assert re.findall(r"\\begin\{(\w+)", source) == re.findall(r"\\end\{(\w+)", source)[::-1]
            assert source.isascii()

    def test_best_is_bold_and_the_page_is_left_as_it_was(self, shown):
        before = shown[0]._repr_html_()
        source = latex_of(shown[0])
        assert len(re.findall(r"\\bfseries 0\.\d+", source)) == 2
        assert shown[0]._repr_html_() == before

    @pytest.mark.parametrize("character", "\\{}$&#^_~%<>±−–≈●○■□▲△²×…“”’")
    def test_special_characters_are_escaped(self, character):
        text = latex_text(f"a{character}b")
        assert text.isascii()
        assert text.startswith("a")
        assert text.endswith("b")
        assert text != f"a{character}b"

    def test_shown_folded_and_escaped(self):
        html = LatexBlock("a & b < c")._repr_html_()
        assert html.startswith("<details><summary>LaTeX")
        assert '<div class="highlight"><pre>a &amp; b &lt; c</pre></div>' in html
