"""What the multiverse answers, in sentences: no number is typed into the prose of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ildl.report.multiverse import CHOICES, title_of
from ildl.report.multiverse_effects import INTERACTIONS
from ildl.report.statistics import COMPARABLE, HIGHER_IS_BETTER
from ildl.report.styled import signed

NOT_COMPARABLE = "no data set with the benchmark's features is at hand"


def answers(specs: pd.DataFrame, effects: pd.DataFrame) -> dict[str, str]:
    """Answer the three questions of the page, for one metric.

    Parameters
    ----------
    specs : DataFrame
        As `ildl.report.multiverse.specifications` returns it.
    effects : DataFrame
        As `ildl.report.multiverse_effects.choice_effects` returns it, for the same metric and head rule.

    Returns
    -------
    dict of str
        printed_holds: does the paper's result hold under the printed objective, that is, does DILDL come out inside
        the noise around the published value, and better than our RDA beyond the noise? printed_elsewhere: the same
        against our RDA alone, where the features are not the benchmark's. plain: the answer in one sentence.
        closest: which specification comes closest?
        most_important_choice: which choice matters most? counts: how many specifications are better than the published
        value, RDA (ours) and the uniform distribution? headline: two sentences of it all.
    """
    return {
        "printed_holds": _printed_holds(specs),
        "plain": "; ".join(_plain(specs)) or f"nothing can be said: {NOT_COMPARABLE}",
        "printed_elsewhere": "; ".join(_printed(specs[specs["inside_noise"].isna()])) or "no such data set",
        "closest": "; ".join(_closest(specs)) or NOT_COMPARABLE,
        "most_important_choice": "; ".join(_most_important(effects)),
        "counts": "; ".join(_counts(specs)),
        "headline": _headline(specs, effects),
    }


def closest_specification(specs: Sequence[pd.DataFrame]) -> pd.Series | None:
    """Find the one specification that comes closest to the published values over several metrics, after the fact.

    Parameters
    ----------
    specs : sequence of DataFrame
        As `ildl.report.multiverse.specifications` returns them, each for another metric, under one head rule.

    Returns
    -------
    Series or None
        The choices, params, and distance: the mean over metrics and data sets with the benchmark's features of |mean -
        published| / published. None where there is no such data set.
    """
    rows = pd.concat(specs)
    rows = rows[(rows["feature_set"] == COMPARABLE) & rows["distance"].notna()]
    if rows.empty:
        return None
    choices = [name for name in CHOICES if name in rows and name != "head_rule"]
    relative = rows.assign(distance=(rows["distance"] / rows["published"]).abs())
    means = relative.groupby([*choices, "params"], sort=False)["distance"].mean().reset_index()
    return means.sort_values("distance", kind="stable").iloc[0]


def closest_answers(specs: Sequence[pd.DataFrame]) -> dict[str, str]:
    """Say which specification comes closest over several metrics, for a page and for the tables that show it as a row.

    Parameters
    ----------
    specs : sequence of DataFrame
        As for `closest_specification`.

    Returns
    -------
    dict of str
        closest_params (JSON; "null" where nothing can be compared), closest_valid (its validation rows), and
        closest_overall (its name and distance).
    """
    nearest = closest_specification(specs)
    if nearest is None:
        return {"closest_params": "null", "closest_valid": "none", "closest_overall": NOT_COMPARABLE}
    overall = f"{reading_label(nearest)}, off by {_percent(nearest['distance'])} on average"
    return {"closest_params": nearest["params"], "closest_valid": nearest["valid"], "closest_overall": overall}


def reading_label(row: pd.Series) -> str:
    """What a specification is called: the choices that are not at their default.

    Parameters
    ----------
    row : Series
        With the choices among its names.

    Returns
    -------
    str

    Examples
    --------
    >>> reading_label(pd.Series({"criterion": "added", "dominant": "degree", "epoch_kept": "last"}))
    'criterion=added, epoch_kept=last'
    """
    changed = [f"{name}={row[name]}" for name, options in CHOICES.items() if name in row and row[name] != options[0]]
    return ", ".join(changed) or "default"


def joint_sentences(joint: pd.DataFrame) -> str:
    """Say what all specifications say together.

    Parameters
    ----------
    joint : DataFrame
        As `ildl.report.multiverse_effects.joint_test` returns it.

    Returns
    -------
    str
    """
    parts = []
    for _, row in joint.iterrows():
        seeds = "" if row["n_seeds"] == 1 else f", same sign in {row['seeds_agree']} of {row['n_seeds']} seeds"
        parts.append(
            f"{row['dataset']}: median difference {signed(row['median_difference'])} (p = {row['p']:.3f}, where "
            f"{row['smallest_p']:.3f} is the smallest that the folds allow{seeds}); "
            f"{_percent(row['share_better'])} of the specifications have a better mean than RDA"
        )
    return ". ".join(parts)


def against_rda(row: pd.Series) -> str:
    """Tell a specification and our RDA apart by the interval of their paired difference.

    Parameters
    ----------
    row : Series
        A row of `ildl.report.multiverse.specifications`.

    Returns
    -------
    {"better than", "worse than", "not told apart from"}
    """
    if row["against_rda_lower"] <= 0 <= row["against_rda_upper"]:
        return "not told apart from"
    return "better than" if (row["against_rda"] > 0) == (row["metric"] in HIGHER_IS_BETTER) else "worse than"


def holds(row: pd.Series) -> bool:
    """Whether the published result holds under a specification: inside the noise, and better than our RDA beyond it.

    Parameters
    ----------
    row : Series
        A row of `ildl.report.multiverse.specifications`.

    Returns
    -------
    bool
    """
    return bool(not pd.isna(row["inside_noise"]) and row["inside_noise"] and against_rda(row) == "better than")


def _printed_holds(specs: pd.DataFrame) -> str:
    judged = specs[(specs["printed"] != "") & specs["inside_noise"].notna()]
    if judged.empty:
        return f"It cannot be judged: {NOT_COMPARABLE}"
    held = judged.apply(holds, axis=1)
    verdict = "Yes" if held.all() else "In part" if held.any() else "No"
    said = "; ".join(_printed(judged))
    return f"{verdict}: {said}"


def _plain(specs: pd.DataFrame) -> Iterator[str]:
    """Of the printed objective and of all specifications, how many give the published result again."""
    for dataset, rows in specs[specs["inside_noise"].notna()].groupby("dataset", sort=False):
        held, printed = rows.apply(holds, axis=1), rows["printed"] != ""
        gives = "gives" if held[printed].all() else "gives in part" if held[printed].any() else "does not give"
        near, better = int(rows["inside_noise"].sum()), int(held.sum())
        yield (
            f"on {dataset} the printed objective {gives} the published result; of {len(rows)} combinations of what the "
            f"paper leaves open, {near} lie inside the noise around it, and {better or 'none'} of "
            f"these {'are' if better > 1 else 'is'} better than our RDA by more than the noise"
        )


def _printed(specs: pd.DataFrame) -> Iterator[str]:
    """What the printed objective gives, data set by data set, with what can be said of it."""
    for dataset, rows in specs[specs["printed"] != ""].groupby("dataset", sort=False):
        ways = []
        for _, row in rows.sort_values("printed").iterrows():
            noise = "" if pd.isna(row["inside_noise"]) else f"{'in' if row['inside_noise'] else 'out'}side the noise, "
            ways.append(f"{row['mean']:.4f} with the {row['printed']} ({noise}{against_rda(row)} our RDA)")
        published = rows["published"].iloc[0]
        where = "" if rows["inside_noise"].isna().any() else f", where {published:.4f} is published"
        yield f"on {dataset}{where}, ours is {' and '.join(ways)}"


def _closest(specs: pd.DataFrame) -> Iterator[str]:
    for _, row in specs[specs["closest"] & (specs["feature_set"] == COMPARABLE)].drop_duplicates("dataset").iterrows():
        of_dataset = specs[specs["dataset"] == row["dataset"]]
        inside = ""
        if not pd.isna(row["inside_noise"]):
            inside = f"; {int(of_dataset['inside_noise'].sum())} of {len(of_dataset)} lie inside the noise"
        yield (
            f"{row['dataset']}: {reading_label(row)}, {row['mean']:.4f} against {row['published']:.4f} (difference "
            f"{signed(row['distance'])}{inside})"
        )


def _most_important(effects: pd.DataFrame) -> Iterator[str]:
    for dataset, shares in _shares(effects):
        ranked = shares.drop(INTERACTIONS).sort_values("share", ascending=False, kind="stable")
        named = ", then ".join(
            f"{choice} ({_percent(row['share'])} of the variance, {_percent(row['total'])} with its interactions)"
            for choice, row in ranked.head(2).iterrows()
        )
        total = ranked["total"].idxmax()
        other = "" if total == ranked.index[0] else f"; with interactions, {total} leads"
        yield f"{dataset}: {named}{other}"


def _counts(specs: pd.DataFrame) -> Iterator[str]:
    for dataset, rows in specs.groupby("dataset", sort=False):
        others = {"our RDA": "rda", "the uniform distribution": "uniform"}
        if rows["feature_set"].iloc[0] == COMPARABLE and rows["published"].notna().any():
            others = {"the published value": "published", **others}
        counts = [f"{int(rows[f'better_than_{column}'].sum())} better than {name}" for name, column in others.items()]
        yield f"{dataset}: of {len(rows)} specifications, {', '.join(counts)}"


def _headline(specs: pd.DataFrame, effects: pd.DataFrame) -> str:
    metric = title_of(specs["metric"].iloc[0]).partition(" (")[0]
    judged = specs[(specs["printed"] != "") & specs["inside_noise"].notna()]
    first = f"The published result cannot be held against the printed objective: {NOT_COMPARABLE}"
    if len(judged):
        held = int(judged.apply(holds, axis=1).sum())
        first = (
            f"{metric}, {', '.join(judged['dataset'].unique())}: under the printed objective the published result "
            f"holds in {held} of the {len(judged)} ways to take it; closest, found after the fact, comes "
            f"{'; '.join(_closest(specs)).partition(': ')[2]}"
        )
    leading = [f"{shares['share'].drop(INTERACTIONS).idxmax()} ({dataset})" for dataset, shares in _shares(effects)]
    return f"{first}. The choice that matters most: {', '.join(leading)}."


def _shares(effects: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for dataset, rows in effects.drop_duplicates(["dataset", "choice"]).groupby("dataset", sort=False):
        yield str(dataset), rows.set_index("choice")[["share", "total"]]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
