"""What constants score, for all data sets of the benchmark: from the labels at hand, else from the reference run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from ildl.checks import InputError
from ildl.data import RECORDS
from ildl.data.constants import constant_scores, label_check
from ildl.data.survey import load_labels
from ildl.experiments.reference import FOLDER

SCORES, FACTS, CHECKSUMS = "constants.csv.xz", "labels.csv", "constants.sha256"


def load_constants(folder: Path = FOLDER) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Scores of constants, and facts about labels.

    Parameters
    ----------
    folder : Path
        Of the reference run.

    Returns
    -------
    scores : DataFrame
        As `constant_scores` returns it.
    facts : DataFrame
        As `label_check` returns it.
    shipped : list of str
        Data sets whose labels are not at hand; scores and facts are those of the reference run.

    Raises
    ------
    InputError
        The reference run has no such scores, or they are damaged.
    """
    datasets, missing = load_labels()
    scores, facts = constant_scores(datasets), label_check(datasets)
    if not missing:
        return scores, facts, []
    try:
        _check(folder)
        read = [pd.read_csv(folder / name).set_index("dataset", drop=False).loc[missing] for name in (SCORES, FACTS)]
        read = [frame[list(like)].reset_index(drop=True) for frame, like in zip(read, (scores, facts), strict=True)]
        known = facts[~facts["dataset"].isin(missing)]
        joined = pd.concat([known, read[1].astype(facts.dtypes)]).set_index("dataset").loc[list(RECORDS)].reset_index()
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"The scores of constants in {folder} are missing or damaged ({error}); restore them with "
            "`git restore data/reference`."
        ) from error
    if missing == list(RECORDS):  # the artificial data set stood in
        return read[0], joined, missing
    return pd.concat([scores, read[0]], ignore_index=True), joined, missing


def write_constants(folder: Path = FOLDER) -> Path:
    """Write what `load_constants` falls back to.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
        The file of scores.

    Raises
    ------
    InputError
        Labels of a data set are missing: what is shipped stays as it was.
    """
    datasets, missing = load_labels()
    if missing:
        raise InputError(f"Labels of {', '.join(missing)} are not at hand (`ildl fetch --labels-only`).")
    folder.mkdir(parents=True, exist_ok=True)
    label_check(datasets).to_csv(folder / FACTS, index=False)
    constant_scores(datasets).to_csv(folder / SCORES, index=False, float_format="%.10g")
    (folder / CHECKSUMS).write_text("".join(f"{_checksum(folder / name)}  {name}\n" for name in (SCORES, FACTS)))
    return folder / SCORES


def _check(folder: Path) -> None:
    known = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    for name in (SCORES, FACTS):
        if f"{_checksum(folder / name)}  {name}" not in known:
            raise ValueError(f"{name} is not what it was")


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
