"""Claims as data: a file with a mistake is refused, premises propagate, and the paper's sentences are all there."""

import re

import pandas as pd
import pytest
import yaml

from companion.base.published import find_published
from companion.claims import claims as module
from companion.claims.claims import (
    CHECKS,
    EVIDENCE,
    KIND_OF,
    KINDS,
    WEIGHTS,
    findings_of,
    judge,
    load_claims,
)
from companion.claims.verdicts import Finding, Point, Verdict
from tests.companion.claim_frames import evidence

REPRODUCED, CHANGED, INCONCLUSIVE, FAILED, CONTRADICTED, UNTESTABLE = Verdict

RECORD = {
    "id": "C001", "quote": "a few words", "place": "Abstract", "kind": "method", "statement": "It is so.",
    "confirm": "It is seen.", "check": "outside", "arguments": {"needs": "eyes"},
    "weight": "mention", "finding": "eyes see",
}  # fmt: skip

# A few words of each sentence of the three sections, in their order.
SENTENCES = {
    "4.3 Results": [
        "show the main results of different methods", "highlighted in bold", "two-tailed t-test under 0.05",
        "the lowest Chebyshev distance across all datasets", "with a distance of 0.1752±0.0091",
        "our method achieves 0.2684±0.0182", "KL divergence across all datasets", "a divergence of 0.7393±0.0254",
        "divergence of 1.5011±0.1165", "Table 5 also verifies", "significantly outperforms the other algorithms",
        "underscore the robustness", "its efficiency", "suggest its generalizability",
    ],
    "4.4 Ablation Study": [
        "seamlessly integrates both", "a rigorous ablation study", "the decoupled label distribution component",
        "present the results of the ablation studies", "The table for the Movie dataset",
        "significant improvements across all metrics", "the results for the Natural Scene dataset",
        "decreases from 1.118 to 1.063", "better alignment of distributions",
        "increases from 1.063 to 1.096", "The combined results from both datasets",
        "positive contribution of both components",
    ],
    "4.5 Parameter Sensitivity Analysis": [
        "hyperparameters across six datasets", "illustrates the results of the parameter sensitivity analysis",
        "a higher degree of sensitivity", "optimal in most cases", "better performances with 0.1",
    ],
}  # fmt: skip


def asks(check, **arguments):
    return {"check": check, "arguments": arguments}


def superior(**arguments):
    return asks("superior", **arguments)


def write(path, *records):
    path.write_text(yaml.safe_dump(list(records)), encoding="utf-8")
    return path


class TestShipped:
    claims = load_claims()

    def test_there_are_enough_of_every_kind_and_from_every_part(self):
        assert len(self.claims) >= 45
        assert set(self.claims["kind"]) == set(KINDS)
        assert set(self.claims["weight"]) == set(WEIGHTS)
        assert sorted(self.claims["id"]) == [f"C{number:03d}" for number in range(1, len(self.claims) + 1)]
        parts = set(self.claims["place"].str.split(" ").str[0])
        assert parts >= {"Abstract", "1", "3.1", "3.2", "3.3", "4.1", "4.2", "4.3", "4.4", "4.5", "5"}

    def test_they_stand_in_the_order_of_the_paper(self):
        places = list(self.claims["place"].str.split(" ").str[0].replace("Abstract", "0"))
        assert places == sorted(places)

    def test_every_check_is_used(self):
        assert set(self.claims["check"]) == set(CHECKS) == set(KIND_OF)
        assert set(KIND_OF.values()) == set(EVIDENCE)

    def test_no_verdict_is_written_down(self):
        text = find_published(module.FILE).read_text(encoding="utf-8").split("\n- id:", 1)[1]
        assert not [verdict for verdict in (*Verdict, "verdict") if re.search(rf":\s*{verdict}\b", text)]

    @pytest.mark.parametrize(("place", "words"), [(p, w) for p, sentences in SENTENCES.items() for w in sentences])
    def test_every_sentence_of_the_three_sections_has_a_claim(self, place, words):
        quotes = self.claims.loc[self.claims["place"] == place, "quote"]
        assert quotes.str.contains(words, regex=False).any()

    def test_claims_that_one_check_decides_on_the_same_evidence_are_one_finding(self):
        asked = [self.claims["check"], self.claims["arguments"].map(repr)]
        assert (self.claims.groupby(asked)["finding"].nunique() == 1).all()

    def test_one_finding_has_one_kind_of_evidence(self):
        kinds = self.claims["check"].map(KIND_OF)
        assert (kinds.groupby(self.claims["finding"]).nunique() == 1).all()

    def test_quotes_are_a_few_words(self):
        assert self.claims["quote"].str.split().str.len().max() <= 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "reproduced"}, "unknown field 'verdict'"),
        ({"quote": None}, "`quote` is missing"),
        ({"statement": "  "}, "`statement` is missing, empty"),
        ({"confirm": 3}, "`confirm` is missing, empty or not text"),
        ({"kind": "opinion"}, "unknown kind 'opinion'"),
        ({"weight": "heavy"}, "unknown weight 'heavy'; known: pillar, mention"),
        ({"finding": ""}, "`finding` is missing, empty"),
        ({"check": "oracle"}, "unknown check 'oracle'"),
        ({"arguments": {}}, "does not take these arguments.*needs"),
        ({"arguments": {"needs": "eyes", "ears": 2}}, "does not take these arguments.*ears"),
        ({"arguments": ["eyes"]}, "`arguments` is not a mapping"),
        ({"depends_on": "C001"}, "`depends_on` is not a list.*'C001'"),
        ({"depends_on": [["C001"]]}, "`depends_on` is not a list"),
        ({"depends_on": {"C001": 1}}, "`depends_on` is not a list"),
        ({"kind": "setting"}, "the check 'settings' and the kind 'setting' belong together"),
        ({"check": "settings", "arguments": {"values": {"alpha": 0.6}}}, "belong together"),
        (superior(metrics=["chebishev"]), "value of `metrics` 'chebishev'. Did you mean 'chebyshev'.*'euclidean_head'"),
        (superior(metrics="chebyshev"), "`metrics` is 'chebyshev'; it must be a list of texts"),
        (superior(metrics=[]), "at least one"),
        (superior(metrics=["clark"], rivals=["RAD"]), "value of `rivals` 'RAD'. Did you mean 'RDA'"),
        (superior(metrics=["clark"], rivals=["RDA"], method="DILD"), "value of `method` 'DILD'"),
        (superior(metrics=["clark"], datasets=["Moive"]), "value of `datasets` 'Moive'. Did you mean 'Movie'"),
        (superior(metrics=["clark"], or_equal="yes"), "`or_equal` is 'yes'; it must be true or false"),
        (asks("component_helps", contrasts=["DRDA"]), "value of `contrasts` 'DRDA'"),
        (asks("component_helps", contrasts=["both together"], metrics=["euclidean_all"]), "`metrics` 'euclidean_all'"),
        (asks("sweep_shows", claims=["delta"]), "value of `claims` 'delta'"),
        (asks("reaches", metric="clark", dataset="Movie"), "value of `metric` 'clark'.*'kl_divergence'"),
        (asks("marks_follow_test", tables=["7"]), "value of `tables` '7'.*'5'"),
        (asks("printed_component", contrasts=["both together"], tables=["1"]), "value of `tables` '1'.*'3', '4'"),
        (asks("audited", kind="texts", words=["a"]), "value of `kind` 'texts'"),
        (asks("audited", kind="text", words=["a"], source="dild"), "value of `source` 'dild'"),
        (asks("gradient_fades", loss="plain"), "value of `loss` 'plain'"),
        (asks("dominant_takes_half", dataset="Moive"), "value of `dataset` 'Moive'. Did you mean 'Movie'"),
        (asks("equation", number=True), "`number` is True; it must be a whole number"),
        (asks("remark_weight", of="sum"), "value of `of` 'sum'"),
        ({"depends_on": ["C999"]}, "depends on 'C999', which is no claim"),
        ({"depends_on": ["C002"]}, "depends on itself"),
        ({"id": "C001"}, "C001: this id is there twice"),
    ],
)
def test_a_mistake_is_refused_with_the_claims_name(tmp_path, change, message):
    wrong = {**RECORD, "id": "C002", **change}
    path = write(tmp_path / "claims.yml", RECORD, {key: value for key, value in wrong.items() if value is not None})
    with pytest.raises(ValueError, match=message) as error:
        load_claims(path)
    assert wrong["id"] in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    path = write(tmp_path / "claims.yml", {**RECORD, "kind": "x"}, {**RECORD, "id": "C002", "check": "y"})
    with pytest.raises(ValueError, match=r"2 mistake\(s\)(?s:.*)C001: .*'x'(?s:.*)C002: .*'y'"):
        load_claims(path)


def test_a_claim_without_an_id_is_named_by_its_number(tmp_path):
    with pytest.raises(ValueError, match="claim number 1: `id` is missing"):
        load_claims(write(tmp_path / "claims.yml", {key: value for key, value in RECORD.items() if key != "id"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [", "not YAML"),
        (b"a: b", "expected a list"),
        (b"", "it is empty"),
        (b"- id: C001\n  quote: a\n  quote: b\n", "the key 'quote' is there twice(?s:.*)line 3"),
        (b"- quote: caf\xe9\n", r"not UTF-8 text \(byte 12\)"),
        (b"- date: 2025-13-45\n", "not YAML"),
    ],
)
def test_a_file_that_is_no_list_of_claims(tmp_path, text, message):
    path = tmp_path / "claims.yml"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=message) as error:
        load_claims(path)
    assert str(path) in str(error.value)


@pytest.fixture
def chain(tmp_path, monkeypatch):
    """Verdicts by id, for claims C1 <- C2 <- C3, and C4 alone."""

    def judged(**verdicts):
        def outside(evidence, needs: "str") -> Finding:
            return Finding(verdicts[needs], (Point("<why>"),), "02_tables")

        monkeypatch.setitem(CHECKS, "outside", outside)
        premises = {"C1": [], "C2": ["C1"], "C3": ["C2"], "C4": []}
        records = [
            {**RECORD, "id": name, "arguments": {"needs": name}, "depends_on": these}
            for name, these in premises.items()
        ]
        return judge(load_claims(write(tmp_path / "claims.yml", *records)), evidence())

    return judged


class TestJudge:
    @pytest.mark.parametrize("failure", [FAILED, CONTRADICTED])
    def test_a_failed_premise_marks_all_that_rests_on_it_and_changes_no_verdict(self, chain, failure):
        table = chain(C1=failure, C2=REPRODUCED, C3=REPRODUCED, C4=REPRODUCED).set_index("id")
        assert list(table["failed_premises"]) == [(), ("C1",), ("C1",), ()]
        assert list(table["verdict"]) == [failure, REPRODUCED, REPRODUCED, REPRODUCED]

    def test_several_failed_premises_are_all_named(self, chain):
        table = chain(C1=FAILED, C2=FAILED, C3=REPRODUCED, C4=FAILED).set_index("id")
        assert table.loc["C3", "failed_premises"] == ("C2", "C1")

    def test_a_premise_that_cannot_be_tested_has_not_failed(self, chain):
        table = chain(C1=UNTESTABLE, C2=REPRODUCED, C3=REPRODUCED, C4=REPRODUCED)
        assert not any(table["failed_premises"])

    def test_a_check_that_cannot_be_made_names_its_claim(self, tmp_path):
        record = {**RECORD, "check": "equation", "arguments": {"number": 99}}
        frame = pd.DataFrame({"equation": [1], "what": ["x"], "asked": [False]})
        with pytest.raises(ValueError, match=r"C001 could not be checked by `equation`: no statement of Eq. \(99\)"):
            judge(load_claims(write(tmp_path / "claims.yml", record)), evidence(equations=frame))

    def test_one_check_is_one_finding_whatever_the_number_of_claims(self, chain):
        table = chain(C1=FAILED, C2=FAILED, C3=REPRODUCED, C4=FAILED).assign(finding=["a", "a", "a", "b"])
        found = findings_of(table.assign(weight=["mention", "pillar", "mention", "mention"]))
        assert list(found["n_claims"]) == [2, 1, 1]
        assert list(found["weight"]) == ["pillar", "mention", "mention"]
        assert list(found["verdict"]) == [FAILED, REPRODUCED, FAILED]
