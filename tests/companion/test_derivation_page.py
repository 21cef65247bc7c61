"""The page on the derivation: verdicts, the worked row, what the chart and the pictures draw, and its sentences."""

import io
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import FancyBboxPatch

from companion.derivation import fading as pictures
from companion.derivation import network
from companion.derivation.facts import (
    all_hold,
    derivation_facts,
    fading_facts,
    printed_facts,
    real_facts,
    targets_of,
)
from companion.derivation.fading import DECOUPLED, EQUAL, PLAIN, RIGHT, SHARES, fading_grid, play, plot_real, real_rows
from companion.derivation.network import draw_method, routing
from companion.derivation.row import check_library, row_losses, row_table, worked_row
from companion.derivation.verdicts import (
    AS_PRINTED,
    CONDITIONAL,
    EQUATIONS,
    MENDED,
    OPEN,
    check_all,
    equation_verdicts,
    line_verdicts,
    verdict_table,
)
from companion.evidence.evidence import load_evidence
from companion.show.figure import style
from ildl import losses
from tests.companion.drawn import bands

PAGE = Path(__file__).parents[2] / "notebooks" / "06_derivation.ipynb"


@pytest.fixture(scope="module")
def checks():
    return check_all()


@pytest.fixture(scope="module")
def grid():
    return fading_grid()


@pytest.fixture(scope="module")
def evidence():
    return load_evidence("fading", "reference")


@pytest.fixture(scope="module")
def parts(checks, grid, evidence):
    degrees = load_evidence("dominant_degrees", "reference")
    return [checks, *check_library(50), worked_row(), row_losses(), grid, evidence, degrees, routing()]


@pytest.fixture(scope="module")
def facts(parts):
    return derivation_facts(*parts)


def csv_of(shown):
    return pd.read_csv(io.BytesIO(shown.files["csv"]))


def rows_of(html):
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in cells.findall(row)] for row in html.split("<tr")[1:]
    ]


class TestVerdicts:
    def test_each_equation_of_the_paper_has_the_verdict_that_a_reader_can_work_out(self, checks):
        found = equation_verdicts(line_verdicts(checks))["verdict"]
        assert {number for number, verdict in found.items() if verdict == AS_PRINTED} == {1, 6, 8, 15, 16, 17}
        assert {number for number, verdict in found.items() if verdict == MENDED} == {5, 7, 10, 12, 13, 14}
        assert {number for number, verdict in found.items() if verdict == CONDITIONAL} == {2, 3, 4, 9, 11}

    def test_what_may_be_lost_in_the_text_is_marked(self, checks):
        lost = equation_verdicts(line_verdicts(checks))["lost"]
        assert set(lost.index[lost]) == {4, 5, 7, 9}

    def test_questions_of_ours_are_no_lines_of_the_paper(self, checks):
        assert not line_verdicts(checks)["what"].str.contains("if predictions too").any()
        assert checks["what"].str.contains("if predictions too").any()

    @pytest.mark.parametrize(
        ("holds", "mended", "verdict"),
        [
            ((1, 1, 1, 1), (0, 0, 0, 0), AS_PRINTED),
            ((0, 0, 1, 1), (1, 1, 1, 1), MENDED),
            ((0, 0, 0, 0), (0, 0, 0, 1), MENDED),  # with the printed targets
            ((0, 0, 0, 0), (1, 1, 1, 0), CONDITIONAL),
            ((0, 0, 0, 0), (0, 0, 0, 0), OPEN),
        ],
    )
    def test_a_line_is_judged_by_the_printed_targets_first(self, holds, mended, verdict):
        pairs = [("degree", "ratio"), ("degree", "softmax"), ("one-hot", "ratio"), ("one-hot", "softmax")]
        rows = pd.DataFrame(pairs, columns=["dominant", "nondominant"]).assign(
            equation=99, what="made up", holds=np.array(holds, bool), corrected_holds=np.array(mended, bool)
        )
        assert line_verdicts(rows)["verdict"].tolist() == [verdict]

    def test_an_equation_is_as_good_as_its_worst_line(self):
        lines = pd.DataFrame({
            "equation": [1, 1, 2, 2, 3], "verdict": [AS_PRINTED, CONDITIONAL, MENDED, AS_PRINTED, OPEN],
            "extraction": ["", "", "a prime", "", ""],
        })  # fmt: skip
        found = equation_verdicts(lines)
        assert found["verdict"].tolist() == [CONDITIONAL, MENDED, OPEN]
        assert found["lost"].tolist() == [False, True, False]

    def test_the_table_follows_from_its_download(self, checks):
        shown = verdict_table(checks, *check_library(20))
        data = csv_of(shown)
        printed = data[data["kind"] == "printed"]
        by_equation, by_line = shown.html.split('<div class="panel"')[1:]
        rows = rows_of(by_equation)[1:]
        assert [row[0] for row in rows] == [f"({number}) {name}" for number, (name, _) in EQUATIONS.items()]
        for number, row in enumerate(rows, start=1):
            asked = printed["what"].str.contains("if predictions too")
            all_hold_as_printed = printed.loc[(printed["equation"] == number) & ~asked, "holds"].all()
            assert (row[1] == "✓ as printed") == bool(all_hold_as_printed), row
            assert (row[2] == "–") == (row[1] == "✓ as printed"), row
        for label, verdict, as_printed, mended in rows_of(by_line)[1:]:
            assert (verdict == "✓ as printed") == (as_printed == "any targets"), label
            assert (mended == "–") == (verdict == "✓ as printed"), label
        assert (data["kind"] == "implemented").sum() == 13
        right = data[data["kind"] == "at the right prediction"].set_index(["dominant", "nondominant"])
        assert (right["gradient_where_right"] < 1e-9).to_dict() == {
            pair: pair == ("degree", "ratio") for pair in right.index
        }
        assert len(right) == 4

    def test_each_equation_stands_beside_its_function(self):
        cells = json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
        text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        boxes = re.findall(r":{4}\{container\} equation\n(.*?)\n:{4}\n", text, re.DOTALL)
        assert [int(re.search(r":label: eq-(\d+)", box)[1]) for box in boxes] == list(range(1, 18))
        for number, box in enumerate(boxes, start=1):
            if number != 13:  # the same function as Eq. (12)
                assert f"`~ildl.losses.{losses.EQUATIONS[number].__name__}`" in box


class TestRow:
    def test_it_is_what_a_hand_computes(self):
        row, found = worked_row(), row_losses()
        first = 0.5 * np.log(0.5 / 0.4) + 0.5 * np.log(0.5 / 0.6)
        second = 0.6 * np.log(0.6 * 2) + 0.3 * np.log(0.3 * 3) + 0.1 * np.log(0.1 * 6)
        expected = {"first": first, "second": second, "decoupled": 0.6 * first + 0.4 * second}
        expected["plain"] = 0.5 * np.log(0.5 / 0.4) + 0.15 * np.log(0.15 / 0.2) + 0.05 * np.log(0.05 / 0.1)
        assert found == pytest.approx(expected)
        level, shape = 0.6 * 0.1, 0.4
        q, t = np.array([1 / 2, 1 / 3, 1 / 6]), np.array([0.6, 0.3, 0.1])
        by_hand = [0.6 * (0.4 - 0.5), *(level * q + shape * (q - t))]
        for column in ("formula", "autograd"):
            np.testing.assert_allclose(row[column], by_hand, atol=1e-12)
        np.testing.assert_allclose(row["share"], [np.nan, *t])
        np.testing.assert_allclose(row["predicted_share"], [np.nan, *q])

    def test_cells_are_the_rows_numbers(self):
        shown = row_table(worked_row(), row_losses())
        head, *body = rows_of(shown.html)
        data = csv_of(shown)
        assert dict(data[["loss", "value"]].dropna().to_numpy()) == pytest.approx(row_losses())
        data = data[data["label"].notna()]
        assert head[1:] == [
            "degree", "prediction", "share of the rest", "predicted share", "gradient, (10), (11)", "by autograd",
        ]  # fmt: skip
        columns = ["degree", "prediction", "share", "predicted_share", "formula", "autograd"]
        for cells, row in zip(body, data.to_dict("records"), strict=True):
            assert cells[0] == row["label"]
            for text, column in zip(cells[1:], columns, strict=True):
                value = float("nan") if text == "–" else float(text.replace("−", "-"))
                np.testing.assert_allclose(value, row[column], atol=5.1e-4, err_msg=column)
        assert body[0][0] == "label 1, dominant"


def norms(degree, alpha, prediction):
    """Plain and decoupled, from the definition of the gradients p - d and of their parts."""
    t = np.array(SHARES)
    p = degree if prediction == RIGHT else 0.2
    q = np.full(4, 0.25)
    plain = (1 - p) * q - (1 - degree) * t
    return np.linalg.norm(plain), np.linalg.norm(alpha * (degree - p) * q + (1 - alpha) * (q - t))


class TestChart:
    def test_the_download_holds_the_norms(self, grid):
        for row in grid.sample(25, random_state=0).to_dict("records"):
            expected = norms(row["degree"], row["alpha"], row["prediction"])
            assert (row["plain"], row["decoupled"]) == pytest.approx(expected)
        assert grid["degree"].min() * 1 > (1 - grid["degree"].min()) * max(SHARES), "the dominant label is dominant"

    @pytest.mark.parametrize("prediction", [RIGHT, EQUAL])
    @pytest.mark.parametrize(("degree", "alpha"), [(0.9, 0.6), (0.5, 0.25)])
    def test_the_picture_computes_the_same_from_its_sliders(self, prediction, degree, alpha):
        svg = play("some-chart", degree, alpha, prediction).files["svg"].decode()
        texts = re.findall(r'font-size="13px"[^>]*>(0\.\d\d)<', svg)
        assert sorted(texts) == sorted(f"{value:.2f}" for value in norms(degree, alpha, prediction))

    def test_the_bars_are_the_gradients_of_each_label(self):
        spec = json.loads(re.search(r'class="spec">(.*?)</script>', play("c", 0.7, 0.6, EQUAL).html)[1])
        _, below = spec["vconcat"]
        expressions = {c["as"]: c["calculate"] for c in below["transform"] if "as" in c and "calculate" in c}
        t = np.array(SHARES)
        for label, share in enumerate(SHARES):
            values = {"datum.share": share, "degree": 0.7, "alpha": 0.6}
            level = (0.7 - 0.2) / 4
            shape = evaluated(expressions["shape"], values)
            inside = {"datum.level": level, "datum.shape": shape, "degree": 0.7, "alpha": 0.6}
            assert shape == pytest.approx(0.25 - t[label])
            assert evaluated(expressions["plain"], inside) == pytest.approx(0.2 - 0.3 * share)
            expected = 0.6 * 0.5 * 0.25 + 0.4 * (0.25 - share)
            assert evaluated(expressions["decoupled"], inside) == pytest.approx(expected)
        assert f"prediction == '{RIGHT}' ? 0 : (degree - 0.2) / 4" == expressions["level"]


def evaluated(expression, values):
    for name, value in values.items():
        expression = expression.replace(name, f"({value})")
    return eval(expression)  # arithmetic of this test alone


class TestRealLabels:
    def test_lines_and_bands_are_the_evidence(self, evidence, monkeypatch):
        figures = []
        monkeypatch.setattr(pictures, "show_figure", lambda figure, *_: figures.append(figure))
        rows = real_rows(evidence)
        plot_real(rows, evidence, load_evidence("gradient_shares", "reference"), "name")
        axes = figures[0].axes
        assert [axis.get_title(loc="left").replace(" ", "_") for axis in axes] == list(dict.fromkeys(rows["dataset"]))
        raw = evidence[(evidence["labels"] == "real") & (evidence["targets"] == "derived")]
        styles = {("plain KL", "dominant degree right"): ("o", pictures.COLOURS[PLAIN]),
                  ("decoupled, α = 0.6", "dominant degree right"): ("o", pictures.COLOURS[DECOUPLED]),
                  ("plain KL", "uniform"): ("None", pictures.COLOURS[PLAIN]),
                  ("decoupled, α = 0.6", "uniform"): ("None", pictures.COLOURS[DECOUPLED])}  # fmt: skip
        for axis in axes:
            here = raw[raw["dataset"] == axis.get_title(loc="left").replace(" ", "_")]
            assert len(axis.lines) == 4
            for (loss, at), (marker, colour) in styles.items():
                part = here[(here["loss"] == loss) & (here["prediction"] == at)]
                (line,) = [a for a in axis.lines if (a.get_marker(), a.get_color()) == (marker, colour)]
                np.testing.assert_allclose(line.get_xdata(), part["degree"])
                np.testing.assert_allclose(line.get_ydata(), part["median"])
            for loss, (x, low, high) in zip(("plain KL", "decoupled, α = 0.6"), bands(axis), strict=True):
                part = here[(here["loss"] == loss) & (here["prediction"] == "dominant degree right")]
                np.testing.assert_allclose([x, low, high], part[["degree", "lower", "upper"]].to_numpy().T)

    def test_the_download_has_all_of_the_evidence(self, evidence):
        shares = load_evidence("gradient_shares", "reference")
        data = csv_of(plot_real(real_rows(evidence), evidence, shares, "name"))
        np.testing.assert_allclose(data["median"], evidence["median"])
        assert dict(zip(data["dataset"], data["above"], strict=True)) == pytest.approx(
            dict(zip(shares["dataset"], shares["above"], strict=True))
        )


class TestNetwork:
    def test_every_text_lies_in_its_box(self):
        with style():
            figure = draw_method()
            figure.canvas.draw()
        axis = figure.axes[0]
        boxes = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
        texts = [text for text in axis.texts if text.get_text()]
        assert len(boxes) == len(texts) == len(network._DRAWN["boxes"])
        for box, text in zip(boxes, texts, strict=True):
            outer, inner = box.get_window_extent(), text.get_window_extent()
            assert outer.x0 < inner.x0, text.get_text()
            assert inner.x1 < outer.x1, text.get_text()

    def test_boxes_do_not_overlap(self):
        boxes = network._DRAWN["boxes"].items()
        extents = {name: (x - w / 2, x + w / 2, y - h / 2, y + h / 2) for name, (x, y, w, h, *_) in boxes}
        for a, (left, right, bottom, top) in extents.items():
            for b, (left_b, right_b, bottom_b, top_b) in extents.items():
                assert a == b or right < left_b or right_b < left or top < bottom_b or top_b < bottom, (a, b)

    def test_arrows_bring_inputs_to_every_loss(self):
        into = {}
        for start, *_, end, _, _ in network._DRAWN["arrows"]:
            into.setdefault(end, set()).add(start)
        assert into["align12"] == {"n_x", "n_one", "n_rest"}
        assert into["align3"] == {"r_x", "r_d"}
        assert into["decoder"] == {"encoder", "r_d"}
        assert into["loss"] == into["align4"] == {"decoder"}
        assert set(into) | {"x", "d"} == set(network._DRAWN["boxes"])

    def test_the_downloads_terms_train_what_the_drawing_says(self):
        found = routing().set_index(["side", "part"])
        for side in ("stopped", "joint"):
            assert found.loc[(side, "decoder"), ["prediction", "lam", "beta", "gamma"]].tolist() == [1, 0, 0, 1]
            assert found.loc[(side, "encoder"), "lam"]
            assert found.loc[(side, "dominant label encoder")].any() == (side == "joint")


class TestFacts:
    def test_all_of_it_is_so(self, facts):
        assert [name for name, holds in facts.checks.items() if not holds] == []

    def test_numbers_computed_again(self, facts, evidence):
        numbers = facts.numbers
        assert [numbers[name] for name in ("equations", "as_printed", "mended", "conditional")] == [17, 6, 6, 5]
        assert [numbers[name] for name in ("lines", "untrained", "label_encoders")] == [25, 2, 3]
        assert numbers["threshold"] == pytest.approx(1 - 0.4 / 0.6)
        assert numbers["falls"] == pytest.approx(norms(0.5, 0.6, RIGHT)[0] / norms(0.9, 0.6, RIGHT)[0])
        assert numbers["gain"] == pytest.approx(0.4 / 0.1)
        assert numbers["grows"] == pytest.approx(norms(0.9, 0.6, EQUAL)[0] / norms(0.5, 0.6, EQUAL)[0])
        assert numbers["gain_equal"] == pytest.approx(norms(0.9, 0.6, EQUAL)[1] / norms(0.9, 0.6, EQUAL)[0])
        raw = evidence.query("labels == 'real' and targets == 'derived' and prediction == 'dominant degree right'")
        ratios = {}
        for (dataset, loss), rows in raw.groupby(["dataset", "loss"]):
            medians = rows.set_index("degree")["median"]
            if medians.index.max() > 0.8:
                ratios.setdefault(loss, {})[dataset] = medians.iloc[-1] / medians[0.55]
        assert numbers["real_sets"] == len(ratios["plain KL"]) == 4
        assert numbers["real_plain_most"] == pytest.approx(max(ratios["plain KL"].values()))
        assert numbers["real_decoupled_least"] == pytest.approx(min(ratios["decoupled, α = 0.6"].values()))

    def test_lines_must_hold_with_the_derived_targets(self, checks):
        lines = line_verdicts(checks)
        assert all_hold(checks, lines)
        derived = (checks["dominant"] == "degree") & (checks["nondominant"] == "ratio")
        broken = checks.copy()
        broken.loc[derived & (broken["equation"] == 8), "holds"] = False
        assert not all_hold(broken, lines)
        assert not all_hold(checks[checks["equation"] != 8], lines)

    def test_with_these_targets_alone_means_alone(self, parts, checks):
        name = "Eq. (11) holds with both derived targets alone"
        assert targets_of(checks, 11, "weight") == {("degree", "ratio")}
        assert targets_of(checks, 11, "nothing of the kind") == set()
        other = (checks["dominant"] == "degree") & (checks["nondominant"] == "softmax") & (checks["equation"] == 11)
        more = checks.assign(corrected_holds=checks["corrected_holds"] | other)
        assert targets_of(more, 11, "weight") == {("degree", "ratio"), ("degree", "softmax")}
        assert not derivation_facts(more, *parts[1:]).checks[name]

    def test_results_hold_for_any_target(self, parts, checks):
        name = "the results of Eq. (6) and (7) hold for any target"
        one = (checks["equation"] == 7) & (checks["what"] == "result") & (checks["dominant"] == "one-hot")
        for changed in (checks.assign(holds=checks["holds"] & ~one), checks[checks["equation"] != 6]):
            assert not derivation_facts(changed, *parts[1:]).checks[name]

    @pytest.mark.parametrize(
        ("prediction", "column", "name"),
        [
            (RIGHT, "plain", "where the dominant degree is right"),
            (RIGHT, "decoupled", "where the dominant degree is right"),
            (RIGHT, "decoupled", "the decoupled gradient is the larger one"),
            (EQUAL, "plain", "at equal degrees, the plain gradient grows"),
        ],
    )
    def test_one_curve_turned_round_is_seen(self, grid, prediction, column, name):
        turned = grid.copy()
        here = turned["prediction"] == prediction
        turned.loc[here, column] = (1 if column == "plain" else turned.loc[here, "degree"]) - turned.loc[here, column]
        assert all(fading_facts(grid)[1].values())
        assert not next(holds for check, holds in fading_facts(turned)[1].items() if check.startswith(name))

    def test_most_of_the_gradient_is_level_only_where_it_is(self, grid):
        shaped = grid.copy()
        shaped.loc[shaped["prediction"] == RIGHT, "plain"] *= 8
        assert not fading_facts(shaped)[1]["at equal degrees, most of the plain gradient is level"]
        assert fading_facts(shaped)[0]["falls"] == pytest.approx(5)

    def test_one_data_set_is_enough_to_break_a_sentence_on_all(self, evidence):
        real = real_rows(evidence)
        assert real_facts(real)[0]["real_sets"] == 4
        for number, (prediction, loss, factor) in enumerate(
            [(RIGHT, PLAIN, 2.5), (RIGHT, DECOUPLED, 0.5), (EQUAL, PLAIN, 0.8)]
        ):
            last = (real["dataset"] == "Emotion6") & (real["degree"] == 0.95)
            last &= (real["prediction"] == prediction) & (real["loss"] == loss)
            assert last.sum() == 1
            changed = real.assign(median=real["median"].where(~last, real["median"] * factor))
            assert [bool(holds) for holds in real_facts(changed)[1].values()] == [at != number for at in range(3)]
        assert not any(real_facts(real[real["degree"] < 0.8])[1].values())

    def test_printed_targets_fade_or_the_sentence_falls(self, evidence):
        (name,) = printed_facts(evidence)[1]
        assert printed_facts(evidence)[1][name]
        assert printed_facts(evidence)[0]["printed_keeps"] == pytest.approx(0.2, abs=1e-4)
        last = (evidence["labels"] == "dominant degree set") & (evidence["targets"] == "printed")
        last &= (evidence["loss"] == "decoupled, α = 0.6") & (evidence["degree"] == 0.9)
        last &= (evidence["dataset"] == "Movie") & (evidence["prediction"] == "dominant degree right")
        assert last.sum() == 1
        assert not printed_facts(evidence.assign(median=evidence["median"].where(~last, 0.1)))[1][name]

    def test_rows_above_alpha_are_those_trained_on(self, parts):
        name = "in Movie and Natural Scene, few rows trained on"
        movie = parts[7].query("dataset == 'Movie'")
        facts = derivation_facts(*parts)
        assert facts.numbers["above_movie"] == pytest.approx(
            movie.loc[movie["degree"] > 0.605, "after"].sum() / movie["after"].sum()
        )
        more = parts[7].assign(after=parts[7]["after"].where(parts[7]["degree"] < 0.9, 10 * parts[7]["after"] + 99))
        changed = derivation_facts(*parts[:7], more, parts[8]).checks
        assert [held for check, held in changed.items() if check.startswith(name)] == [False]

    def test_implementations_are_held_to_their_derivatives(self, parts):
        implemented = parts[1].assign(autograd=np.where(parts[1]["equation"] == 9, 1e-6, parts[1]["autograd"]))
        changed = derivation_facts(parts[0], implemented, *parts[2:])
        assert not changed.checks["the library's gradients are those of automatic differentiation"]

    def test_the_row_and_the_minimum_are_checked(self, parts):
        row = parts[3].assign(formula=parts[3]["formula"] + 1e-6)
        losses_of_row = parts[4] | {"second": parts[4]["second"] + 1e-6}
        changed = derivation_facts(
            *parts[:2], parts[2] | {("degree", "softmax"): 0.0}, row, losses_of_row, *parts[5:]
        ).checks
        assert not changed["in the worked row, formula and automatic differentiation agree"]
        assert not changed["in the worked row, the divergence splits"]
        assert not changed["the right prediction is a minimum with both derived targets alone"]

    def test_a_trained_encoder_is_seen(self, parts):
        routes = parts[-1].copy()
        routes.loc[(routes["part"] == "dominant label encoder") & (routes["side"] == "stopped"), "lam"] = True
        assert not derivation_facts(*parts[:-1], routes).checks["two of three label encoders are not trained"]
