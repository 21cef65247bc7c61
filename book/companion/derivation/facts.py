"""Numbers and checks of the page on the derivation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.equations import first_term_weight
from companion.base.statements import ALPHA as ALPHA_SYMBOL
from companion.base.statements import BETA
from companion.derivation.fading import CALLED, DECOUPLED, EQUAL, PLAIN, RIGHT, real_rows
from companion.derivation.row import ALPHA
from companion.derivation.verdicts import (
    AS_PRINTED,
    CONDITIONAL,
    DERIVED,
    EQUATIONS,
    MENDED,
    equation_verdicts,
    line_verdicts,
)
from companion.evidence.fading import DEGREES, MOVED
from companion.show.facts import Facts, every

MIDDLE, FAR = 0.55, 0.8
"""Sentences on real labels are about data sets with a bin beyond `FAR`, against the bin at `MIDDLE`."""
DIGITS, FINITE = 1e-12, 1e-7
"""Rounding of automatic differentiation, and of finite differences."""
VERDICTS = {"as_printed": AS_PRINTED, "mended": MENDED, "conditional": CONDITIONAL}
Said = tuple[dict[str, Any], dict[str, bool]]
"""Numbers and checks."""


def derivation_facts(
    checks: pd.DataFrame,
    implemented: pd.DataFrame,
    truth: Mapping[tuple[str, str], float],
    row: pd.DataFrame,
    losses: Mapping[str, float],
    grid: pd.DataFrame,
    evidence: pd.DataFrame,
    degrees: pd.DataFrame,
    routing: pd.DataFrame,
) -> Facts:
    """Collect what the page says; `evidence` is on real labels, `degrees` counts rows before and after the sampling."""
    lines = line_verdicts(checks)
    equations = equation_verdicts(lines)
    encoders = routing[routing["part"].str.endswith("label encoder") & (routing["side"] == "stopped")]
    untrained = ~encoders.drop(columns=["part", "side"]).astype(bool).any(axis=1)
    threshold = first_term_weight()["threshold"].subs({ALPHA_SYMBOL: ALPHA, BETA: 1 - ALPHA})
    kept = degrees.groupby("dataset")["after"].sum()
    above = degrees[degrees["degree"] > ALPHA + DIGITS].groupby("dataset")["after"].sum() / kept
    above = above.reindex(["Movie", "Natural_Scene"])
    rest = 1 - row.loc[row["share"].isna(), "degree"].item()
    parts = fading_facts(grid), real_facts(real_rows(evidence)), printed_facts(evidence)
    numbers = {
        "equations": len(equations),
        **{name: int((equations["verdict"] == verdict).sum()) for name, verdict in VERDICTS.items()},
        "lines": len(lines),
        "lines_as_printed": int((lines["verdict"] == AS_PRINTED).sum()),
        **{f"row_{name}": value for name, value in losses.items()},
        "label_encoders": len(encoders),
        "untrained": int(untrained.sum()),
        "threshold": float(1 - threshold),
        **{f"above_{str(name).lower()}": share for name, share in above.items()},
    }
    results = checks[checks["equation"].isin([6, 7]) & (checks["what"] == "result")]
    said = {
        "every equation holds as printed, mended, or with other targets": len(equations) == len(EQUATIONS)
        and every(equations["verdict"].isin(VERDICTS.values())),
        "with the derived targets every line holds, some after mending": all_hold(checks, lines),
        "the plain divergence splits with both derived targets alone": targets_of(checks, 4, "can be re-written")
        == {DERIVED},
        "Eq. (11) holds with both derived targets alone": targets_of(checks, 11, "weight") == {DERIVED},
        "the results of Eq. (6) and (7) hold for any target": set(results["equation"]) == {6, 7}
        and every(results["holds"]),
        "the library's gradients are those of automatic differentiation": every(implemented["autograd"] < DIGITS)
        and every(implemented["finite_differences"] < FINITE),
        "the right prediction is a minimum with both derived targets alone": {
            targets for targets, value in truth.items() if value < DIGITS
        }
        == {DERIVED},
        "in the worked row, formula and automatic differentiation agree": every(
            (row["formula"] - row["autograd"]).abs() < DIGITS
        )
        and abs(row["formula"].sum()) < DIGITS,
        "in the worked row, the divergence splits": abs(losses["first"] + rest * losses["second"] - losses["plain"])
        < DIGITS,
        "two of three label encoders are not trained": (len(encoders), untrained.sum()) == (3, 2),
        "in Movie and Natural Scene, few rows trained on have a dominant degree above alpha": every(above < 1 / 8),
    }
    for more_numbers, more in parts:
        numbers, said = numbers | more_numbers, said | more
    return Facts(numbers, said)


def all_hold(checks: pd.DataFrame, lines: pd.DataFrame) -> bool:
    """Whether each line has a form that holds with the derived targets."""
    derived = (checks["dominant"] == DERIVED[0]) & (checks["nondominant"] == DERIVED[1])
    good = checks[(derived | (checks["dominant"] == "")) & (checks["holds"] | checks["corrected_holds"])]
    keys = ["equation", "what"]
    return set(lines[keys].itertuples(index=False, name=None)) <= set(good[keys].itertuples(index=False, name=None))


def targets_of(checks: pd.DataFrame, equation: int, what: str) -> set[tuple[str, str]]:
    """Targets with which a line holds, as printed or mended."""
    rows = checks[(checks["equation"] == equation) & checks["what"].str.contains(what, regex=False)]
    good = rows[rows["holds"] | rows["corrected_holds"]]
    return set(zip(good["dominant"], good["nondominant"], strict=True))


def fading_facts(grid: pd.DataFrame) -> Said:
    """What the chart shows at the paper's alpha, over all of its degrees, and from 0.5 to 0.9."""
    wide = grid[grid["alpha"] == ALPHA].pivot(index="degree", columns="prediction", values=["plain", "decoupled"])
    right, equal = (wide.xs(name, axis=1, level="prediction") for name in (RIGHT, EQUAL))
    gain = (right["decoupled"] > right["plain"]).to_numpy()
    numbers = {
        "falls": right["plain"][0.5] / right["plain"][0.9],
        "gain": right["decoupled"][0.9] / right["plain"][0.9],
        "grows": equal["plain"][0.9] / equal["plain"][0.5],
        "gain_equal": equal["decoupled"][0.9] / equal["plain"][0.9],
    }
    checks = {
        "where the dominant degree is right, the plain gradient fades and the decoupled one does not": every(
            right["plain"].diff().dropna() < 0
        )
        and bool(right["decoupled"].max() - right["decoupled"].min() < DIGITS),
        "the decoupled gradient is the larger one beyond alpha, and the smaller one below": every(
            gain[wide.index > ALPHA]
        )
        and every(~gain[wide.index < ALPHA]),
        "at equal degrees, the plain gradient grows from 0.5 on, and the decoupled one is the smaller one at 0.9": bool(
            numbers["gain_equal"] < 1
        )
        and every(equal["plain"].loc[0.5:].diff().dropna() > 0),
        # both predictions have the same shares, so what is left of the squares is the level
        "at equal degrees, most of the plain gradient is level": bool(
            right["plain"][0.9] ** 2 < equal["plain"][0.9] ** 2 / 2
        ),
    }
    return numbers, checks


def real_facts(real: pd.DataFrame) -> Said:
    """What is so on real labels: the last bin over the middle one, on every data set with bins beyond `FAR`."""
    reach = real.groupby("dataset")["degree"].transform("max")
    medians = real[reach > FAR].pivot(index=["dataset", "degree"], columns=["prediction", "loss"], values="median")
    medians = medians.reindex(columns=[(RIGHT, PLAIN), (RIGHT, DECOUPLED), (EQUAL, PLAIN)]).sort_index()
    middle = medians[medians.index.get_level_values("degree") == MIDDLE].droplevel("degree")
    ratios = medians.groupby(level="dataset").last() / middle
    plain, decoupled, equal = (ratios.iloc[:, place] for place in range(3))
    numbers = {
        "real_sets": len(ratios),
        "real_all": int(real["dataset"].nunique()),
        "real_plain_most": plain.max() if len(ratios) else None,
        "real_decoupled_least": decoupled.min() if len(ratios) else None,
    }
    checks = {
        "on real labels with the dominant degree right, the plain gradient falls to less than two thirds": every(
            plain < 2 / 3
        ),
        "on real labels with the dominant degree right, the decoupled gradient keeps four fifths": every(
            decoupled > 4 / 5
        ),
        "on real labels at equal degrees, the plain gradient does not fall": every(equal >= 1),
    }
    return numbers, checks


def printed_facts(evidence: pd.DataFrame) -> Said:
    """What the targets of Eq. (2) and (3) do on real labels whose dominant degree alone is set, from 0.5 to 0.9."""
    moved = evidence[(evidence["labels"] == MOVED) & (evidence["targets"] == "printed")]
    moved = moved[moved["prediction"].map(CALLED) == RIGHT]
    moved = moved.assign(degree=moved["degree"].round(2))
    medians = moved.pivot(index=["dataset", "loss"], columns="degree", values="median")
    keeps = (medians[max(DEGREES)] / medians[min(DEGREES)]).unstack("loss").rename(columns=CALLED)
    return {"printed_keeps": float(keeps[DECOUPLED].max())}, {
        "with the targets as printed, the decoupled gradient fades as the plain one does": every(
            keeps[DECOUPLED] <= keeps[PLAIN] + FINITE
        )
    }
