"""Runs under every choice that the paper leaves open, side by side, and the effects that claims are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from companion.base.comparison import METRIC_TITLES, TUNED
from companion.base.tuned import with_tuned
from companion.claims.effects import SHARE, Effect
from companion.claims.verdicts import DEFAULT, Evidence
from companion.claims.words import metric_words
from companion.show.look import called
from ildl.compare.corrected import half_width, test_shares
from ildl.compare.statistics import HIGHER_IS_BETTER

Array = NDArray[np.float64]
TUNED_LABEL, TUNED_RIVAL = "RDA tuned", ", weights tuned"
LAST_EPOCH, FEWER_ROWS = "last epoch", "10 % validation rows"
Columns = Mapping[str, tuple[Any, Mapping[Any, str]]]
"""Column -> its default, and what to call the others; where a column is absent, all rows are the default's."""
SPLIT: Columns = {
    "split_folds": ("kfold", {"random": "independent splits"}),
    "split_seed": (0, {1: "partition 1", 2: "partition 2"}),
}
"""Those on which the test rows hang."""
PROTOCOL: Columns = {
    "epoch_kept": ("best", {"last": LAST_EPOCH, "test": "epoch chosen on the test rows"}),
    "valid": ("20 rows", {"10 %": FEWER_ROWS}),
    "valid_from": ("sampled", {"unsampled": "validation rows that the sampling left out"}),
    **SPLIT,
}
SPECIFICATION: Columns = {
    "criterion": ("kl", {}),
    "dominant": ("degree", {}),
    "nondominant": ("ratio", {}),
    "label_gradient": ("stopped", {}),
    "code": ("encoder", {}),
}
"""Choices of the multiverse beside the protocol."""
ON_TEST_ROWS = "test"
"""The epoch that is best on the test rows: nobody may choose so; it bounds what any choice of epoch can give."""
COMBINATION = ["reading", "choice", "split", "dataset", "feature_set"]
ROW = [*COMBINATION, "method", "metric"]
Compared = tuple[str, str, str, list[tuple[str, str, Effect]]]
"""Label of a combination, data set, its features, and rival, metric and effect of every comparison."""


def by_choice(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split results by protocol, the default ("") first; a method not run under a choice enters as it is without it."""
    choices, splits = named(frame, PROTOCOL), named(frame, SPLIT)
    for choice in sorted(choices.unique(), key=bool):
        rows = frame[choices == choice]
        plain = frame[choices == splits[choices == choice].iloc[0]]
        others = plain[~plain["method"].isin(rows["method"])]
        unknown = {
            name: pd.NA for name in ("valid_from", "n_valid", "splits") if name in frame
        }  # the choice is not theirs
        yield choice, pd.concat([rows, others.assign(**unknown)]) if len(others) else rows


def named(frame: pd.DataFrame, columns: Columns) -> pd.Series:
    """Name what differs from the defaults of columns in each row."""
    names = pd.Series("", index=frame.index)
    for column, (default, words) in columns.items():
        if column in frame:
            values = frame[column].dropna().unique()
            texts = {value: words.get(value, f"{column.replace('_', ' ')} {value}") for value in values}
            more = frame[column].map(texts | {default: ""}).fillna("")
            names = names + np.where((names != "") & (more != ""), " + ", "") + more
    return names


def label_of(*parts: str) -> str:
    """What a combination is called: what differs from the default, or `DEFAULT`."""
    return " + ".join(part for part in parts if part not in ("", DEFAULT)) or DEFAULT


@lru_cache(maxsize=1)
def runs_under_choices(evidence: Evidence) -> pd.DataFrame:
    """Fold values of every method, reading and choice: columns `ROW`, and the folds, seeds averaged (NaN: not run)."""
    frames = [with_tuned(evidence.comparison)]
    if evidence.multiverse is not None:
        universe = evidence.multiverse[evidence.multiverse["epoch_kept"] != ON_TEST_ROWS]
        universe = universe.assign(reading=named(universe, SPECIFICATION).replace("", DEFAULT))
        frames.append(universe[(universe["reading"] != DEFAULT) | (named(universe, PROTOCOL) != "")])
    frames = [frame.assign(choice=named(frame, PROTOCOL), split=named(frame, SPLIT)) for frame in frames]
    cells = pd.concat([frame[[*ROW, "fold", "seed", "value"]] for frame in frames], ignore_index=True)
    return cells.pivot_table(index=ROW, columns="fold", values="value", aggfunc="mean", sort=False).reset_index()


def rival_effects(
    evidence: Evidence, method: str, rivals: Sequence[str], metrics: Sequence[str], datasets: Sequence[str] = ()
) -> Iterator[tuple[str, str, str, list[Effect]]]:
    """Hold a method against others by default, under the same choice: combination, data set, its features, effects.

    A rival that has no epochs enters as it is on the same folds; a network not run under the choice is left out.
    """
    for label, dataset, features, effects in _effects_of_all(evidence, method):
        if (not datasets or dataset in datasets) and ("RDA" in rivals or label.split(" + ")[-1] != TUNED_LABEL):
            chosen = [effect for rival, metric, effect in effects if rival in rivals and metric in metrics]
            yield label, dataset, features, chosen


@lru_cache(maxsize=2)
def _effects_of_all(evidence: Evidence, method: str) -> list[Compared]:
    """As `rival_effects`, for all rivals and metrics: many claims are of the same ones."""
    cells = runs_under_choices(evidence)
    cells = cells[cells["metric"].isin(METRIC_TITLES)].reset_index(drop=True)
    mine, others = cells[cells["method"] == method], cells[cells["method"] != method]
    networks = set(others.loc[others["choice"].str.contains(LAST_EPOCH), "method"])
    same, split = mine["choice"], mine["split"]
    more_rows = same.map(lambda choice: " + ".join(part for part in choice.split(" + ") if part != FEWER_ROWS))
    plain = _pairs(mine, others[others["reading"] == DEFAULT], [same, more_rows, split])
    plain = plain[(plain["rank"] < 2) | ~plain["rival"].isin(networks)]  # another epoch would be another race
    nearest = plain.groupby([*COMBINATION, "rival"])["rank"].transform("min")
    effects = _effects(evidence, cells, plain[plain["rank"] == nearest])
    tuned = _effects(evidence, cells, _pairs(mine, others[others["reading"].isin(TUNED["RDA"])], [same]), TUNED_RIVAL)
    found = []
    for combination in mine[COMBINATION].drop_duplicates().itertuples(index=False, name=None):
        reading, choice, _, dataset, features = combination
        label, own = label_of(reading, choice), effects.get(combination, [])
        found.append((label, dataset, features, own))
        if combination in tuned:  # RDA as it is stays: a worse rival bears nothing out
            found.append((label_of(label, TUNED_LABEL), dataset, features, own + tuned[combination]))
    return found


def _pairs(mine: pd.DataFrame, rivals: pd.DataFrame, choices: Sequence[pd.Series]) -> pd.DataFrame:
    """Put each cell (`at`) beside the rivals' under each of some choices (`at_rival`); `rank` is the choice's place."""
    near = pd.concat([mine.assign(nearest=choice, rank=rank) for rank, choice in enumerate(choices)])
    theirs = rivals.rename(columns={"method": "rival", "choice": "nearest"}).reset_index(names="at_rival")
    on = ["dataset", "metric", "nearest"]
    wanted = near[[*ROW, "nearest", "rank"]].reset_index(names="at")
    return wanted.merge(theirs[[*on, "rival", "at_rival"]], on=on)


def _effects(
    evidence: Evidence, cells: pd.DataFrame, pairs: pd.DataFrame, suffix: str = ""
) -> dict[tuple[str, ...], list[tuple[str, str, Effect]]]:
    """Combination -> rival, metric and effect of its pairs; the smallest effect that matters is half of the printed."""
    share = test_shares(evidence.comparison)[0]
    sign = np.where(pairs["metric"].isin(HIGHER_IS_BETTER), -1, 1)
    folds = cells.drop(columns=ROW).to_numpy(dtype=float)
    n_folds, gains, halves = _intervals(sign[:, None] * (folds[pairs["at_rival"]] - folds[pairs["at"]]), share)
    published = evidence.published.of("dildl").set_index(["dataset", "metric", "method"])[["mean", "marker"]]
    theirs, ours = (
        published.reindex(pd.MultiIndex.from_frame(pairs[["dataset", "metric", name]])) for name in ("rival", "method")
    )
    claimed = np.nan_to_num(sign * (theirs["mean"].to_numpy() - ours["mean"].to_numpy())).clip(min=0)
    words = {
        (rival, metric): f"{called(rival)}{suffix} ({metric_words(metric)})"
        for rival, metric in pairs[["rival", "metric"]].drop_duplicates().itertuples(index=False, name=None)
    }
    columns = [pairs[name].to_numpy() for name in (*COMBINATION, "rival", "metric")]  # faster than a frame's rows
    rows = zip(*columns, n_folds, gains, halves, SHARE * claimed, theirs["marker"].to_numpy() == "none", strict=True)
    found: dict[tuple[str, ...], list[tuple[str, str, Effect]]] = {}
    for *group, rival, metric, n, gain, half, smallest, drawn in rows:
        if n > 1:
            numbers = float(gain), float(half), int(n), share, float(smallest), bool(drawn)
            found.setdefault(tuple(group), []).append((rival, metric, Effect(words[rival, metric], *numbers)))
    return found


def _intervals(gains: Array, share: float) -> tuple[Array, Array, Array]:
    """For each row of gains how many folds there are, their mean, and half the width of its interval."""
    there = np.isfinite(gains)
    counts = there.sum(axis=1)
    means, halves = np.full((2, len(gains)), np.nan)
    for n_folds in np.unique(counts[counts > 1]):
        rows = counts == n_folds
        found = gains[rows][there[rows]].reshape(-1, n_folds)
        means[rows], halves[rows] = found.mean(axis=1), half_width(found, share)
    return counts, means, halves
