"""Numbers and checks of the page on the readings."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.readings.choices import ASKED, DEFAULTS, METRICS_SHOWN
from companion.readings.figures import sizes_of
from companion.readings.frames import Readings, closest, count_meeting, count_statements, judged
from companion.readings.tables import better_everywhere
from companion.show.facts import Facts

KL = "kl_divergence"
MOVIE, SCENE = SETS = ("Movie", "Natural_Scene")
SOURCES = {"sampled": "sampled", "unsampled": "left_out"}
CLOSEST = DEFAULTS | {
    "criterion": "logit-adjusted", "label_gradient": "joint", "valid_from": "unsampled", "epoch_kept": "last",
}  # fmt: skip
"""The combination that the page describes as the closest to print."""


def readings_facts(readings: Readings, effects: pd.DataFrame) -> Facts:
    """Collect what the page says."""
    table = judged(readings.specs)
    counts = count_statements(readings.specs)
    own = table[table["split_seed"] == 0]
    numbers = {
        "combinations": int(own["id"].nunique()),
        "with_partitions": int(table["id"].nunique()),
        "choices": len(set(effects.loc[effects["metric"] == KL, "choice"]) - {"split_seed"}),
        "folds": int(readings.results["fold"].nunique()),
        "closest_off": float(closest(table)["distance"].iloc[0]),
        "better_everywhere": len(better_everywhere(own)),
        **_of_datasets(table, counts, effects),
    }
    checks = meeting_checks(own) | effect_checks(effects) | statement_checks(counts) | chosen_checks(table)
    return Facts(numbers, checks)


def _of_datasets(table: pd.DataFrame, counts: pd.DataFrame, effects: pd.DataFrame) -> dict[str, float | int | None]:
    meeting = {(row["dataset"], row["valid_from"]): row for row in count_meeting(table).to_dict("records")}
    sizes = {(row["dataset"], row["choice"]): row for row in sizes_of(effects, KL).to_dict("records")}
    numbers: dict[str, float | int | None] = {}
    for dataset in SETS:
        short = dataset.lower()
        for source, words in SOURCES.items():
            row = meeting.get((dataset, source), {})
            numbers |= {f"n_{short}_{words}": row.get("n"), f"meet_{short}_{words}": row.get("meets")}
        for choice in ASKED:
            row = sizes.get((dataset, choice), {})
            numbers |= {f"{column}_{choice}_{short}": row.get(column) for column in ("size", "decides")}
        held = counts[(counts["dataset"] == dataset) & (counts["metric"] == KL)].set_index("statement")["holds"]
        own = table[(table["dataset"] == dataset) & (table["split_seed"] == 0)]
        numbers |= {f"reach_{short}": int(own["reaches"].sum()), f"n_{short}": len(own)}
        numbers[f"worse_rda_{short}"] = int(held["worse than RDA"]) if len(held) else None
    return numbers


def meeting_checks(own: pd.DataFrame) -> dict[str, bool]:
    """What is said of the combinations that meet print; `own` is `judged` without other partitions."""
    meets = own[own["meets"]]
    movie, scene = (meets[meets["dataset"] == dataset] for dataset in SETS)
    sizes = own.groupby("dataset").size()
    some = bool(len(movie) and len(scene))
    return {
        "on each data set some combinations meet print, and fewer than one in twenty": some
        and all(20 * len(rows) < sizes[dataset] for rows, dataset in ((movie, MOVIE), (scene, SCENE))),
        "no combination meets print on both data sets": set(own["dataset"]) >= set(SETS)
        and not set(movie["id"]) & set(scene["id"]),
        "no combination reaches or beats print on both data sets": set(own["dataset"]) >= set(SETS)
        and int(own.groupby("id")["reaches"].sum().max()) < len(SETS),
        "no combination that meets print beats RDA in every metric": some
        and bool((meets["better"] < len(METRICS_SHOWN)).all()),
        "all that meet print on Movie sample the code, and none does on Natural Scene": some
        and bool((movie["code"] != "encoder").all() and (scene["code"] == "encoder").all()),
        "on Movie, none that meets print beats RDA in any metric": some and not movie["better"].any(),
        "on Natural Scene, all that meet print beat RDA in a metric and lose to it in another": some
        and bool(((scene["better"] > 0) & (scene["worse"] > 0)).all()),
        "where print is met, the noise never tells it from RDA and equal degrees": some and not meets["told"].any(),
    }


def effect_checks(effects: pd.DataFrame) -> dict[str, bool]:
    """What is said of the choices."""
    both = [sizes_of(effects, metric) for metric in METRICS_SHOWN[:2]]
    parts = [frame[frame["dataset"] == d].set_index("choice") for frame in both for d in SETS]
    of_kl = parts[: len(SETS)]
    there = all(set(ASKED) <= set(part.index) for part in parts)
    shift = effects[(effects["metric"] == KL) & (effects["option"] == "unsampled")]
    small, luck = ["valid", "split_folds"], "split_seed"
    return {
        "the dominant target moves the outcome most, by both metrics, on both data sets": there
        and all(part["size"].idxmax() == "dominant" for part in parts),
        "the dominant target most often decides by the divergence on both data sets": there
        and all(part["decides"].idxmax() == "dominant" for part in of_kl),
        "epoch and loss follow on both data sets": there
        and all(set(part["size"].nlargest(3).index) == {"dominant", "epoch_kept", "criterion"} for part in of_kl),
        "the number of validation rows and the kind of split move it at most twice as far as another partition": there
        and all((part["size"].loc[small] <= 2 * part["size"].loc[[luck, luck]].to_numpy()).all() for part in of_kl),
        "left-out rows give the lower divergence on average on both data sets": set(shift["dataset"]) >= set(SETS)
        and bool((shift["upper"] < 0).all()),
    }


def statement_checks(counts: pd.DataFrame) -> dict[str, bool]:
    """What is said to hold under all combinations, or under most."""
    rows = counts[counts["metric"] == KL]
    found = {(row["statement"], row["dataset"]): (row["n"], row["holds"]) for row in rows.to_dict("records")}

    def of(statement: str, dataset: str) -> tuple[int, int]:
        return found.get((statement, dataset), (0, 0))

    beaten, printed, movie = (
        of("better than OFR-DB", SCENE),
        of("a worse mean than published", SCENE),
        of("worse than RDA", MOVIE),
    )
    return {
        "on Natural Scene, no combination beats OFR-DB by the divergence": beaten[0] > 0 and beaten[1] == 0,
        "on Natural Scene, every combination has a worse divergence than published": printed[0] == printed[1] > 0,
        "most combinations are worse than RDA by the divergence on Movie": 2 * movie[1] > movie[0],
    }


def chosen_checks(table: pd.DataFrame) -> dict[str, bool]:
    """What is said of the closest combination, and of those that beat RDA."""
    both = set(table["dataset"]) >= set(SETS)
    nearest = table[table["id"] == closest(table)["id"].iloc[0]]
    beats = table[table["id"].isin(better_everywhere(table[table["split_seed"] == 0]))]
    return {
        "the closest has RDA's logits, trained label encoders, left-out rows and the last epoch": both
        and is_combination(nearest, CLOSEST),
        "all that beat RDA everywhere have RDA's loss instead of the decoupled one": both
        and is_combination(beats, {"criterion": NO_DECOUPLED_LOSS}),
        "all that beat RDA everywhere keep the last epoch": both and is_combination(beats, {"epoch_kept": "last"}),
    }


def is_combination(rows: pd.DataFrame, options: Mapping[str, object]) -> bool:
    """Whether there are rows, and all have these options."""
    return bool(len(rows)) and all((rows[name] == option).all() for name, option in options.items())
