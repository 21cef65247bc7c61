"""Runs under every choice that the paper leaves open, side by side, and the effects that claims are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

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
ROW = ["reading", "choice", "split", "method", "dataset", "feature_set", "metric"]
Compared = tuple[str, str, str, list[tuple[str, str, Effect]]]
"""Label of a combination, data set, its features, and rival, metric and effect of every comparison."""


class Cell(NamedTuple):
    """A row of `runs_under_choices`, as far as an effect needs it; `values` is one a fold."""

    method: str
    metric: str
    dataset: str
    reading: str
    values: NDArray[np.float64]


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
    cells = cells[cells["metric"].isin(METRIC_TITLES)]
    of_method, rows = cells[cells["method"] == method], cells[cells["method"] != method]
    published = evidence.published.of("dildl").set_index(["dataset", "metric", "method"])
    printed = dict(zip(published.index, published[["mean", "marker"]].itertuples(index=False, name=None), strict=True))
    share = test_shares(evidence.comparison)[0]
    plain_of = _by(["dataset", "choice"], rows[rows["reading"] == DEFAULT])
    tuned_of = _by(["dataset", "choice"], rows[rows["reading"].isin(TUNED["RDA"])])
    methods = set(rows["method"])
    networks = set(rows.loc[rows["choice"].str.contains(LAST_EPOCH), "method"])
    keys, found = ["reading", "choice", "split", "dataset", "feature_set"], []
    for (reading, choice, split, dataset, features), mine in _by(keys, of_method).items():
        theirs: list[Cell] = []
        lacking = methods
        alike = (choice, " + ".join(part for part in choice.split(" + ") if part != FEWER_ROWS))
        for nearest in (*alike, split):
            unlike = set() if nearest in alike else networks  # another epoch would be another race
            wanted = lacking - unlike
            more = [cell for cell in plain_of.get((dataset, nearest), ()) if cell.method in wanted]
            theirs += more
            lacking = lacking - {cell.method for cell in more}
        label = label_of(reading, choice)
        effects = _effects(mine, theirs, printed, share)
        found.append((label, dataset, features, effects))
        if (dataset, choice) in tuned_of:  # RDA as it is stays: a worse rival bears nothing out
            tuned = effects + _effects(mine, tuned_of[dataset, choice], printed, share)
            found.append((label_of(label, TUNED_LABEL), dataset, features, tuned))
    return found


def _by(columns: list[str], cells: pd.DataFrame) -> dict[tuple[str, ...], list[Cell]]:
    """Group rows by columns, in order: as tuples, since there are a hundred thousand and each is looked at alone."""
    folds = cells[list(cells.columns.drop(ROW))].to_numpy(dtype=float)
    names = (cells[name].tolist() for name in ("method", "metric", "dataset", "reading"))
    grouped: dict[tuple[str, ...], list[Cell]] = {}
    groups = zip(*(cells[name].tolist() for name in columns), strict=True)
    for group, cell in zip(groups, map(Cell, *names, folds), strict=True):
        grouped.setdefault(group, []).append(cell)
    return grouped


def _effects(
    mine: Sequence[Cell], theirs: Sequence[Cell], printed: Mapping[Any, tuple[float, str]], share: float
) -> list[tuple[str, str, Effect]]:
    own, method, found = {cell.metric: cell.values for cell in mine}, mine[0].method, []
    theirs = [cell for cell in theirs if cell.metric in own]
    signs = [-1 if cell.metric in HIGHER_IS_BETTER else 1 for cell in theirs]
    gained = [sign * (cell.values - own[cell.metric]) for sign, cell in zip(signs, theirs, strict=True)]
    for cell, sign, (n_folds, gain, half) in zip(theirs, signs, _intervals(gained, share), strict=True):
        rival, metric, dataset, reading, _ = cell
        if n_folds > 1:
            (theirs_printed, mark), (ours_printed, _) = (
                printed.get((dataset, metric, name), (np.nan, "")) for name in (rival, method)
            )
            claimed = sign * (theirs_printed - ours_printed)
            what = f"{called(rival)}{TUNED_RIVAL if reading in TUNED['RDA'] else ''} ({metric_words(metric)})"
            smallest = SHARE * claimed if claimed > 0 else 0.0
            found.append((rival, metric, Effect(what, gain, half, n_folds, share, smallest, mark == "none")))
    return found


def _intervals(gained: Sequence[NDArray[np.float64]], share: float) -> list[tuple[int, float, float]]:
    """For each row of gains how many folds there are, their mean, and half the width of its interval."""
    found = [(0, np.nan, np.nan)] * len(gained)
    there = np.isfinite(gained)
    counts = there.sum(axis=-1)
    for n_folds in np.unique(counts[counts > 1]).tolist():
        at = np.flatnonzero(counts == n_folds)
        gains = np.asarray(gained)[at][there[at]].reshape(-1, n_folds)
        numbers = zip(gains.mean(axis=-1).tolist(), half_width(gains, share).tolist(), strict=True)
        for row, (gain, half) in zip(at.tolist(), numbers, strict=True):
            found[row] = n_folds, gain, half
    return found
