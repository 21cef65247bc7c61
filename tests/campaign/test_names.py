"""Names that mean something to a browser, a file system, TeX or a terminal: they stay names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ildl.cli import main
from ildl.compare.latex import SPECIAL
from ildl.compare.tables import printed
from ildl.data import Dataset
from ildl.experiments import run
from tests.campaign.fire import hold

NAMES = {
    "script": "<script>alert(1)</script>",
    "closing tags": '</script></style></table>"><img src=x onerror=alert(1)>',
    "attribute": "x\" onmouseover='alert(1)",
    "template": "{{ 7*7 }}{% raw %}",
    "path": "../../x",
    "absolute path": "/tmp/x",
    "TeX": r"$\input{/etc/passwd}$ & % _ # ~ ^ {",
    "end of TeX": r"\end{document}\write18{ls}",
    "newline": "a\nb\r\nc",
    "control characters": "a\x1b[31mb\x00c\x08",
    "long": "x" * 5000,
    "right to left": "\u202egnp.exe\u2066",
    "empty": "",
    "spaces": "   ",
    "formula": "=cmd|' /C calc'!A0",
    "bars": "a|b*c_d`e",
    "a dot": ".",
    "dots": "..",
    "surrogate": "\udcff",
}
FIELDS = ("dataset", "method", "params")
X, D = np.random.default_rng(0).random((60, 3)), np.random.default_rng(1).dirichlet(np.ones(3), 60)


def frame_with(name, field):
    """Results of two methods of which one bears the name."""
    rows = [
        {"dataset": "Data", "feature_set": "own", "method": method, "params": "{}", "fold": fold, "seed": 0,
         "metric": metric, "value": 0.1 + 0.01 * fold + 0.1 * (method == "B"), "n_train": 20, "n_test": 10}
        for method in ("A", "B") for metric in ("kl_divergence", "cosine") for fold in range(3)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    changed = frame["method"] == "B" if field != "dataset" else frame["method"] != ""
    frame.loc[changed, field] = name
    return frame


class Elements(HTMLParser):
    """What a browser would see of a page: its elements, and what they would run."""

    def __init__(self):
        super().__init__()
        self.bad, self.inside = [], ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        if tag in ("img", "iframe", "object", "embed", "base"):
            self.bad.append(f"<{tag} {attrs}>")
        self.bad += [f"{key}={value!r}" for key, value in attrs if key.startswith("on")]
        self.bad += [f"{key}={value!r}" for key, value in attrs if "javascript:" in str(value)]

    def handle_data(self, data):
        if self.inside in ("script", "style") and "alert(1)" in data:
            self.bad.append(f"in <{self.inside}>: {data[:200]}")

    def handle_endtag(self, tag):
        self.inside = ""


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_page(name, field, place, monkeypatch):
    monkeypatch.chdir(place.folder)
    try:
        frame_with(NAMES[name], field).to_csv(place.folder / "tidy.csv", index=False)
    except UnicodeEncodeError:
        pytest.skip("no file can hold it")
    ended = CliRunner().invoke(main, ["compare", "tidy.csv", "-o", "page.html"])
    faults = [] if isinstance(ended.exception, SystemExit | None) else [f"traceback of {ended.exception!r}"]
    if not ended.exit_code:
        elements = Elements()
        elements.feed((place.folder / "page.html").read_text(encoding="utf-8"))
        faults += elements.bad
        if "\x1b" in ended.output:
            faults.append("the terminal is told what to do")
    written = {path.name for path in place.folder.iterdir()}
    hold(*faults, *(f"{name} was written" for name in written - {"tidy.csv", "page.html", "tmp"}))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("form", ["latex", "markdown", "csv", "text"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_table(name, form, field):
    try:
        text = printed(frame_with(NAMES[name], field), form, every=False)
    except ValueError as error:
        return hold(*([] if re.search(r"\w+ \w+ \w+", str(error)) else [f"no sentence: {error!r}"]))
    plain = printed(frame_with("B", field), form, every=False)
    if form == "latex":
        harmless = re.sub("|".join(re.escape(escaped) for escaped in sorted(SPECIAL.values(), key=len)[::-1]), "", text)
        commands = set(re.findall(r"\\[a-zA-Z]+", harmless))
        assert commands <= set(re.findall(r"\\[a-zA-Z]+", plain)), commands
        assert not re.search(r"(?<!\\)[#_~^]", harmless), "a special character is as it was"
    if form == "markdown":
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert len(rows) == sum(line.startswith("|") for line in plain.splitlines()), "the name breaks the table"
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1, "the name makes a column"
        assert not re.search(r"(?<!\\)<\w", text), "a tag stays a tag"
    if form == "csv":
        from io import StringIO

        back = pd.read_csv(StringIO(text), keep_default_na=False)
        assert len(back) == len(pd.read_csv(StringIO(plain))), "the name breaks the file"


@pytest.mark.parametrize("what", ["data set", "label", "method"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_run(name, what, place):
    given = NAMES[name]
    before = {path for path in place.folder.parent.rglob("*") if place.store not in path.parents}
    faults = []
    try:
        labels = [given if what == "label" else "first", "second", "third"]
        mine = Dataset.from_arrays(
            X, D, sampling="none", name=given if what == "data set" else "Mine", label_names=labels
        )
        method = (given, "Uniform") if what == "method" else "Uniform"
        frame = run([mine], [method, "Train-mean"], n_splits=2, n_valid=5, results_dir=place.store, progress=False)
        again = run([mine], [method, "Train-mean"], n_splits=2, n_valid=5, results_dir=place.store, progress=False)
        if not frame.equals(again):
            faults.append("the next run reads other results")
    except (ValueError, OSError) as error:  # InputError among them
        if not re.search(r"\w+ \w+ \w+", str(error)):
            faults.append(f"no sentence: {error!r}")
    after = {path for path in place.folder.parent.rglob("*") if place.store not in path.parents}
    hold(*faults, *(f"{path} was written" for path in after - before - {place.store}))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_on_the_command_line(name, place):
    given = NAMES[name]
    if "\0" in given or given == NAMES["surrogate"]:
        pytest.skip("no command line can hold it")
    table = pd.DataFrame(np.c_[X, D], columns=["a", "b", "c", "l_1", "l_2", given])
    table.to_csv(place.folder / "own.csv", index=False)
    ended = place.run("run", "-d", f"own.csv,labels=-3:,sampling=none,name={given}", "-m", "Uniform", "--n-splits", "2")
    faults = [*ended.faults()]
    if "\x1b" in ended.out + ended.err:
        faults.append("the terminal is told what to do")
    written = {path.name for path in place.folder.iterdir()}
    hold(*faults, *(f"{name} was written" for name in written - {"own.csv", "results", "tmp"}))
