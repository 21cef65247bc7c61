"""What is true under every specification, and what is not: named statements, each evaluated over all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from companion.multiverse.multiverse_choices import CHOICES
from ildl.compare.corrected import LEVEL
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE, is_better

Check = Callable[[pd.DataFrame], "pd.Series[bool]"]


def _is_not(verdict: str, rival: str) -> Check:
    return lambda specs: (specs[f"vs_{rival}"] != verdict).astype("boolean").mask(specs[f"vs_{rival}"].isna())


def _beaten_by(column: str) -> Check:
    return lambda specs: is_better(specs[column], specs["mean"], specs["metric"].iloc[0])


STATEMENTS: Mapping[str, Check] = {
    "not better than RDA, beyond the noise": _is_not(BETTER, "rda"),
    "not worse than RDA, beyond the noise": _is_not(WORSE, "rda"),
    "not better than RDA as in the tables, beyond the noise": _is_not(BETTER, "rda_default"),
    "not better than OFR-DB (RDA without alignment), beyond the noise": _is_not(BETTER, "ofr_db"),
    "not worse than OFR-DB (RDA without alignment), beyond the noise": _is_not(WORSE, "ofr_db"),
    "not better than equal degrees, beyond the noise": _is_not(BETTER, "uniform"),
    "equal degrees score better": _beaten_by("uniform"),
    "the published value is better": _beaten_by("published"),
    "outside the noise around the published value": lambda specs: ~specs["inside_noise"],
}
"""What is said of a specification -> whether it holds (NA where it cannot be judged)."""


def evaluate_statements(specs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Evaluate every statement over the specifications of each data set with the benchmark's features.

    Parameters
    ----------
    specs : mapping of str to DataFrame
        Metric -> as `companion.multiverse.multiverse.specifications` returns it.

    Returns
    -------
    DataFrame
        One row a statement, data set and metric: statement, dataset, metric, n (specifications that can be judged),
        holds (how many), everywhere (n and holds are equal, and not 0), exceptions (see `common_options`).
    """
    rows = []
    for metric, frame in specs.items():
        for dataset, of_dataset in frame[frame["feature_set"] == COMPARABLE].groupby("dataset", sort=False):
            for statement, check in STATEMENTS.items():
                held = check(of_dataset)
                n, holds = int(held.notna().sum()), int(held.sum())
                row = {"statement": statement, "dataset": dataset, "metric": metric, "n": n, "holds": holds}
                judged = of_dataset[held.notna()]
                where = common_options(judged, ~held[held.notna()].astype(bool))
                rows.append(row | {"everywhere": n == holds > 0, "exceptions": where})
    return pd.DataFrame(rows)


def common_options(specs: pd.DataFrame, chosen: pd.Series) -> str:
    """Say which options some specifications have in common.

    Parameters
    ----------
    specs : DataFrame
        With a column for every choice.
    chosen : Series of bool
        Which of them.

    Returns
    -------
    str
        "valid_from: unsampled; epoch_kept: best", the rarest option first; what so many specifications drawn at random
        would share, too (with a probability above `LEVEL`), is not named. Where there is nothing to name, the option
        whose share among them is the most above its share among all, with the count: "epoch_kept: best (7 of 9)".
    """
    some = specs[chosen]
    if some.empty or len(some) == len(specs):
        return ""
    shares = {
        (name, option): (share, (some[name] == option).sum())
        for name in (name for name in CHOICES if name in specs)
        for option, share in specs[name].value_counts(normalize=True, sort=False).items()
    }
    common = {key: share for key, (share, n) in shares.items() if n == len(some) and share**n <= LEVEL}
    if common:
        return "; ".join(f"{name}: {option}" for name, option in sorted(common, key=lambda key: common[key]))
    (name, option), (_, n) = max(shares.items(), key=lambda item: item[1][1] / len(some) - item[1][0])
    return f"{name}: {option} ({n} of {len(some)})"


def everywhere(statements: pd.DataFrame) -> list[str]:
    """Statements that hold under every specification, on every data set and in every metric that they were judged by.

    Parameters
    ----------
    statements : DataFrame
        As `evaluate_statements` returns it.

    Returns
    -------
    list of str
    """
    held = statements.groupby("statement", sort=False)["everywhere"].all()
    return [str(name) for name in held.index[held]]
