"""What the paper concludes from Fig. 3, sentence by sentence, held against our curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.base.constants_answers import listed
from companion.sensitivity.sensitivity import GROUP, PAPER
from companion.show.contrast_tables import p_text, text_table
from companion.show.styled import DASH, ScrollingTable
from ildl.checks import check_option
from ildl.compare.frames import rows_of

SYMBOLS = {"alpha": "α", "beta": "β", "gamma": "γ", "lam": "λ"}
CLAIMS = {
    "alpha": "α is more sensitive than the other three",
    **{f"{name} best": f"{SYMBOLS[name]} = {setting:g} is best" for name, setting in PAPER.items()},
}
"""Key -> the claim, for one data set. The paper says "in most cases" of α = 0.6, and "better performances" of 0.1."""
FINDINGS = HOLDS, UNDECIDED, FAILS = "holds", "within the noise", "fails"


def sensitivity_claims(facts: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    """Test each claim on each data set under each reading.

    Parameters
    ----------
    facts : DataFrame
        As `companion.sensitivity.sensitivity.sensitivity_facts` returns it.
    comparisons : DataFrame
        As `companion.sensitivity.sensitivity.compare_sensitivity` returns it for alpha, of the same results.

    Returns
    -------
    DataFrame
        One row a data set, reading and claim: dataset, feature_set, reading; claim (key of `CLAIMS`), sentence;
        finding; evidence (text). The first claim "holds" where alpha is significantly more sensitive than each other
        parameter, "fails" where another one is significantly more sensitive, and is "within the noise" otherwise. A
        claim on a setting "holds" where it is the best of the grid, is "within the noise" where the best is not
        significantly better, and "fails" otherwise.
    """
    rows = []
    for group, of_group in facts.groupby(GROUP, sort=False):
        names = dict(zip(GROUP, group, strict=True))
        others = comparisons[(comparisons[GROUP] == list(group)).all(axis=1)]
        found = [("alpha", *_most_sensitive(of_group, others))]
        found += [(f"{fact['parameter']} best", *_best(fact)) for _, fact in of_group.iterrows()]
        rows += [
            {**names, "claim": claim, "sentence": CLAIMS[claim], "finding": finding, "evidence": evidence}
            for claim, finding, evidence in found
        ]
    return pd.DataFrame(rows)


def count_findings(claims: pd.DataFrame, keys: Sequence[str], reading: str) -> str:
    """Count the findings on some claims under one reading.

    Parameters
    ----------
    claims : DataFrame
        As `sensitivity_claims` returns it.
    keys : sequence of str
        Keys of `CLAIMS`.
    reading : str

    Returns
    -------
    str
        "holds in 1 of 3 cases and is within the noise in 2"

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    for key in keys:
        check_option(key, CLAIMS, "claim")
    rows = rows_of(claims, "reading", reading)
    findings = rows.loc[rows["claim"].isin(keys), "finding"]
    words = {HOLDS: HOLDS, FAILS: FAILS, UNDECIDED: f"is {UNDECIDED}"}
    counts = [(said, n) for name, said in words.items() if (n := int((findings == name).sum()))]
    if len(counts) < 2:
        return f"{counts[0][0]} in all {len(findings)} cases" if counts else "was tested in no case"
    return listed(f"{said} in {n}{'' if i else f' of {len(findings)} cases'}" for i, (said, n) in enumerate(counts))


def most_sensitive(facts: pd.DataFrame, reading: str) -> str:
    """Name the parameter with the widest range on each data set, and say how the range compares with its noise.

    Parameters
    ----------
    facts : DataFrame
        As `companion.sensitivity.sensitivity.sensitivity_facts` returns it.
    reading : str

    Returns
    -------
    str
        "α on Movie (range 0.0193, 0.4 times its noise), ..."

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    parts = []
    for dataset, rows in rows_of(facts, "reading", reading).groupby("dataset", sort=False):
        widest = rows.iloc[int(rows["range"].to_numpy().argmax())]
        symbol = SYMBOLS[widest["parameter"]]
        parts.append(f"{symbol} on {dataset} (range {widest['range']:.4f}, {widest['ratio']:.1f} times its noise)")
    return ", ".join(parts)


def sensitivity_headline(claims: pd.DataFrame, facts: pd.DataFrame, reading: str) -> str:
    """Say in a sentence or two what the sensitivity analysis finds under one reading.

    Parameters
    ----------
    claims, facts : DataFrame
        As `sensitivity_claims` and `companion.sensitivity.sensitivity.sensitivity_facts` return them.
    reading : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    others = [f"{name} best" for name in PAPER if name != "alpha"]
    moved = rows_of(facts, "reading", reading)
    beyond = int((moved["ratio"] > 1).sum())
    counts = [count_findings(claims, keys, reading) for keys in (["alpha"], ["alpha best"], others)]
    return (
        f"Under the {reading} reading, “α is the most sensitive parameter” {counts[0]}; “α = {PAPER['alpha']:g} is "
        f"best” {counts[1]}; “{PAPER['beta']:g} is best for the other three” {counts[2]}. The range of the mean over a "
        f"grid exceeds its noise for {beyond} of {len(moved)} curves."
    )


def render_facts(facts: pd.DataFrame, metric: str, caption: str) -> ScrollingTable:
    """Show how sensitive each parameter is and whether the paper's choice is best: a row a curve.

    Parameters
    ----------
    facts : DataFrame
        As `companion.sensitivity.sensitivity.sensitivity_facts` returns it.
    metric : str
    caption : str
        How to read the table is added to it.

    Returns
    -------
    ScrollingTable
    """
    headers = [dataset_header(*pair) for pair in zip(facts["dataset"], facts["feature_set"], strict=True)]
    text = pd.DataFrame(
        {
            "best": [f"{row['best']:g} ({row['best_mean']:.4f})" for _, row in facts.iterrows()],
            "best of each seed": facts["best_of_seeds"],
            "paper": [f"{row['paper']:g} ({row['paper_mean']:.4f})" for _, row in facts.iterrows()],
            "rank": [f"{row['rank']} of {row['n_settings']}" for _, row in facts.iterrows()],
            "p corrected": [p_text(value) for value in facts["p_corrected"]],
            "p Holm": [p_text(value) for value in facts["p_holm"]],
            "range": [f"{value:.4f}" for value in facts["range"]],
            "range / noise": [f"{value:.1f}" for value in facts["ratio"]],
            "p Friedman": [p_text(value) for value in facts["p_friedman"]],
        }
    )
    names = facts["reading"] + ": " + headers
    text.index = pd.MultiIndex.from_arrays([names, facts["parameter"].map(SYMBOLS)])
    bold = np.zeros(text.shape, dtype=bool)
    widest = facts.groupby(GROUP, sort=False)["range"].transform("max") == facts["range"]
    bold[:, list(text.columns).index("range")] = widest
    reading = (
        f"{METRIC_TITLES[metric]}. Best and paper: setting, and mean over folds and seeds. p corrected: the paper's "
        "choice against the best (corrected resampled t-test), p Holm: adjusted for all settings of the grid, among "
        f"which the best was found; {DASH}: the paper's choice is the best. Range: of the mean over the grid, bold the "
        "widest of the four; noise: half the 95 % interval of the difference between the worst and the best setting. p "
        "Friedman: are the settings of a grid alike, with folds as blocks (which takes folds for independent, and so "
        "finds too much)?"
    )
    return text_table(text, f"{caption} {reading}", f"{caption} {metric}", bold)


def render_claims(claims: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show the findings: a row a reading and data set, a column a claim.

    Parameters
    ----------
    claims : DataFrame
        As `sensitivity_claims` returns it.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    headers = [dataset_header(*pair) for pair in zip(claims["dataset"], claims["feature_set"], strict=True)]
    cells = claims.assign(header=headers).sort_values(
        "reading", key=lambda names: names.map(list(names.unique()).index), kind="stable"
    )
    rows = pd.MultiIndex.from_frame(cells[["reading", "header"]].drop_duplicates())
    wide = cells.pivot(index=["reading", "header"], columns="sentence", values="finding")
    return text_table(wide.loc[rows, list(CLAIMS.values())], caption, caption)


def _most_sensitive(facts: pd.DataFrame, others: pd.DataFrame) -> tuple[str, str]:
    findings = set(others["finding"])
    finding = HOLDS if findings == {"more"} else FAILS if "less" in findings else UNDECIDED
    ranges = ", ".join(f"{SYMBOLS[row['parameter']]} {row['range']:.4f}" for _, row in facts.iterrows())
    tests = ", ".join(f"{SYMBOLS[row['other']]} {p_text(row['p_holm'])}" for _, row in others.iterrows())
    return finding, f"range of the mean over the grid: {ranges}; α against the others, p (Holm): {tests}"


def _best(fact: pd.Series) -> tuple[str, str]:
    if fact["paper_best"]:
        return HOLDS, f"best of {fact['n_settings']} settings, mean {fact['best_mean']:.4f}"
    evidence = (
        f"{fact['best']:g} gives {fact['best_mean']:.4f}, the paper's {fact['paper']:g} {fact['paper_mean']:.4f} "
        f"(rank {fact['rank']} of {fact['n_settings']}), p (Holm) {p_text(fact['p_holm'])}"
    )
    return UNDECIDED if fact["within_noise"] else FAILS, evidence
