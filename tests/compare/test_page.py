"""The page of a study: whole, closed, hostile names escaped, and its numbers those of the results."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.compare.cells import SIGNS, Cell, Table, means_table
from ildl.compare.cells import tests_table as table_of_tests
from ildl.compare.page import page
from ildl.compare.study import gather, study_of
from ildl.compare.tables import PAPER
from tests.compare.frames import GUESSES, run_frame

LEVELS = {"DILDL": 1.0, "RDA": 1.5, **GUESSES}
HOSTILE = '<script>alert("1")</script>{{7*7}}$\\alpha$'


class Tags(HTMLParser):
    """Tags with attributes, which are open at the end, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "path", "use", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def made(*frames, **how):
    results, notes = gather(frames)
    return page(study_of(results, notes=notes), **how)


@pytest.fixture(scope="module")
def html():
    return made(run_frame(LEVELS), sources=["results"])


def many(levels=LEVELS, n=6):
    return [run_frame(levels, dataset=f"set {i}") for i in range(n)]


def test_it_is_whole_and_asks_for_nothing(html):
    tags = Tags(html)
    assert tags.open == []
    assert {tag for tag, _ in tags.tags} & {"script", "link", "img", "iframe", "object", "base"} == set()
    for _, attributes in tags.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("href", "src", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:text/csv"))
    assert "@import" not in html
    assert "url(http" not in html


def test_what_was_found_comes_first(html):
    text = Tags(html).text
    assert text.index("DILDL is best by all six metrics") < text.index("± standard deviation") < text.index("p, Holm")


def test_the_data_are_those_that_were_given_and_make_the_page_again(html):
    ((_, link),) = [tag for tag in Tags(html).tags if tag[0] == "a"]
    data = pd.read_csv(io.BytesIO(base64.b64decode(link["href"].partition("base64,")[2])), keep_default_na=False)
    frame = gather([run_frame(LEVELS)])[0]
    assert data["value"].tolist() == frame["value"].tolist()
    without_time = [re.sub(r"\d\d:\d\d UTC, from .*?<", "<", text) for text in (made(data), html)]
    body = [text.partition("Data and provenance")[0] for text in without_time]
    assert body[0] == body[1]


def test_means_of_the_page_are_those_of_the_results(html):
    frame = run_frame(LEVELS)
    value = frame[(frame["method"] == "RDA") & (frame["metric"] == "clark")].groupby("fold")["value"].mean().mean()
    assert f"{value:.4f}" in html
    assert "Each of 5 folds trains on 40 rows and tests on 10." in html


def test_each_number_of_a_test_stands_below_its_name():
    study = study_of(gather([run_frame({**LEVELS, "Other": 1.1}, noise=0.3)])[0])
    (row,) = study.tests[(study.tests["label"] == "RDA") & (study.tests["metric"] == "clark")].to_dict("records")
    known = {"difference": -0.25, "low": -0.5, "high": 0.125, "p_paired": 0.01, "p_corrected": 0.02, "p_holm": 0.03}
    cells = table_of_tests(study, pd.DataFrame([row | known | {"mark_corrected": "better"}]), "T").cells.loc["RDA"]
    assert cells["DILDL is"].text == "▲ better"
    assert str(cells["Difference"]) == "−0.2500 [−0.5000, +0.1250]"
    assert [cells[f"p, {name}"].text for name in ("paired", "corrected", "Holm")] == ["0.0100", "0.0200", "0.0300"]


def test_a_sign_says_best_or_near_or_beaten():
    levels = {"Best": 1.0, "Near": 1.0001, "Far": 1.9, "Useless": 9.0, **GUESSES}
    found = study_of(gather([run_frame(levels, noise=0.05)])[0]).means
    clark = found[found["metric"] == "clark"]
    best = clark.loc[clark["mean"].idxmin(), "label"]
    other = {"Best": "Near", "Near": "Best"}[best]
    signs = means_table(clark, ["clark"], "T").cells["Clark ↓"].map(lambda cell: cell.sign)
    assert signs[[best, other, "Far", "Useless", *GUESSES]].tolist() == ["★", "≈", "", "▽", "", ""]


def test_the_digest_is_of_every_cell():
    frame = run_frame(LEVELS, metrics=["clark"])  # a cell has one key, whatever its metrics
    study = study_of(gather([frame])[0])

    def digest(results):
        return re.search("digest ([0-9a-f]{16})", page(replace(study, results=gather([results])[0])))[1]

    assert digest(frame) == digest(frame[::-1])
    assert len({digest(frame.replace({"key": {key: "other"}})) for key in frame["key"].unique()}) == 4 * 5


def test_folds_of_unlike_sizes_are_said_from_the_least_to_the_most():
    frame = run_frame(LEVELS)
    html = made(frame.assign(n_train=40 + frame["fold"], n_test=14 - frame["fold"]))
    assert "Each of 5 folds trains on 40 to 44 rows and tests on 10 to 14." in html


def test_dates_go_from_the_first_to_the_last():
    frame = run_frame(LEVELS)
    html = made(frame.assign(date=frame["method"].map(lambda name: f"2026-01-0{1 + list(LEVELS).index(name)}T00:00")))
    assert "2026-01-01 to 2026-01-04, by ildl 0.1.0 on cpu" in html


def test_latex_of_every_table_needs_the_named_packages_alone():
    """The signs of cells and heads are commands: pdfLaTeX stops at characters that no package of these sets up."""
    study = study_of(gather([run_frame({**LEVELS, "Near": 1.01, "Useless": 9.0}, noise=0.3)])[0])
    found = study.means
    means = means_table(found, list(dict.fromkeys(found["metric"])), "Means ± “spread”")
    tests = table_of_tests(study, study.tests[study.tests["metric"] == "clark"], "Tests")
    shown = " ".join(str(cell) for table in (means, tests) for cell in table.cells.to_numpy().ravel())
    assert set("★≈▽▲±") <= set(shown)
    signs = Table("Signs", pd.DataFrame([[Cell(text) for text in SIGNS.values()]], ["r"], list(SIGNS)))
    for table in (means, tests, signs):
        assert table.latex.isascii(), sorted({sign for sign in table.latex if not sign.isascii()})


def test_hostile_names_are_text():
    frames = [
        frame.assign(dataset=HOSTILE + str(i)) for i, frame in enumerate(many({HOSTILE.replace(" ", ""): 1.0} | LEVELS))
    ]
    html = made(*frames, title=HOSTILE)
    tags = Tags(html)
    assert "script" not in {tag for tag, _ in tags.tags}
    assert HOSTILE in tags.text
    assert "{{7*7}}" in tags.text
    assert r"\$\textbackslash{}alpha\$" in tags.text
    assert r"$\alpha$" in html[html.index("<svg") : html.index("</svg>")]  # not set as mathematics


def test_a_page_says_where_marks_hang_on_what_the_test_takes_for_shared():
    """Two test rows for each that is trained on leave fewer differences told apart than a quarter, as of five folds."""
    levels = {"DILDL": 1.0, "RDA": 1.02, **GUESSES}
    assert "would not be told apart" not in made(run_frame(levels))
    few = run_frame(levels, n_train=5, n_test=10)
    html, tests = made(few), study_of(gather([few])[0]).tests
    tests = tests[tests["metric"].isin(PAPER)]
    marks, trained = (tests[name] != "none" for name in ("mark_corrected", "mark_trained"))
    assert (marks & ~trained).any()
    told = f"tells {marks.sum()} differences apart. By the rows trained on (2.0 test rows for each), "
    assert f"{told}{(marks & ~trained).sum()} of them would not be told apart" in " ".join(html.split())


class TestRanks:
    def test_few_data_sets_get_a_sentence(self, html):
        assert "There are no average ranks: they take at least 5 data sets" in html
        assert "<svg" not in html

    def test_enough_get_a_diagram_and_a_table(self):
        html = made(*many())
        assert "<svg" in html
        assert "Average ranks over 6 data sets" in html
        assert "currentColor" in html
        assert "#010101" not in html
        assert not re.search(r"<svg[^>]* width=", html)

    def test_five_data_sets_and_three_methods_are_enough_and_fewer_are_not(self):
        assert "Average ranks over 5 data sets" in made(*many({"RDA": 1.5, **GUESSES}, n=5))
        assert "There are no average ranks" in made(*many(n=4))
        assert "There are no average ranks" in made(*many({"RDA": 1.5, "Uniform": 3.0}, n=5))

    def test_with_too_few_the_page_says_what_nemenyis_test_could_tell(self):
        """Four methods on two data sets: 2.569 sqrt(4 · 5 / (6 · 2)), with Demšar's q for four methods."""
        html = made(*many({"A": 1.0, "B": 1.5, **GUESSES}, n=2))
        assert "apart from a difference of 3.3 on, and 3 is the largest there can be" in html

    def test_who_was_not_run_everywhere_is_left_out_and_named(self):
        html = made(*many(), run_frame({"Extra": 1.2}, dataset="set 0"))
        assert "Left out, as not run everywhere: Extra." in html


class TestPublished:
    PRINTED = pd.DataFrame(
        {
            "dataset": ["Movie", "mine"],
            "method": "RDA",
            "metric": "clark",
            "mean": [0.1234, 0.5678],
            "std": [0.01, 0.02],
        }
    )

    @pytest.mark.parametrize(("kind", "cautioned"), [("benchmark", False), ("public", True)])
    def test_they_stand_beside_data_of_the_catalogue(self, kind, cautioned):
        html = made(run_frame(LEVELS, dataset="Movie", feature_set=kind), published=self.PRINTED)
        assert "published 0.1234 ± 0.01" in html
        assert ("must not be compared" in html) == cautioned

    @pytest.mark.parametrize("kind", ["own", "artificial", "labels only"])
    def test_they_never_stand_beside_own_data(self, kind):
        html = made(run_frame(LEVELS, dataset="mine", feature_set=kind), published=self.PRINTED)
        assert "0.5678" not in html
        assert f"mine is {kind} data here" in html

    def test_a_missing_column_is_named(self):
        with pytest.raises(InputError, match="lack std"):
            made(run_frame(LEVELS), published=self.PRINTED.drop(columns="std"))
        with pytest.raises(InputError, match="must be numbers"):
            made(run_frame(LEVELS), published=self.PRINTED.assign(std="±0.1"))


def test_one_fold_and_one_method_have_pages_too():
    assert "With one fold, no test can be made." in made(run_frame(LEVELS, folds=1))
    assert "nothing to compare with" in made(run_frame({"A": 1.0}))


def test_methods_that_were_not_run_on_all_data_sets():
    html = made(run_frame(LEVELS), run_frame({"RDA": 1.0, **GUESSES}, dataset="other"))
    assert "<h2>other" in html
