"""A reader's own study: results put together, means, tests, and what was found, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ildl.checks import InputError, check_option
from ildl.compare.frames import labelled, plain
from ildl.compare.significance import compare
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, REFERENCES, check_results, folds_named, is_better
from ildl.compare.tables import PAPER, means

GUESSES = dict(zip(REFERENCES, ("equal degrees", "the mean of the training rows"), strict=True))
"""References in words."""
WORDS = ("none", "one", "two", "three", "four", "five", "six")
TITLES = dict(zip(PAPER, ("Chebyshev", "Clark", "Canberra", "Kullback–Leibler", "cosine", "intersection"), strict=True))
"""The paper's metrics in words."""
DESCRIBING = ("from_uniform", "entropy", "spread", "from_start")
"""Metrics without a good side: they describe predictions."""
CELL = ["dataset", "method", "params", "fold", "seed", "metric"]


@dataclass(frozen=True)
class Study:
    """Results that may be compared, and what they show.

    Parameters
    ----------
    results : DataFrame
        As `gather` returns it.
    means : DataFrame
        As `ildl.compare.tables.means`, guesses last; and best (label of the best mean on the data set in the metric),
        apart (whether the corrected test tells the row from it; NA where nothing can be tested) and beaten (a guess
        that learns nothing is as good); without a value for metrics that only describe.
    reference : str
        Label of the row that all others are held against.
    tests : DataFrame
        As `ildl.compare.significance.compare`, and label; of data sets with two folds at least.
    notes : tuple of str
        What a reader must know of how they were put together.
    """

    results: pd.DataFrame = field(repr=False)
    means: pd.DataFrame = field(repr=False)
    reference: str
    tests: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()


def gather(frames: Sequence[pd.DataFrame], only: Mapping[str, str] | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Put results together: of a data set that changed its newest version, of a cell that was trained twice the newest.

    Parameters
    ----------
    frames : sequence of DataFrame
        As `ildl.experiments.run` returns them.
    only : mapping of str to str, optional
        Column -> values that are kept, separated by commas.

    Returns
    -------
    results : DataFrame
        With a column label.
    notes : list of str
        What was left out.

    Raises
    ------
    InputError
        Nothing is left; or a column that is not there.
    """
    notes: list[str] = []
    results = pd.concat([frame for frame in frames if len(frame)] or list(frames), ignore_index=True)
    for column, values in (only or {}).items():
        check_option(column, results.columns, "column")
        wanted = [value.strip() for value in values.split(",")]
        kept = results[column].map(plain).isin(wanted)
        if not kept.any():
            there = ", ".join(sorted(set(results[column].map(plain))))
            raise InputError(f"No result has {column} {values}; there are: {there}.")
        results = results[kept]
    results = labelled(results)
    if {"date", "dataset_sha", "key"} <= set(results):
        by_date = results.sort_values("date", kind="stable", na_position="first")
        newest = by_date.groupby("dataset")["dataset_sha"].last()
        old = results["dataset_sha"].notna() & (results["dataset_sha"] != results["dataset"].map(newest))
        for dataset, part in results[old].groupby("dataset"):
            methods = ", ".join(dict.fromkeys(part["method"]))
            notes.append(
                f"Results on other data called {dataset} (rows, columns or sampling differ) are left out ({methods}): "
                "the newest count."
            )
        by_date = by_date[~old.reindex(by_date.index)]
        cells = [name for name in [*CELL, *folds_named(results)] if name in results]
        again = by_date.duplicated(cells, keep="last")
        if again.any():
            notes.append(f"{by_date.loc[again, 'key'].nunique()} cells were trained more than once; the newest count.")
        results = by_date[~again].sort_index()
    guesses = results["method"].isin(REFERENCES)
    return pd.concat([results[~guesses], results[guesses]], ignore_index=True), notes


def study_of(results: pd.DataFrame, reference: str | None = None, notes: Sequence[str] = ()) -> Study:
    """Compare every row with the best of each metric, and with one reference.

    Parameters
    ----------
    results : DataFrame
        As `gather` returns it.
    reference : str, optional
        Label of a row. Default: DILDL where it is there, else the first.
    notes : sequence of str
        What is known already.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        As `ildl.compare.statistics.summarise`, but for one fold or missing references; or no row has that label.
    """
    results = check_results(labelled(results), least=1)
    labels = list(dict.fromkeys(results["label"]))
    reference = check_option(reference, labels, "row") if reference else "DILDL" if "DILDL" in labels else labels[0]
    found, said = means(results), list(notes)
    for guess, words in GUESSES.items():
        lacking = [d for d in found["dataset"].unique() if guess not in set(found.loc[found["dataset"] == d, "method"])]
        if lacking:
            own = results.loc[results["dataset"].isin(lacking), "feature_set"].eq("own").any()
            run = "with the -d (and --splits) of the others and" if own else " ".join(f"-d {name}" for name in lacking)
            said.append(f"{guess} ({words}) was not run on {', '.join(lacking)}: add it with ildl run {run} -m {guess}")
    if "valid_from" in results and (bound := results.loc[results["valid_from"] == "test", "label"].unique()).size:
        said.append(
            f"Validation rows were the test rows ({', '.join(bound)}; valid_from test), which no method may do: what a "
            "network reaches with an epoch chosen so is a bound, and no result."
        )
    judged = found[~found["metric"].isin(DESCRIBING)]
    firsts = judged.loc[_low_is_good(judged).groupby([judged["dataset"], judged["metric"]], sort=False).idxmin()]
    keys = ["dataset", "metric"]
    found = found.merge(firsts[[*keys, "label"]].rename(columns={"label": "best"}), how="left", on=keys)
    several = _several(results)
    pairs = {label: firsts.loc[firsts["label"] == label, keys] for label in firsts["label"].unique()}
    apart = pd.concat([_against(several, label, part) for label, part in pairs.items()])
    apart["apart"] = (apart["mark_corrected"] == BETTER).astype("boolean")
    found = found.merge(apart[[*keys, "label", "apart"]], how="left", on=[*keys, "label"])
    beaten = pd.Series(pd.NA, index=found.index, dtype="boolean")
    for guess in GUESSES:
        others = (
            found.loc[found["method"] == guess].set_index(keys)["mean"].reindex(pd.MultiIndex.from_frame(found[keys]))
        )
        lost = ~is_better(found["mean"], pd.Series(others.to_numpy(), index=found.index), found["metric"])
        beaten = beaten.fillna(lost) | lost.fillna(False)
    found["beaten"] = beaten.mask(found["method"].isin(GUESSES) | found["best"].isna())
    return Study(results, found, reference, _against(several, reference), tuple(said))


def _several(results: pd.DataFrame) -> pd.DataFrame:
    """Results that can be tested: of data sets with two folds at least."""
    return results[results.groupby("dataset")["fold"].transform("nunique") > 1]


def _low_is_good(rows: pd.DataFrame) -> pd.Series:
    """Means, with the sign turned where high is good."""
    return rows["mean"].where(~rows["metric"].isin(HIGHER_IS_BETTER), -rows["mean"])


def _against(results: pd.DataFrame, label: str, pairs: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row held against all others where it was run: everywhere, or on some data sets in some metrics."""
    own = results[results["label"] == label]
    wanted = own["dataset"].drop_duplicates() if pairs is None else pairs
    rows = results.merge(wanted, on=list(pd.DataFrame(wanted).columns))
    if rows["label"].nunique() < 2:
        return pd.DataFrame(columns=["dataset", "metric", "method", "label", "mark_corrected", "mark_trained"])
    found = compare(rows, own["method"].iloc[0], own["params"].iloc[0])
    names = results[["method", "params", "label"]].drop_duplicates()
    return found.merge(names, how="left", on=["method", "params"])


def findings(study: Study, dataset: str) -> str:
    """What was found on a data set, as one would say it.

    Parameters
    ----------
    study : Study
    dataset : str

    Returns
    -------
    str
        Which row is best by each of the paper's metrics, whether it beats the guesses that learn nothing, and whether
        the corrected test tells it from the next.
    """
    rows = study.means[(study.means["dataset"] == dataset) & study.means["metric"].isin(PAPER)]
    if rows["label"].nunique() < 2:
        return f"Only {rows['label'].iloc[0]} was run: nothing to compare with."
    wins = rows[rows["label"] == rows["best"]].groupby("label", sort=False)["metric"].apply(list)
    wins = wins.loc[wins.map(len).sort_values(ascending=False, kind="stable").index]
    total, leader = rows["metric"].nunique(), str(wins.index[0])
    others = [f"{label} by {_by(metrics, total)}" for label, metrics in list(wins.items())[1:]]
    share = "all" if len(wins) == 1 else f"{WORDS[len(wins.iloc[0])]} of"
    first = f"{share} {WORDS[total]} metrics" if total > 1 else TITLES[wins.iloc[0][0]]
    said = [", ".join([f"{leader} is best by {first}", *others])]
    beaten: dict[tuple[str, str], list[str]] = {}
    tests = _against(_several(study.results[study.results["dataset"] == dataset]), leader)
    of_leader = rows[rows["label"] == leader].set_index("metric")
    for guess, words in GUESSES.items():
        of_guess = rows[rows["method"] == guess].set_index("metric")
        if leader in set(of_guess["label"]):
            said.append(f"no method does better than {words} there, so what was trained is of no use")
        elif len(of_guess) and of_leader["method"].iloc[0] not in GUESSES:
            better = is_better(
                of_leader["mean"], of_guess["mean"].reindex(of_leader.index), of_leader.index.to_series()
            )
            sure = tests.loc[(tests["method"] == guess) & (tests["mark_corrected"] == BETTER), "metric"]
            by = _by(list(better.index[better.fillna(False)]), total)
            confirmed = _by([metric for metric in better.index if metric in set(sure)], total) if len(tests) else ""
            beaten.setdefault((by, confirmed), []).append(words)
    for verb, certain in (("beats", True), ("has a better mean than", False)):
        parts = [
            f"{' and '.join(guesses)} by {by}"
            + (f", of which the corrected test confirms {confirmed}" if confirmed not in ("", by) else "")
            for (by, confirmed), guesses in beaten.items()
            if (by == confirmed) == certain
        ]
        if parts:
            said.append(f"{'it' if len(wins) == 1 else leader} {verb} {', '.join(parts)}")
    ranked = rows.assign(rank=_low_is_good(rows))
    nexts = ranked[ranked["label"] != ranked["best"]].sort_values("rank", kind="stable").groupby("metric").head(1)
    if nexts["apart"].isna().all():
        return "; ".join([*said, "no test can tell methods apart"]) + "."
    second = f"the next, {nexts['label'].iloc[0]}," if nexts["label"].nunique() == 1 else "the next"
    told = list(nexts.loc[nexts["apart"].fillna(False), "metric"])
    verb, by = ("tells", f" by {_by(told, total)}") if told else ("does not tell", "")
    return (
        "; ".join([*said, f"the corrected test {verb} the best from {second if told else second.rstrip(',')}{by}"])
        + "."
    )


def _by(metrics: Sequence[str], total: int) -> str:
    """How many of the metrics, and which where that is news."""
    if len(metrics) == total:
        return f"all {WORDS[total]}" if total > 1 else TITLES[metrics[0]]
    named = ", ".join(words for name, words in TITLES.items() if name in metrics)
    return f"{WORDS[len(metrics)]} ({named})" if metrics else "none"
