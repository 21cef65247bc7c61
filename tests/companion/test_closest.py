"""The closest reading, and which rows a table has, on results whose distance from the paper is known."""

import pandas as pd
import pytest

from companion.base.published import load_published
from companion.show.closest import (
    as_close,
    closest_named,
    closest_params,
    closest_sentence,
    distances_to_published,
    name_closest,
    render_distances,
    rows_to_show,
)
from companion.show.tables import comparison_table
from ildl.compare.statistics import summarise

PUBLISHED = load_published("dildl")
METRICS = ("chebyshev", "kl_divergence")
PRINTED = '{"dominant":"one-hot"}'
ADDED = '{"criterion":"added"}'
READINGS = {"DILDL": {"as printed": {"dominant": "one-hot"}, "added": {"criterion": "added"}}, "RDA": {"other": {}}}
# Movie, DILDL as published: Chebyshev 0.1752, Kullback-Leibler 0.2211; ours are these multiples.
TIMES = {"{}": 3.0, PRINTED: 0.5, ADDED: 1.1}


def tidy(datasets=(("Movie", "benchmark"), ("Emotion6", "public")), times=TIMES):
    rows = []
    for dataset, features in datasets:
        for metric, number in zip(METRICS, (0.1752, 0.2211), strict=True):
            values = {("DILDL", params): factor * number for params, factor in times.items()}
            values |= {(name, "{}"): 1.0 for name in ("LDL-LDM", "Uniform", "Train-mean")}
            rows += [
                {"dataset": dataset, "feature_set": features, "method": method, "params": params, "fold": fold,
                 "seed": 0, "metric": metric, "value": value * (0.99, 1.01)[fold],
                 "reading": {PRINTED: "as printed", ADDED: "added"}.get(params, "default")}
                for (method, params), value in values.items() for fold in range(2)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def test_distances_are_relative_and_sorted():
    found = distances_to_published(summarise(tidy()), PUBLISHED, READINGS, METRICS)
    assert found["params"].tolist() == [ADDED, PRINTED, "{}"]
    assert found["label"].tolist() == ["DILDL [added]", "DILDL [printed targets]", "DILDL [default]"]
    for column in (*METRICS, "distance"):
        assert found[column].tolist() == pytest.approx([0.1, 0.5, 2.0])


def test_only_data_sets_that_can_be_compared_count():
    results = tidy()
    elsewhere = (results["dataset"] == "Emotion6") & (results["params"] == ADDED)
    results.loc[elsewhere, "value"] *= 100
    assert closest_params(summarise(results), PUBLISHED, READINGS, METRICS) == ADDED
    assert closest_params(summarise(tidy((("Emotion6", "public"),))), PUBLISHED, READINGS, METRICS) is None


def test_other_methods_can_be_as_close():
    """Uniform scores 1 throughout: off by 1 / 0.1752 - 1 and 1 / 0.2211 - 1 on Movie."""
    mean = ((1 / 0.1752 - 1) + (1 / 0.2211 - 1)) / 2
    assert as_close(summarise(tidy()), PUBLISHED, METRICS) == f"Uniform {100 * mean:.1f} %"
    elsewhere = summarise(tidy((("Emotion6", "public"),)))
    assert as_close(elsewhere, PUBLISHED, METRICS) == "none that can be compared"


def test_the_closest_reading_says_so_in_its_name():
    named = name_closest(READINGS, ADDED)
    assert named["DILDL"] == {"as printed": {"dominant": "one-hot"}, "closest: added": {"criterion": "added"}}
    assert named["RDA"] == READINGS["RDA"]
    assert name_closest(READINGS, None) == name_closest(READINGS, "{}") == READINGS


def test_rows_of_the_tables():
    results = tidy(times={**TIMES, '{"criterion":"kl2"}': 2.0})
    results.loc[results["params"].str.contains("kl2"), "reading"] = "another"
    extra = results[results["method"] == "LDL-LDM"].assign(params='{"a":1}', reading="another")
    rows = pd.concat([results, extra])
    shown = rows_to_show(rows, ADDED)
    assert set(shown.loc[shown["method"] == "DILDL", "params"]) == {"{}", PRINTED, ADDED}
    assert set(shown.loc[shown["method"] != "DILDL", "params"]) == {"{}"}
    assert '{"a":1}' in set(rows_to_show(rows, ADDED, ["LDL-LDM"])["params"])
    assert set(rows_to_show(rows, None).query("method == 'DILDL'")["params"]) == {"{}", PRINTED}


def test_the_sentence_names_both_readings():
    summary = summarise(tidy())
    distances = distances_to_published(summary, PUBLISHED, READINGS, METRICS)
    table = comparison_table(summary, PUBLISHED, "kl_divergence", READINGS)
    sentence = closest_sentence(distances, table, "kl_divergence")
    assert "on Movie 0.6633 against 0.2211" in sentence
    assert "200.0 % away" in sentence
    assert "after the fact, is DILDL [added], 10.0 % away." in sentence
    first = tidy(times={"{}": 1.05, PRINTED: 2.0})
    distances = distances_to_published(summarise(first), PUBLISHED, READINGS, METRICS)
    assert closest_sentence(distances, table, "kl_divergence").endswith("No other reading comes closer.")
    assert "No data set" in closest_sentence(distances.iloc[:0], table, "kl_divergence")


def test_the_closest_is_named_with_the_next_one():
    distances = distances_to_published(summarise(tidy()), PUBLISHED, READINGS, METRICS)
    said = closest_named(distances)
    assert said.startswith("DILDL [added], 10.0 % off (next: DILDL [printed targets], ")
    assert closest_named(distances.iloc[:1]) == "DILDL [added], 10.0 % off"
    assert "no data set at hand" in closest_named(distances.iloc[:0])


def test_rendered_in_per_cent():
    distances = distances_to_published(summarise(tidy()), PUBLISHED, READINGS, METRICS)
    shown = render_distances(distances, "Distances.").styler.data
    assert shown.loc["DILDL [added]"].tolist() == ["10.0 %"] * 3
    assert shown.columns.tolist() == ["mean", "Chebyshev", "Kullback-Leibler"]
