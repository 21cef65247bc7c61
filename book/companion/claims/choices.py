"""Runs under every choice that the paper leaves open, side by side, and the effects that claims are judged by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, TUNED
from companion.base.tuned import with_tuned
from companion.claims.effects import SHARE, Effect
from companion.claims.verdicts import DEFAULT, Evidence
from companion.claims.words import metric_words
from companion.show.look import called
from ildl.compare.corrected import half_width, test_shares
from ildl.compare.statistics import HIGHER_IS_BETTER

TUNED_LABEL, TUNED_RIVAL = " + RDA tuned", ", weights tuned"
LAST_EPOCH = "last epoch"
PROTOCOL: Mapping[str, tuple[Any, Mapping[Any, str]]] = {
    "epoch_kept": ("best", {"last": LAST_EPOCH, "test": "epoch chosen on the test rows"}),
    "valid": ("20 rows", {"10 %": "10 % validation rows"}),
    "valid_from": ("sampled", {"unsampled": "validation rows that the sampling left out"}),
    "split_folds": ("kfold", {"random": "independent splits"}),
    "split_seed": (0, {1: "partition 1", 2: "partition 2"}),
}
"""Column -> its default, and what to call the others; where a column is absent, all rows are the default's."""
FEWER_ROWS = PROTOCOL["valid"][1]["10 %"]
"""A choice under which rivals were not run: they enter with the same epoch and 20 validation rows."""
SPLIT = ("split_folds", "split_seed")
"""Columns of the protocol on which the test rows hang."""
SPECIFICATION = {
    "criterion": "kl", "dominant": "degree", "nondominant": "ratio", "label_gradient": "stopped", "code": "encoder",
}  # fmt: skip
"""Choices of the multiverse beside the protocol, and their defaults."""
ON_TEST_ROWS = "test"
"""The epoch that is best on the test rows: nobody may choose so; it bounds what any choice of epoch can give."""
CELL = ["dataset", "feature_set", "metric"]
ROW = ["reading", "choice", "split", "method", *CELL]


def by_choice(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split results by protocol, the default ("") first.

    Methods that were not run under a choice enter as they are on the same test rows without it: those without epochs
    have none to choose.
    """
    choices, splits = protocol_of(frame), protocol_of(frame, SPLIT)
    for choice in sorted(choices.unique(), key=bool):
        rows = frame[choices == choice]
        plain = frame[choices == splits[choices == choice].iloc[0]]
        yield choice, pd.concat([rows, plain[~plain["method"].isin(rows["method"])]])


def protocol_of(frame: pd.DataFrame, columns: Collection[str] = tuple(PROTOCOL)) -> pd.Series:
    """Name what differs from the default protocol in each row."""
    names = pd.Series("", index=frame.index)
    for column, (default, words) in PROTOCOL.items():
        if column in frame and column in columns:
            values = frame[column].where(frame[column].notna(), default)
            texts = {value: "" if value == default else words.get(value, f"{column} {value}") for value in set(values)}
            names = _joined(names, values.map(texts))
    return names


@lru_cache(maxsize=1)
def runs_under_choices(evidence: Evidence) -> pd.DataFrame:
    """Fold values of every method, reading and choice: columns `ROW`, and the folds, seeds averaged (NaN: not run)."""
    tables = with_tuned(evidence.comparison)
    frames = [tables.assign(choice=protocol_of(tables), split=protocol_of(tables, SPLIT))]
    if evidence.multiverse is not None:
        universe = evidence.multiverse
        universe = universe[universe["epoch_kept"] != ON_TEST_ROWS]
        names = pd.Series("", index=universe.index)
        for column, default in SPECIFICATION.items():
            if column in universe:
                texts = {value: f"{column.replace('_', ' ')} {value}" for value in universe[column].unique()}
                names = _joined(names, universe[column].map(texts | {default: ""}))
        own = universe.assign(reading=names.replace("", DEFAULT), choice=protocol_of(universe))
        own["split"] = protocol_of(own, SPLIT)
        frames.append(own[(own["reading"] != DEFAULT) | (own["choice"] != "")])
    cells = pd.concat([frame[[*ROW, "fold", "seed", "value"]] for frame in frames], ignore_index=True)
    return cells.pivot_table(index=ROW, columns="fold", values="value", aggfunc="mean", sort=False).reset_index()


def rival_effects(
    evidence: Evidence, method: str, rivals: Sequence[str], metrics: Sequence[str], datasets: Sequence[str] = ()
) -> Iterator[tuple[str, str, str, list[Effect]]]:
    """Hold a method against others: label of the combination, data set, its features, and an effect a rival and metric.

    Rivals are in their default reading, on the same folds under the same choice. One that has no epochs enters as it is
    on the same folds; a network that was not run under the choice is left out.
    """
    for label, dataset, features, effects in _effects_of_all(evidence, method):
        if (not datasets or dataset in datasets) and ("RDA" in rivals or not label.endswith(TUNED_LABEL)):
            chosen = [effect for rival, metric, effect in effects if rival in rivals and metric in metrics]
            yield label, dataset, features, chosen


@lru_cache(maxsize=2)
def _effects_of_all(evidence: Evidence, method: str) -> list[tuple[str, str, str, list[tuple[str, str, Effect]]]]:
    """As `rival_effects`, for all rivals and metrics, which each effect names: many claims are of the same ones."""
    cells = runs_under_choices(evidence)
    cells = cells[cells["metric"].isin(METRIC_TITLES)]
    printed, share, found = printed_cells(evidence), test_shares(evidence.comparison)[0], []
    rows = cells[cells["method"] != method]
    plain_of = dict(list(rows[rows["reading"] == DEFAULT].groupby(["dataset", "choice"], sort=False)))
    tuned_of = dict(list(rows[rows["reading"].isin(TUNED["RDA"])].groupby(["dataset", "choice"], sort=False)))
    networks = set(rows.loc[rows["choice"].str.contains(LAST_EPOCH), "method"])
    keys = ["reading", "choice", "split", "dataset", "feature_set"]
    of_method = cells[cells["method"] == method]
    for (reading, choice, split, dataset, features), mine in of_method.groupby(keys, sort=False):
        plain, tuned = rows.iloc[:0], tuned_of.get((dataset, choice), rows.iloc[:0])
        alike = (choice, " + ".join(part for part in str(choice).split(" + ") if part != FEWER_ROWS))
        for nearest in (*alike, split):
            more = plain_of.get((dataset, nearest), rows.iloc[:0])
            unlike = () if nearest in alike else networks  # another epoch would be another race
            lacking = more[~more["method"].isin([*plain["method"], *unlike])]
            plain = pd.concat([plain, lacking]) if len(lacking) else plain
        label = label_of("" if reading == DEFAULT else str(reading), str(choice))
        against = {label: plain}
        if len(tuned):
            name = f"{label}{TUNED_LABEL}".removeprefix(f"{DEFAULT} + ")
            against[name] = pd.concat([plain, tuned])  # RDA as it is stays: a worse rival bears nothing out
        for name, theirs in against.items():
            found.append((name, str(dataset), str(features), _effects(mine, theirs, printed, share)))
    return found


def printed_cells(evidence: Evidence) -> dict[tuple[str, str, str], tuple[float, str]]:
    """Return what the paper prints in its tables: (dataset, metric, method) -> mean, and its mark of significance."""
    cells = evidence.published.of("dildl")
    keys, values = (["dataset", "metric", "method"], ["mean", "marker"])
    return {tuple(key): tuple(value) for key, value in zip(cells[keys].values, cells[values].values, strict=True)}


def _effects(
    mine: pd.DataFrame, others: pd.DataFrame, printed: Mapping[tuple[str, str, str], tuple[float, str]], share: float
) -> list[tuple[str, str, Effect]]:
    folds = [name for name in mine.columns if name not in ROW]
    own = dict(zip(mine["metric"], mine[folds].to_numpy(dtype=float), strict=True))
    found: list[tuple[int, Effect]] = []
    others = others[others["metric"].isin(own)]
    if others.empty:
        return []
    method = mine["method"].iloc[0]
    names = list(zip(*(others[name] for name in ("method", "metric", "dataset", "reading")), strict=True))
    signs = np.where(others["metric"].isin(HIGHER_IS_BETTER), -1, 1)
    gains = signs[:, None] * (others[folds].to_numpy(dtype=float) - np.array([own[m] for m in others["metric"]]))
    for there in np.unique(np.isfinite(gains), axis=0) if len(gains) else ():
        rows = np.flatnonzero((np.isfinite(gains) == there).all(axis=1))
        if there.sum() < 2:
            continue
        values = gains[rows][:, there]
        halves = half_width(values, share)
        for row, mean, half in zip(rows, values.mean(axis=1), halves, strict=True):
            rival, metric, dataset, reading = names[row]
            ends = [printed.get((dataset, metric, name), (np.nan, "")) for name in (rival, method)]
            claimed = signs[row] * (ends[0][0] - ends[1][0])
            smallest = SHARE * claimed if claimed > 0 else 0.0
            what = f"{called(rival)}{TUNED_RIVAL if reading in TUNED['RDA'] else ''} ({metric_words(metric)})"
            effect = Effect(what, float(mean), float(half), int(there.sum()), share, smallest, ends[0][1] == "none")
            found.append((int(row), effect))
    return [(*names[row][:2], effect) for row, effect in sorted(found, key=itemgetter(0))]


def label_of(*parts: str) -> str:
    """What a combination is called: what differs from the default, or `DEFAULT`."""
    return " + ".join(part for part in parts if part) or DEFAULT


def _joined(names: pd.Series, more: pd.Series) -> pd.Series:
    """Texts side by side, with a plus where both say something."""
    return names + np.where((names != "") & (more != ""), " + ", "") + more
