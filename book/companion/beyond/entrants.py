"""Who takes part in a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from companion.base.comparison import shown_reading
from companion.show.closest import AS_PRINTED


def entrants(results: pd.DataFrame, readings: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """Choose what takes part in a ranking: every method as it is by default, and named readings of some.

    Parameters
    ----------
    results : DataFrame
        Of an experiment: dataset, feature_set, method, params, fold, seed, metric, value, and, where there are several
        readings or choices of the epoch, reading and epoch_kept ("best" takes part).
    readings : mapping of str to sequence of str, optional
        Method -> readings that take part besides "default".

    Returns
    -------
    DataFrame
        The rows that take part, with a column label: the method, or "method [reading]" where several take part.

    Raises
    ------
    ValueError
        A reading that the results do not have, or nothing left.
    """
    wanted = dict(readings or {})
    frame = results[results["epoch_kept"] == "best"] if "epoch_kept" in results else results
    reading = frame["reading"] if "reading" in frame else pd.Series("default", index=frame.index)
    there = set(zip(frame["method"], reading, strict=True))
    for method, names in wanted.items():
        unknown = [name for name in names if (method, name) not in there]
        if unknown:
            raise ValueError(f"The results have no reading {unknown[0]!r} of {method}; run it, or leave it out.")
    pairs = {(method, name) for method, name in there if name in ("default", *wanted.get(method, ()))}
    taken = pd.Series([pair in pairs for pair in zip(frame["method"], reading, strict=True)], index=frame.index)
    if not taken.any():
        raise ValueError("No results are left to rank; run something first.")
    labels = {
        (method, name): f"{method} [{shown_reading(name)}]" if wanted.get(method) else str(method)
        for method, name in pairs
    }
    frame, reading = frame[taken], reading[taken]
    return frame.assign(label=[labels[pair] for pair in zip(frame["method"], reading, strict=True)])


def dildl_readings(results: pd.DataFrame, closest: str | None) -> list[str]:
    """Readings of DILDL beside the default one: that with the printed targets, and that closest to the published ones.

    Parameters
    ----------
    results : DataFrame
        With columns method, params and reading.
    closest : str or None
        Parameters as `companion.show.closest.closest_params` returns them.

    Returns
    -------
    list of str
        Without repetition, and without the default.
    """
    rows = results[(results["method"] == "DILDL") & (results["params"] == closest)]
    names = dict.fromkeys([AS_PRINTED, *rows["reading"].unique()])
    return [name for name in names if name != "default"]


def label_of(scores: pd.DataFrame, params: str | None, method: str = "DILDL") -> str:
    """What a reading is called among the entrants.

    Parameters
    ----------
    scores : DataFrame
        As `entrants` returns it.
    params : str or None
        JSON; None stands for the default reading.
    method : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        It does not take part.
    """
    rows = scores[(scores["method"] == method) & (scores["params"] == (params or "{}"))]
    if rows.empty:
        raise ValueError(f"{method} with {params} does not take part; name its reading among the entrants.")
    return str(rows["label"].iloc[0])
