"""The page of a study: whole, closed, hostile names escaped, and its numbers those of the results."""

import base64
import io
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.compare.page import page
from ildl.compare.study import gather, study_of
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

    @pytest.mark.parametrize(("kind", "words"), [("benchmark", ""), ("public", "must not be compared")])
    def test_they_stand_beside_data_of_the_catalogue(self, kind, words):
        html = made(run_frame(LEVELS, dataset="Movie", feature_set=kind), published=self.PRINTED)
        assert "published 0.1234 ± 0.01" in html
        assert words in html

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
