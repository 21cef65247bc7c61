"""The page on claims: what is listed, drawn, offered as JSON and said, on claims whose verdicts are known."""

import hashlib
import json
import re

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy import stats

from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.base.reference import FOLDER
from companion.claims import figures
from companion.claims.choices import _effects_of_all, runs_under_choices
from companion.claims.claims import CHECKS, EVIDENCE, INPUTS, KINDS, judge, load_claims
from companion.claims.facts import SLIPS, claims_facts
from companion.claims.figures import plot_verdicts
from companion.claims.frames import EXPERIMENTS, _hashes, library_settings
from companion.claims.page import show_all, show_claims
from companion.claims.verdicts import Evidence, Point, Verdict
from companion.claims.words import WORDS, choice_words, metric_words, target_words
from companion.show.look import VERDICTS as LOOKS
from companion.show.provenance import Provenance
from tests.companion.claim_frames import FIELDS, entry, evidence, runs

REPRODUCED, CHANGED, INCONCLUSIVE, FAILED, CONTRADICTED, UNTESTABLE = Verdict

OURS, PRINT, MATHS = "our runs", "the paper against print", "mathematics and labels"


def row(name, verdict, kind="empirical", proof=OURS, **more):
    return {
        "id": name, "place": "4.3 Results", "kind": kind, "weight": "mention", "finding": f"finding {name}",
        "quote": "a <few> words", "statement": f"statement {name}", "confirm": "It is seen.", "check": "superior",
        "arguments": {"metrics": ["clark"]}, "depends_on": (), "evidence": proof, "verdict": verdict,
        "why": (Point("open", ("RDA: +0.1",), "Movie"),), "flips": (), "fault": "", "failed_premises": (),
        "page": "02_tables", **more,
    }  # fmt: skip


def table(*rows):
    return pd.DataFrame(rows)


HASHES = {part: {f"{part}.csv": "0" * 64} for part in FIELDS}


class TestList:
    def test_every_claim_is_there_closed_with_its_address_verdict_and_detail(self):
        html = show_claims(
            table(row("C001", FAILED, failed_premises=("C009",)), row("C002", REPRODUCED, place="5 Conclusion")),
            "x",
            "X",
        ).page()
        assert re.findall(r'<details class="claim" id="(C\d+)" data-verdict="([^"]+)"', html) == [
            ("C001", FAILED), ("C002", REPRODUCED),
        ]  # fmt: skip
        assert "<details open" not in html
        first, second = re.findall(r"<details.*?</details>", html, re.DOTALL)
        assert "✗" in first
        assert "✓" in second
        for text in (
            "a &lt;few&gt; words",
            "(4.3 Results)",
            "It is seen.",
            "<b>Movie.</b> open:",
            "<li>RDA: +0.1</li>",
        ):
            assert text in first
        assert '<a href="#C009">C009</a>, not borne out' in first
        assert "not borne out" not in second
        assert '<a href="02_tables.html">The tables</a>' in first
        assert (
            html.index("4.3 Results</h3>") < html.index("C001") < html.index("5 Conclusion</h3>") < html.index("C002")
        )

    def test_filters_are_hidden_without_scripts_and_count_what_they_filter(self):
        rows = [row("C001", FAILED), row("C002", FAILED, proof=MATHS), row("C003", UNTESTABLE, proof=PRINT)]
        html = show_claims(table(*rows), "x", "X").page()
        assert '<form class="claim-filters" hidden>' in html
        buttons = re.findall(r'data-verdict="([^"]+)"><span.*?</span> ([a-z ]+) (\d+)</span></button>', html)
        assert buttons == [(FAILED, "not reproduced", "2"), (UNTESTABLE, "not testable", "1")]
        assert re.findall(r'<option value="([^"]+)">', html) == [OURS, MATHS, PRINT, "pillar"]
        assert "<form" not in show_claims(table(row("C001", REPRODUCED, "setting", "settings")), "x", "X").page()

    def test_a_claim_that_nothing_tests_links_to_no_page(self):
        html = show_claims(table(row("C001", UNTESTABLE, proof="nothing at hand", page="01_claims")), "x", "X").page()
        assert ".html" not in html.partition("<details")[2]

    def test_verdicts_have_looks_that_are_read_on_any_ground(self):
        def luminance(colour):
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
            return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

        assert list(LOOKS) == list(Verdict)
        assert min(1.05 / (luminance(look.colour) + 0.05) for look in LOOKS.values()) >= 4.5  # white text
        for part in zip(*LOOKS.values(), strict=True):
            assert len(set(part)) == len(Verdict)


class TestPicture:
    @pytest.fixture
    def drawn(self, monkeypatch):
        kept = {}
        monkeypatch.setattr(figures, "show_figure", lambda figure, name, label, data: kept.update(f=figure, d=data))

        def draw(*rows):
            plot_verdicts(table(*rows), "x")
            return kept["f"].axes[0], kept["d"]

        return draw

    def test_each_finding_is_one_square_in_its_row_and_colour(self, drawn):
        rows = [
            row("C001", FAILED), row("C002", REPRODUCED, proof=MATHS), row("C003", INCONCLUSIVE),
            row("C004", REPRODUCED, proof=MATHS, finding="finding C002"), row("C005", CONTRADICTED, proof=PRINT),
        ]  # fmt: skip
        axis, data = drawn(*rows)
        squares = sorted(
            (float(y), float(x), to_hex(part.get_facecolor()[0]))
            for part in axis.collections
            for x, y in part.get_offsets()
        )
        colour = {verdict: look.colour for verdict, look in LOOKS.items()}
        assert squares == [
            (0, 0, colour[REPRODUCED]), (1, 0, colour[CONTRADICTED]),
            (2, 0, colour[INCONCLUSIVE]), (2, 1, colour[FAILED]),
        ]  # fmt: skip
        titles = [label.get_text() for label in axis.get_yticklabels()]
        assert titles == [EVIDENCE[kind]["row"] for kind in (MATHS, PRINT, OURS)]
        signs = sorted((text.xy[1], text.xy[0], text.get_text()) for text in axis.texts)
        assert [sign for *_, sign in signs] == ["✓", "≠", "?", "✗"]
        assert list(data["n_claims"]) == [2, 1, 1, 1]


class TestDownload:
    def test_the_json_has_all_of_every_claim(self):
        rows = [
            row("C001", CHANGED, depends_on=("C002",)),
            row("C002", FAILED, check="outside", arguments={"needs": "x"}),
        ]
        shown = show_all(table(*rows), HASHES, Provenance("nowhere", ()))
        claims = json.loads(shown.files["json"])["claims"]
        assert [(claim["id"], claim["verdict"]) for claim in claims] == [("C001", CHANGED), ("C002", FAILED)]
        assert claims[0]["why"] == [{"label": "Movie", "text": "open", "numbers": ["RDA: +0.1"]}]
        assert claims[0]["depends_on"] == ["C002"]
        assert set(claims[0]["inputs"]) == {"comparison", "multiverse", "published"}
        assert claims[1]["inputs"] == {}
        kept = {"id", "quote", "place", "statement", "kind", "check", "arguments", "inputs", "verdict", "why", "flips"}
        assert kept <= set(claims[0])

    def test_the_shipped_claims_can_be_written_and_read_back(self):
        assert set(load_claims()["kind"]) == set(KINDS)
        assert {part for parts in INPUTS.values() for part in parts} <= set(FIELDS)

    def test_hashes_are_those_of_the_files(self):
        names = [name for group in EXPERIMENTS.values() for name in group]
        frame = pd.DataFrame({"a": [1]})
        found = _hashes("reference", dict.fromkeys(names, frame), {"equations": frame}, {})
        assert set(found) == set(FIELDS)
        assert len(found["comparison"]) == 3
        for parts in (found["comparison"], found["fading"], found["published"]):
            for place, sha in parts.items():
                path = FOLDER.parents[1] / place
                assert hashlib.sha256(path.read_bytes()).hexdigest() == sha, place
        other = _hashes(
            "quick", dict.fromkeys(names, frame), dict.fromkeys(["labels", "fading", "equations"], frame), {}
        )
        assert other["ablation"]["experiment ablation"] == hashlib.sha256(b"a\n1\n").hexdigest()

    def test_a_check_looks_at_what_it_says(self):
        class Recorder(Evidence):
            def __getattribute__(self, name):
                if name in FIELDS:
                    seen.add(name)
                return super().__getattribute__(name)

        seen = set()
        frame = runs(*(entry(0.4, name) for name in ("DILDL", "RDA", "Uniform", "Train-mean")))
        recorded = Recorder(
            **{name: getattr(evidence(comparison=frame, settings=library_settings()), name) for name in FIELDS}
        )
        calls = {
            "superior": {"metrics": ["kl_divergence"], "rivals": ["RDA"]},
            "reaches": {"metric": "kl_divergence", "dataset": "Movie"},
            "settings": {"values": {"alpha": 0.6}},
            "remark_weight": {"of": "term"},
            "caption_covers": {"caption": "α on six datasets", "parameters": ["α"], "n_datasets": 6},
            "marks_follow_test": {"tables": ["1"]},
        }
        for cached in (_effects_of_all, runs_under_choices):
            cached.cache_clear()
        for name, arguments in calls.items():
            seen.clear()
            CHECKS[name](recorded, **arguments)
            assert seen == set(INPUTS[name]), name


class TestFacts:
    FRAMES = {"comparison": pd.DataFrame({"fold": [0, 1, 1]})}

    def rows(self):
        best = {"weight": "pillar"}
        return [
            row("C101", REPRODUCED, proof=MATHS), row("C102", CHANGED, proof=MATHS), row("C103", CHANGED, proof=MATHS),
            row("C104", FAILED, **best), row("C105", INCONCLUSIVE, check="component_helps"), row("C106", UNTESTABLE),
            row("C107", REPRODUCED, proof=PRINT, finding="best printed Chebyshev distance"),
            row("C108", REPRODUCED, proof=PRINT, finding="best printed divergence"),
            row("C109", CHANGED, "setting", "settings"), row("C110", CHANGED, "setting", "settings"),
            row("C111", REPRODUCED, "setting", "settings"), row("C112", CHANGED),
            row("C113", CHANGED, proof=PRINT, finding="best printed Euclidean distances"),
            *(row(name, CONTRADICTED, proof=PRINT) for name in SLIPS),
        ]  # fmt: skip

    def facts(self, **changes):
        rows = self.rows()
        frame = table(*[one | changes.get(one["id"], {}) for one in rows])
        return claims_facts(frame, self.FRAMES)

    def test_numbers(self):
        numbers = self.facts(C104={"flips": (Point("under 3", (), INCONCLUSIVE),)}).numbers
        expected = {
            "claims": 20, "settings": 3, "findings": 17, "folds": 2, "maths": 3, "maths_reproduced": 1,
            "maths_changes": 2, "runs_tested": 3, "runs_failed": 1, "runs_open": 1, "runs_softer": 1, "runs_changes": 1,
            "runs_lacking": 1, "reproduced": 3, "changes": 4, "open": 1, "failed": 1, "contradicted": 7,
            "untestable": 1,
        }  # fmt: skip
        assert {name: numbers[name] for name in expected} == expected
        assert self.facts(C104={"flips": (Point("under 3", (), UNTESTABLE),)}).numbers["runs_softer"] == 0

    @pytest.mark.parametrize(
        ("check", "claim", "change"),
        [
            ("one finding that our runs test holds, with a change", "C105", {"verdict": CHANGED}),
            ("one finding that our runs test holds, with a change", "C112", {"verdict": REPRODUCED}),
            ("most of Table 5 is as the text says", "C113", {"verdict": CONTRADICTED}),
            (
                "most findings on equations hold, more of them with a change than as printed",
                "C102",
                {"verdict": FAILED},
            ),
            ("what the paper stands on of being better is not reproduced", "C104", {"verdict": INCONCLUSIVE}),
            ("what our ablation tests stays open", "C105", {"verdict": FAILED}),
            ("in print DILDL has the best Chebyshev distances and divergences", "C107", {"verdict": CONTRADICTED}),
            (
                "print contradicts citations and quoted numbers alone",
                "C108",
                {"verdict": CONTRADICTED},
            ),
            ("all settings agree but two, which can be chosen", "C111", {"verdict": FAILED}),
            ("all settings agree but two, which can be chosen", "C110", {"verdict": REPRODUCED}),
        ],
    )
    def test_a_check_falls_with_one_verdict(self, check, claim, change):
        assert self.facts().checks[check]
        assert not self.facts(**{claim: change}).checks[check]

    def test_nothing_tested_bears_nothing_out(self):
        checks = claims_facts(table(row("C001", UNTESTABLE)), self.FRAMES).checks
        assert not any(checks.values())


def test_a_difference_and_its_interval_are_those_of_the_shipped_run():
    runs_ = load_experiment("comparison", Asked("reference"))
    found = CHECKS["superior"](
        evidence(comparison=runs_[runs_["epoch_kept"] == "best"]), ["chebyshev"], rivals=["RDA"], datasets=["Movie"]
    )
    rows = runs_[(runs_["dataset"] == "Movie") & (runs_["metric"] == "chebyshev") & (runs_["epoch_kept"] == "best")]
    rows = rows[(rows["reading"] == "default") & rows["method"].isin(["RDA", "DILDL"])]
    folds = rows.pivot_table(index="fold", columns="method", values="value")
    gain = folds["RDA"] - folds["DILDL"]
    half = stats.t.ppf(0.975, len(gain) - 1) * (gain.var(ddof=1) * (1 / len(gain) + 1 / 9)) ** 0.5
    said = re.findall(r"[−+][\d.]+", found.why[0].parts[0])
    numbers = [float(number.replace("−", "-")) for number in said]
    assert numbers == pytest.approx([gain.mean(), gain.mean() - half, gain.mean() + half], abs=6e-5)
    assert (found.verdict, found.why[0].label) == (FAILED, "Movie")


def test_choices_are_called_in_words():
    assert choice_words("criterion added + label gradient joint + last epoch") == (
        "plus RDA’s loss, label encoders trained, last epoch"
    )
    assert choice_words("default") == "by default"
    assert choice_words("dominant one-hot + RDA tuned") == "one-hot target of Eq. (2), RDA’s weights tuned"
    assert metric_words("kl_divergence") == "KL divergence"
    assert metric_words("euclidean_tail") == "Euclidean, tail labels"
    assert target_words("one-hot; ratio") == (
        "with the one-hot target of Eq. (2) or with the shares of the other labels as their target"
    )
    assert target_words("") == "with no targets"


def test_every_page_with_evidence_has_a_title():
    claims = load_claims().query("check in ('outside', 'caption_covers')")
    claims = judge(claims, evidence())
    assert set(claims["page"]) == {"01_claims", "03_sensitivity"}
    assert set(claims["page"]) - set(WORDS["pages"]) == {"01_claims"}


def test_the_settings_say_that_a_split_tests_a_tenth():
    settings = library_settings()
    assert (settings["default"]["n_splits"], settings["default"]["test_share"]) == (10, 0.1)
