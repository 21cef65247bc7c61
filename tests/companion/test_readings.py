"""The page on the readings: what it counts, shows and says, against computations of its own."""

import io
import itertools
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from companion.base.asked import Asked
from companion.base.published import load_published
from companion.readings import figures
from companion.readings.choices import (
    ASKED,
    CHOICES,
    DEFAULTS,
    METRICS_SHOWN,
    TARGETS,
    TITLES,
    canonical,
    redundant,
    words_of,
)
from companion.readings.effects import all_effects, choice_sizes
from companion.readings.explorer import explorer_data, key_of, show_explorer
from companion.readings.facts import (
    CLOSEST,
    SETS,
    SOURCES,
    chosen_checks,
    effect_checks,
    meeting_checks,
    readings_facts,
    statement_checks,
)
from companion.readings.figures import plot_curve, plot_sizes
from companion.readings.frames import as_printed, better_everywhere, closest, judged, load_readings
from companion.readings.tables import combination_table, statement_table
from tests.companion.drawn import Cells

KL = "kl_divergence"
STATIC = Path(__file__).parents[2] / "book" / "_static"
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def readings():
    return load_readings(Asked("reference"))


@pytest.fixture(scope="module")
def table(readings):
    return judged(readings.specs)


@pytest.fixture(scope="module")
def effects(readings):
    return all_effects(readings)


@pytest.fixture(scope="module")
def explorer(readings, table):
    return show_explorer(readings, table)


@pytest.fixture(scope="module")
def data(readings, table):
    return explorer_data(readings, table)


@pytest.fixture(scope="module")
def folds(explorer):
    return pd.read_csv(io.BytesIO(explorer.files["csv"]))


@pytest.fixture(scope="module")
def combinations(readings, table):
    return combination_table(readings, table, "c")


@pytest.fixture(scope="module")
def values(combinations):
    return pd.read_csv(io.BytesIO(combinations.files["csv"]))


class TestChoices:
    def test_a_combination_counts_where_it_is_canonical_and_only_there(self):
        rows = pd.DataFrame([dict(zip(ASKED, row, strict=True)) for row in
                             itertools.product(*(list(CHOICES[name])[:2] for name in ASKED))])  # fmt: skip
        no_target = rows["criterion"].eq("rebalanced") & rows["dominant"].eq("one-hot")
        no_choice = rows["valid_from"].eq("unsampled") & rows["epoch_kept"].eq("last") & rows["valid"].eq("10 %")
        assert list(redundant(rows)) == list(no_target | no_choice)
        assert not redundant(canonical(rows)).any()
        assert canonical(rows).drop_duplicates().equals(rows[~redundant(rows)])


class TestData:
    def test_folds_give_every_mean_of_the_page(self, folds, values):
        own = folds[(folds["method"] == "DILDL") & (folds["epoch_kept"] != "test")]
        keys = ["dataset", *ASKED]
        means = own.groupby(keys)[list(METRICS_SHOWN)].mean()
        for metric in METRICS_SHOWN:
            shown = values[values["metric"] == metric].set_index(keys)["mean"]
            np.testing.assert_allclose(means[metric].reindex(shown.index), shown, atol=2e-6)
        assert len(means) == 1040

    def test_folds_give_rda_on_the_same_validation_rows(self, folds, values):
        rda = folds[folds["method"] == "RDA"]
        keys = ["dataset", "valid_from", "split_folds", "split_seed"]
        means = rda.groupby([*keys, "fold"])[KL].mean().groupby(keys).mean()
        shown = values[values["metric"] == KL].set_index(keys)["rda"]
        np.testing.assert_allclose(means.reindex(shown.index), shown, atol=2e-6)

    def test_the_bound_and_what_was_learned_are_there(self, folds):
        bound = folds[folds["epoch_kept"] == "test"]
        assert len(bound) == 2 * 24 * 10
        assert folds.loc[folds["method"] == "DILDL", ["from_uniform", "from_start", "epoch"]].notna().all(axis=None)

    def test_effects_have_the_head_rule_where_it_matters(self, effects):
        with_rule = effects[effects["choice"] == "head_rule"]
        assert set(with_rule["metric"]) == {"euclidean_tail", "euclidean_head"}


class TestMeeting:
    def test_counts_come_again_from_the_data(self, readings, effects, values):
        own = values[values["split_seed"] == 0]  # other partitions are no readings
        keys = ["dataset", *ASKED]
        inside = own.assign(met=(own["distance"].abs() <= own["margin"])).groupby(keys)["met"].all().reset_index()
        expected = inside.groupby(["dataset", "valid_from"])["met"].agg(["size", "sum"])
        numbers = readings_facts(readings, effects).numbers
        for (dataset, source), (n, meets) in expected.iterrows():
            name = f"{dataset.lower()}_{SOURCES[source]}"
            assert (numbers[f"n_{name}"], numbers[f"meet_{name}"]) == (n, meets)
        assert expected["sum"].sum() > 0

    def test_better_and_worse_are_counted_over_metrics(self, values, table):
        keys = ["dataset", *ASKED]
        for column, verdict in (("better", "better"), ("worse", "worse")):
            expected = values["vs_rda"].eq(verdict).groupby([values[key] for key in keys]).sum()
            found = table.set_index(keys)[column]
            assert found.to_dict() == expected.reindex(found.index).to_dict()

    def test_the_closest_has_the_smallest_mean_relative_distance(self, values, table):
        relative = (values["mean"] / values["published"] - 1).abs().groupby([values[name] for name in ASKED]).mean()
        assert closest(table).iloc[0] == pytest.approx(relative.min(), abs=1e-5)
        assert tuple(table.loc[table["id"] == closest(table).index[0], list(ASKED)].iloc[0]) == relative.idxmin()

    def test_the_printed_objective_is_found_by_targets_and_source(self, table):
        for targets, source in itertools.product(TARGETS, CHOICES["valid_from"]):
            rows = as_printed(table, targets, source)
            assert len(rows) == 2
            assert (rows[["criterion", "valid_from", "epoch_kept"]] == ["kl", source, "best"]).all(axis=None)
            assert (rows[["dominant", "nondominant"]] == list(TARGETS[targets].values())).all(axis=None)


class TestExplorer:
    def test_every_combination_has_its_numbers(self, readings, data):
        for metric_at, metric in enumerate(METRICS_SHOWN):
            for row in readings.specs[metric].to_dict("records"):
                of, run = data["datasets"][row["dataset"]], data["runs"][key_of(row)]
                assert of["mean"][run][metric_at] == pytest.approx(row["mean"], abs=6e-5)
                assert of["rda"]["rows"][of["rda"]["at"][run]][metric_at] == pytest.approx(row["rda"], abs=6e-5)
                assert of["uniform"]["rows"][of["uniform"]["at"][run]][metric_at] == pytest.approx(
                    row["uniform"], abs=6e-5
                )
                sign = of["signs"][run][metric_at]
                assert (sign in "=?") == row["inside_noise"]
                assert (sign == "▲") == (row["verdict"] == "better")
                assert of["rda_signs"][run][metric_at] == {"better": "▲", "worse": "▼"}.get(row["vs_rda"], " ")

    def test_published_numbers_are_those_of_the_paper(self, data):
        printed = load_published("dildl").query("method == 'DILDL'").set_index(["dataset", "metric"])["mean"]
        for dataset, of in data["datasets"].items():
            assert of["published"] == [printed[dataset, metric] for metric in METRICS_SHOWN]

    def test_what_differs_without_effect_leads_to_one_combination_and_what_was_not_run_to_none(self, table, data):
        runs = data["runs"]
        changed = DEFAULTS | {"criterion": "rebalanced"}
        assert runs[key_of(changed | {"dominant": "one-hot"})] == runs[key_of(changed)]
        last = DEFAULTS | {"valid_from": "unsampled", "epoch_kept": "last"}
        assert runs[key_of(last | {"valid": "10 %"})] == runs[key_of(last)]
        assert runs[key_of(last)] != runs[key_of(DEFAULTS)]
        assert key_of(DEFAULTS | {"code": "sampled", "label_gradient": "joint"}) not in runs
        assert set(runs.values()) == set(range(table["id"].nunique()))

    def test_without_scripts_the_numbers_are_of_the_printed_objective(self, explorer, values):
        wanted = DEFAULTS | TARGETS["printed"]
        rows = values[(values[list(wanted)] == pd.Series(wanted)).all(axis=1)].set_index(["dataset", "metric"])
        tables = re.findall(r'<table class="figures" data-dataset="(\w+)">(.*?)</table>', explorer.html, re.DOTALL)
        assert [name for name, _ in tables] == list(SETS)
        for dataset, html in tables:
            shown = [[float(re.match(r"[\d.]+", cell)[0]) for cell in row[1:]] for row in Cells(html).rows[1:]]
            expected = rows.loc[
                [(dataset, metric) for metric in METRICS_SHOWN], ["mean", "published", "rda", "uniform"]
            ]
            np.testing.assert_allclose(shown, expected, atol=6e-4)

    def test_each_choice_has_a_labelled_control_with_all_options(self, explorer):
        for name in ASKED:
            found = re.search(rf'<label>([^<]+)<select name="{name}"[^>]*>(.*?)</select>', explorer.html)
            assert found[1] == TITLES[name]
            assert re.findall(r'value="([^"]*)"', found[2]) == [str(option) for option in CHOICES[name]]

    def test_the_curve_has_every_combination_and_marks_those_that_meet_print(self, readings, table):
        shown = plot_curve(readings, table, 7)
        spec = json.loads(re.search(r'class="spec">(.*?)</script>', shown.html, re.DOTALL)[1].replace("<\\/", "</"))
        points = next(rows for rows in spec["datasets"].values() if "meets" in rows[0])
        drawn = pd.DataFrame(points).set_index(["dataset", "id"]).sort_index()
        expected = table.set_index(["dataset", "id"]).sort_index()
        assert list(drawn["meets"]) == list(expected["meets"])
        np.testing.assert_allclose(drawn[list(METRICS_SHOWN)], expected[list(METRICS_SHOWN)], atol=6e-5)
        assert {p["name"]: p["value"] for p in spec["params"]} == {"chosen": 7, "by": "valid_from", "metric": KL}
        levels = pd.DataFrame(next(rows for rows in spec["datasets"].values() if "level" in rows[0]))
        level = levels.set_index(["dataset", "metric", "what"])["level"]
        assert level["Movie", KL, "published"] == 0.2211
        assert level["Movie", KL, "equal degrees"] == pytest.approx(0.1962, abs=1e-4)


class TestShown:
    def test_cells_of_the_statements_are_counts_of_the_data(self, readings, values):
        html = statement_table(readings, "s").html
        assert re.findall(r"<b>(.*?)</b>", html) == ["520 of 520"]
        rows = Cells(re.sub("</?b>", "", html)).rows
        cells = {row[0]: row[1:] for row in rows[2:]}
        one = values[(values["dataset"] == "Natural_Scene") & (values["metric"] == KL)]
        assert cells["better than RDA"][2] == f"{(one['vs_rda'] == 'better').sum()} of {len(one)}"
        assert cells["worse than OFR-DB"][2] == f"{(one['vs_ofr_db'] == 'worse').sum()} of {len(one)}"
        assert cells["a worse mean than equal degrees"][2] == f"{(one['mean'] > one['uniform']).sum()} of {len(one)}"
        assert cells["a worse mean than published"][2] == f"{(one['mean'] > one['published']).sum()} of {len(one)}"
        movie = values[(values["dataset"] == "Movie") & (values["metric"] == "chebyshev")]
        inside = (movie["distance"].abs() <= movie["margin"]).sum()
        assert cells["inside the noise of print"][1] == f"{inside} of {len(movie)}"

    def test_cells_of_the_combinations_are_means_of_the_data(self, combinations, values):
        row = next(row for row in Cells(combinations.html).rows if row and row[0] == "DILDL, as printed; rows left out")
        wanted = DEFAULTS | TARGETS["printed"] | {"valid_from": "unsampled"}
        own = values[(values[list(wanted)] == pd.Series(wanted)).all(axis=1)].set_index(["dataset", "metric"])["mean"]
        order = [(dataset, metric) for dataset in SETS for metric in METRICS_SHOWN[:2]]
        assert [row[i][:5] for i in (1, 2, 3, 4)] == [f"{own[key]:.3f}" for key in order]

    def test_tabs_hold_those_that_meet_print(self, combinations, table):
        own = table[(table["split_seed"] == 0) & table["meets"]]
        for dataset in SETS:
            panel = re.search(
                rf'data-title="Meets print on {dataset.replace("_", " ")}">(.*?)</table>', combinations.html, re.DOTALL
            )
            assert len(Cells(panel[1]).rows) - 2 == (own["dataset"] == dataset).sum() > 0

    def test_the_tab_of_the_closest_holds_the_five_that_are_nearest_to_print(self, combinations, values):
        panel = re.search(r'data-title="Closest to print">(.*?)</table>', combinations.html, re.DOTALL)
        relative = (values["mean"] / values["published"] - 1).abs().groupby([values[name] for name in ASKED]).mean()
        nearest = [words_of(dict(zip(ASKED, key, strict=True))) for key in relative.nsmallest(5).index]
        assert [row[0] for row in Cells(panel[1]).rows[2:]] == nearest

    def test_the_figure_draws_sizes_and_shares(self, readings, effects, monkeypatch):
        drawn = {}
        monkeypatch.setattr(figures, "show_figure", lambda figure, *rest: drawn.update(figure=figure))
        plot_sizes(effects, readings, "f")
        left, right = drawn["figure"].axes
        sizes = choice_sizes(effects[effects["metric"] == KL])
        labels = [tick.get_text() for tick in left.get_yticklabels()]
        for axis, column, factor in ((left, "size", 1), (right, "decides", 100)):
            for line in axis.get_lines():
                own = sizes[sizes["dataset"] == line.get_label().replace(" ", "_")].set_index("choice")[column]
                for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
                    choice = next(name for name, title in TITLES.items() if title == labels[int(y)])
                    assert x == pytest.approx(factor * own[choice])
        assert len(left.get_lines()) == 2
        assert labels[0] == TITLES[sizes.groupby("choice")["size"].mean().idxmax()]


def meeting(movie=(), scene=(), n=100):
    """Rows of `judged`, each given by code, better, worse, and the others, which meet nothing."""
    parts = []
    for dataset, rows, start in (("Movie", movie, 0), ("Natural_Scene", scene, 10)):
        given = [dict(zip(("code", "better", "worse"), row, strict=True)) | {"meets": True} for row in rows]
        others = [{"code": "encoder", "better": 5, "worse": 0, "meets": False}] * (n - len(given))
        ids = [*range(start, start + len(given)), *range(1000, 1000 + len(others))]
        frame = pd.DataFrame(given + others).assign(dataset=dataset, told=False, id=ids)
        lost = (~frame["meets"]).astype(int)
        parts.append(frame.assign(reaches=frame["meets"], lost=lost, lost_5=lost, criterion="rebalanced"))
    return pd.concat(parts, ignore_index=True)


FINE = {"movie": [("sampled", 0, 1)], "scene": [("encoder", 1, 2), ("encoder", 3, 1)]}


class TestFacts:
    def test_the_reference_run_bears_out_all(self, readings, effects):
        facts = readings_facts(readings, effects)
        assert all(facts.checks.values())
        assert None not in facts.numbers.values()

    def test_numbers_come_again_from_the_data(self, readings, effects, values):
        numbers = readings_facts(readings, effects).numbers
        movie = values[(values["dataset"] == "Movie") & (values["metric"] == KL)]
        assert numbers["worse_rda_movie"] == (movie["vs_rda"] == "worse").sum()
        wide = movie.pivot(index=[n for n in ASKED if n != "dominant"], columns="dominant", values="mean").dropna()
        assert numbers["rise_dominant_movie"] == pytest.approx((wide["one-hot"] - wide["degree"]).mean(), abs=1e-6)
        met = movie.assign(met=movie["distance"].abs() <= movie["margin"])
        met = met.pivot(index=[n for n in ASKED if n != "dominant"], columns="dominant", values="met").dropna()
        assert numbers["decides_dominant_movie"] == pytest.approx((met["one-hot"] != met["degree"]).mean())

    def test_what_reaches_print_is_worse_than_it_beyond_the_noise_in_no_metric(self, readings, table, effects):
        lost = {metric: frame[frame["feature_set"] == "benchmark"] for metric, frame in readings.specs.items()}
        keys = ["dataset", *ASKED]
        worse = pd.concat([frame[frame["verdict"] == "worse"][keys] for frame in lost.values()]).drop_duplicates()
        merged = table.merge(worse.assign(fails=True), how="left", on=keys)
        assert (merged["reaches"] == merged["fails"].isna()).all()
        assert (merged["reaches"] == (merged["lost"] == 0)).all()
        numbers = readings_facts(readings, effects).numbers
        own = merged[(merged["split_seed"] == 0) & merged["fails"].isna()].groupby("dataset").size()
        assert (numbers["reach_movie"], numbers["reach_natural_scene"]) == (own["Movie"], own["Natural_Scene"])
        assert numbers["with_partitions"] == table["id"].nunique() > numbers["combinations"] == numbers["n_movie"]

    def test_what_is_said_of_those_that_meet_print(self):
        assert all(meeting_checks(meeting(**FINE)).values())

    @pytest.mark.parametrize(
        ("change", "broken"),
        [
            ({"movie": [("sampled", 0, 1)] * 5}, "fewer than one in twenty"),
            ({"movie": []}, "some combinations meet print"),
            ({"movie": [("sampled", 1, 1)]}, "on Movie, none that meets print beats RDA"),
            ({"scene": [("encoder", 3, 0)]}, "on Natural Scene, all that meet print lose to RDA"),
            ({"scene": [("encoder", 5, 0)]}, "no combination that meets print beats RDA in every metric"),
        ],
    )
    def test_a_small_fault_turns_a_check_on_meeting(self, change, broken):
        checks = meeting_checks(meeting(**FINE | change))
        assert [held for name, held in checks.items() if broken in name] == [False]

    def test_one_combination_on_both_data_sets_or_one_that_is_told_turns_its_check(self):
        frame = meeting(**FINE)
        both = frame.assign(id=frame["id"].replace({10: 0}))
        assert not meeting_checks(both)["no combination meets print on both data sets"]
        better = frame.assign(reaches=frame["id"].isin([10, 1000]))
        assert not meeting_checks(better)["no combination reaches or beats print on both data sets"]
        assert meeting_checks(better)["no combination meets print on both data sets"]
        near = "some combinations reach Tables 1 and 2 on both data sets, most of them with RDA's loss"
        assert not meeting_checks(frame.assign(lost_5=0))[near]
        assert not meeting_checks(frame.assign(criterion="kl"))[near]
        told = frame.assign(told=frame.index == 0)
        assert not meeting_checks(told)["where print is met, the noise never tells it from RDA and equal degrees"]

    def test_nothing_is_said_of_one_data_set(self, readings, effects, table):
        movie = table[table["dataset"] == "Movie"]
        part = effects[effects["dataset"] == "Movie"]
        for checks in (meeting_checks(movie), effect_checks(part), chosen_checks(movie)):
            assert not any(checks.values())

    @pytest.mark.parametrize(
        ("choice", "factor", "column", "broken"),
        [
            ("dominant", 0.1, "size", "the dominant target moves"),
            ("code", 10, "size", "epoch and loss follow"),
            ("split_folds", 5, "size", "the number of validation rows"),
            ("valid", 5, "size", "the number of validation rows"),
            ("valid_from", -1, "upper", "left-out rows give the lower divergence"),
            ("dominant", -1, "lower", "the printed target gives the higher divergence"),
        ],
    )
    def test_a_small_fault_turns_a_check_on_effects(self, effects, choice, factor, column, broken):
        there = (effects["choice"] == choice) & (effects["dataset"] == "Natural_Scene")
        changed = effects.astype({column: float})
        changed.loc[there, column] *= factor
        before, after = effect_checks(effects), effect_checks(changed)
        name = next(name for name in before if broken in name)
        assert before[name]
        assert not after[name]

    def test_what_decides_most_often_is_found_in_the_pairs(self, effects):
        name = "on Movie, the source of validation rows decides most often"
        assert effect_checks(effects)[name]
        rows = effects["choice"] == "valid_from"
        assert not effect_checks(
            effects.assign(gained=effects["gained"].mask(rows, 0), lost=effects["lost"].mask(rows, 0))
        )[name]

    def test_one_exception_turns_a_statement(self):
        counts = pd.DataFrame(
            [("better than OFR-DB", SETS[1], KL, 9, 0), ("a worse mean than published", SETS[1], KL, 9, 9),
             ("worse than RDA", SETS[0], KL, 9, 5)], columns=["statement", "dataset", "metric", "n", "holds"],
        )  # fmt: skip
        assert all(statement_checks(counts).values())
        assert not any(statement_checks(counts.assign(holds=[1, 8, 4])).values())
        assert not any(statement_checks(counts.head(0)).values())

    def test_better_everywhere_means_every_metric_on_every_data_set(self):
        frame = pd.DataFrame({"id": [0, 0, 1, 1], "better": [5, 5, 5, 4]})
        assert better_everywhere(frame) == [0]

    def test_chosen_combinations_are_described_as_they_are(self, table):
        assert all(chosen_checks(table).values())
        best = (table[list(CLOSEST)] == pd.Series(CLOSEST)).all(axis=1)
        other = table.assign(distance=table["distance"].where(~best, 9.0))
        assert not chosen_checks(other)["the closest has RDA's logits, degrees as targets and left-out rows"]
        found = better_everywhere(table[table["split_seed"] == 0])
        for column, option, broken in (
            ("criterion", "kl", "RDA's loss"),
            ("epoch_kept", "best", "keep the last epoch"),
        ):
            changed = table.assign(**{column: table[column].where(table["id"] != found[0], option)})
            assert [held for name, held in chosen_checks(changed).items() if broken in name and "beat" in name] == [
                False
            ]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    with playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser")
class TestScript:
    """The controls in a browser, from a file and without the network; the chart itself is not drawn here."""

    @pytest.fixture
    def page(self, browser, explorer, tmp_path):
        (tmp_path / "_static").mkdir()
        (tmp_path / "notebooks").mkdir()
        shutil.copy(STATIC / "readings.js", tmp_path / "_static")
        path = tmp_path / "notebooks" / "page.html"
        path.write_text(f"<!doctype html><meta charset='utf-8'>{explorer.page()}", encoding="utf-8")
        page = browser.new_context(offline=True).new_page()
        page.goto(path.as_uri())
        return page

    @staticmethod
    def ours(page, dataset="Movie"):
        cells = page.locator(f"table[data-dataset={dataset}] tbody tr td:nth-of-type(1)")
        return [float(re.match(r"[\d.]+", text)[0]) for text in cells.all_inner_texts()]

    def test_a_choice_changes_numbers_and_address_and_the_address_brings_it_back(self, page, table):
        page.select_option("select[name=valid_from]", "unsampled")
        expected = as_printed(table, "printed", "unsampled").set_index("dataset")[list(METRICS_SHOWN)]
        for dataset in SETS:
            np.testing.assert_allclose(self.ours(page, dataset), expected.loc[dataset], atol=6e-4)
        address = page.url
        assert "valid_from=unsampled" in address
        assert "dominant=one-hot" in address
        again = page.context.new_page()
        again.goto(address)
        assert self.ours(again) == self.ours(page)
        assert again.eval_on_selector("select[name=nondominant]", "e => e.value") == "softmax"

    def test_a_combination_that_was_not_run_is_said_and_the_nearest_offered(self, page):
        page.select_option("select[name=code]", "sampled")
        page.select_option("select[name=label_gradient]", "joint")
        assert "was not run" in page.inner_text(".said")
        assert page.inner_text("table[data-dataset=Movie] tbody td >> nth=0") == "–"
        page.click(".said button")
        assert page.eval_on_selector("select[name=label_gradient]", "e => e.value") == "joint"  # chosen last, it stays
        assert page.eval_on_selector("select[name=code]", "e => e.value") == "encoder"
        assert len(self.ours(page)) == len(METRICS_SHOWN)

    def test_a_start_is_a_state_and_the_keyboard_reaches_the_controls(self, page, table):
        page.click("text=Closest to print")
        nearest = table[table["id"] == closest(table).index[0]].set_index("dataset")
        np.testing.assert_allclose(self.ours(page), nearest.loc["Movie", list(METRICS_SHOWN)].astype(float), atol=6e-4)
        page.focus("select[name=epoch_kept]")
        page.keyboard.press("ArrowUp")
        assert "epoch_kept" not in page.url
