"""Numbers and checks of the page on the readings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.readings.choices import ASKED, METRICS_SHOWN
from companion.readings.effects import choice_sizes
from companion.readings.frames import Readings, better_everywhere, closest, count_statements, judged
from companion.show.facts import Facts, every

KL = "kl_divergence"
MOVIE, SCENE = SETS = ("Movie", "Natural_Scene")
SOURCES = {"sampled": "sampled", "unsampled": "left_out"}
CLOSEST = {"criterion": "logit-adjusted", "dominant": "degree", "valid_from": "unsampled"}
"""What the page says of the combination that is the closest to print; the next ones are nearly as close."""


def readings_facts(readings: Readings, effects: pd.DataFrame) -> Facts:
    """Collect what the page says."""
    table, counts = judged(readings.specs), count_statements(readings.specs)
    own = table[table["split_seed"] == 0]
    of_kl = effects[effects["metric"] == KL]
    sizes = choice_sizes(of_kl).set_index(["dataset", "choice"])
    rises = of_kl.set_index(["dataset", "option"])["change"]
    near = nearly_reaching(own)
    numbers: dict[str, Any] = {
        "combinations": int(own["id"].nunique()),
        "with_partitions": int(table["id"].nunique()),
        "choices": len(set(sizes.index.unique("choice")) - {"split_seed"}),
        "folds": int(readings.results["fold"].nunique()),
        "closest_off": float(closest(table).iloc[0]),
        "scene_compared": found(counts).get(("better than OFR-DB", SCENE), (0, 0))[0],
        "scene_beats_ofr_db": found(counts).get(("better than OFR-DB", SCENE), (0, 0))[1],
        "scene_inside": found(counts).get(("inside the noise of print", SCENE), (0, 0))[1],
        "better_everywhere": len(better_everywhere(own)),
        "worse_rda_movie": found(counts).get(("worse than RDA", MOVIE), (0, None))[1],
        "decides_dominant_movie": sizes["decides"].get((MOVIE, "dominant")),
        "decides_rows_movie": sizes["decides"].get((MOVIE, "valid_from")),
        "reach_1_and_2": len(near),
        "reach_1_and_2_with_loss": int((near["criterion"] == NO_DECOUPLED_LOSS).sum()),
        "reach_but_one": int((near["lost"] == 1).sum()),
    }
    for dataset in SETS:
        short, rows = dataset.lower(), own[own["dataset"] == dataset]
        numbers |= {f"reach_{short}": int(rows["reaches"].sum()), f"n_{short}": len(rows)}
        numbers[f"rise_dominant_{short}"] = rises.get((dataset, "one-hot"))
        for source, words in SOURCES.items():
            part = rows[rows["valid_from"] == source]
            numbers[f"n_{short}_{words}"] = len(part) or None
            numbers[f"meet_{short}_{words}"] = int(part["meets"].sum()) if len(part) else None
    checks = meeting_checks(own) | effect_checks(effects) | statement_checks(counts) | chosen_checks(table)
    return Facts(numbers, checks)


def nearly_reaching(own: pd.DataFrame) -> pd.DataFrame:
    """Combinations that are nowhere worse than Tables 1 and 2, on both data sets, and what they lose in Table 5."""
    cells = own[own["dataset"].isin(SETS)]
    by = cells.groupby("id").agg(n=("dataset", "nunique"), lost=("lost", "sum"), lost_5=("lost_5", "sum"))
    near = by[(by["n"] == len(SETS)) & (by["lost"] == by["lost_5"])]
    return near.join(cells.drop_duplicates("id").set_index("id")["criterion"])


def meeting_checks(own: pd.DataFrame) -> dict[str, bool]:
    """What is said of the combinations that meet print; `own` is `judged` without other partitions."""
    meets, both = own[own["meets"]], set(own["dataset"]) >= set(SETS)
    movie, scene = (meets[meets["dataset"] == dataset] for dataset in SETS)
    said = {
        "on each data set some combinations meet print, and fewer than one in twenty":
            [own[own["dataset"].isin(SETS)].groupby("dataset")["meets"].mean() < 1 / 20],
        "no combination that meets print beats RDA in every metric": [meets["better"] < len(METRICS_SHOWN)],
        "on Movie, none that meets print beats RDA in any metric": [movie["better"] == 0],
        "on Natural Scene, all that meet print lose to RDA in a metric": [scene["worse"] > 0],
        "where print is met, the noise never tells it from RDA and equal degrees": [~meets["told"]],
    }  # fmt: skip
    checks = {name: bool(len(movie) and len(scene)) and all(map(every, held)) for name, held in said.items()}
    twice, near = own.groupby("id")["reaches"].sum().max() == len(SETS), nearly_reaching(own)
    return checks | {
        "no combination meets print on both data sets": both and not set(movie["id"]) & set(scene["id"]),
        "no combination reaches or beats print on both data sets": both and not twice,
        "some combinations reach Tables 1 and 2 on both data sets, most of them with RDA's loss": bool(
            (near["criterion"] == NO_DECOUPLED_LOSS).mean() > 3 / 4
        ),
    }


def effect_checks(effects: pd.DataFrame) -> dict[str, bool]:
    """What is said of the choices."""
    sizes = [choice_sizes(effects[effects["metric"] == metric]) for metric in METRICS_SHOWN[:2]]
    parts = [frame[frame["dataset"] == dataset].set_index("choice") for frame in sizes for dataset in SETS]
    of_kl = parts[: len(SETS)]
    swapped, shift = (
        effects[(effects["metric"] == KL) & (effects["option"] == option)] for option in ("one-hot", "unsampled")
    )
    there = all(set(ASKED) <= set(part.index) for part in parts)
    return {
        "the dominant target moves the outcome most, by both metrics, on both data sets": there
        and all(part["size"].idxmax() == "dominant" for part in parts),
        "on Movie, the source of validation rows decides most often": there
        and of_kl[0]["decides"].idxmax() == "valid_from",
        "epoch and loss follow on both data sets": there
        and all(set(part["size"].nlargest(3).index) == {"dominant", "epoch_kept", "criterion"} for part in of_kl),
        "the number of validation rows and the kind of split move it at most twice as far as another partition": there
        and all(part["size"][["valid", "split_folds"]].max() <= 2 * part["size"]["split_seed"] for part in of_kl),
        "the printed target gives the higher divergence on both data sets": set(swapped["dataset"]) >= set(SETS)
        and every(swapped["lower"] > 0),
        "left-out rows give the lower divergence on average on both data sets": set(shift["dataset"]) >= set(SETS)
        and every(shift["upper"] < 0),
    }


def found(counts: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Statement, data set -> of how many combinations it can be said by the divergence, and of how many it is true."""
    rows = counts[counts["metric"] == KL]
    return {(row["statement"], row["dataset"]): (row["n"], row["holds"]) for row in rows.to_dict("records")}


def statement_checks(counts: pd.DataFrame) -> dict[str, bool]:
    """What is said to hold under all combinations, or under most."""
    said = (("a worse mean than published", SCENE), ("worse than RDA", MOVIE))
    printed, movie = (found(counts).get(key, (0, 0)) for key in said)
    return {
        "on Natural Scene, every combination has a worse divergence than published": printed[0] == printed[1] > 0,
        "most combinations are worse than RDA by the divergence on Movie": 2 * movie[1] > movie[0],
    }


def chosen_checks(table: pd.DataFrame) -> dict[str, bool]:
    """What is said of the closest combination, and of those that beat RDA."""
    both = set(table["dataset"]) >= set(SETS)
    nearest = table[table["id"] == closest(table).index[0]]
    beats = table[table["id"].isin(better_everywhere(table[table["split_seed"] == 0]))]
    said: dict[str, tuple[pd.DataFrame, Mapping[str, object]]] = {
        "the closest has RDA's logits, degrees as targets and left-out rows": (nearest, CLOSEST),
        "all that beat RDA everywhere have RDA's loss instead of the decoupled one": (
            beats,
            {"criterion": NO_DECOUPLED_LOSS},
        ),
        "all that beat RDA everywhere keep the last epoch": (beats, {"epoch_kept": "last"}),
    }
    return {
        name: both and bool(len(rows)) and all(every(rows[choice] == option) for choice, option in options.items())
        for name, (rows, options) in said.items()
    }
