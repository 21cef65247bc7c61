"""Numbers and checks of the page on the derivation."""

from __future__ import annotations

import pandas as pd

from companion.base.equations import first_term_weight
from companion.base.statements import ALPHA as ALPHA_SYMBOL
from companion.base.statements import BETA
from companion.derivation.fading import DECOUPLED, EQUAL, PLAIN, RIGHT
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
from companion.show.facts import Facts

MIDDLE, FAR = 0.55, 0.8
"""Sentences on real labels are about data sets with a bin beyond `FAR`, against the bin at `MIDDLE`."""
DIGITS, FINITE = 1e-12, 1e-7
"""Rounding of automatic differentiation, and of finite differences."""


def derivation_facts(
    checks: pd.DataFrame,
    implemented: pd.DataFrame,
    truth: dict[tuple[str, str], float],
    row: pd.DataFrame,
    losses: dict[str, float],
    grid: pd.DataFrame,
    real: pd.DataFrame,
    shares: pd.DataFrame,
    routing: pd.DataFrame,
) -> Facts:
    """Collect what the page says; the frames are those that it shows."""
    lines = line_verdicts(checks)
    equations = equation_verdicts(lines)
    encoders = routing[routing["part"].str.endswith("label encoder") & (routing["side"] == "stopped")]
    untrained = ~encoders.drop(columns=["part", "side"]).astype(bool).any(axis=1)
    weight = {name: value.subs({ALPHA_SYMBOL: ALPHA, BETA: 1 - ALPHA}) for name, value in first_term_weight().items()}
    above = shares.set_index("dataset")["above"].reindex(["Movie", "Natural_Scene"])
    top = row["share"].isna()
    numbers: dict[str, float | int | str | None] = {
        "equations": len(equations),
        **{name: int((equations["verdict"] == verdict).sum()) for name, verdict in VERDICTS.items()},
        "lines": len(lines),
        **{f"lines_{name}": int((lines["verdict"] == verdict).sum()) for name, verdict in VERDICTS.items()},
        "lost": int(equations["lost"].sum()),
        **{f"row_{name}": value for name, value in losses.items()},
        "row_top": float(row.loc[top, "degree"].item()),
        "label_encoders": len(encoders),
        "untrained": int(untrained.sum()),
        "threshold": float(1 - weight["threshold"]),
        **fading_numbers(grid),
        **real_numbers(real),
        **{f"above_{str(name).lower()}": 100 * share for name, share in above.items()},
    }
    whole = row["formula"].sum()
    checked = {
        "every equation holds as printed, mended, or with other targets": len(equations) == len(EQUATIONS)
        and bool(equations["verdict"].isin(VERDICTS.values()).all()),
        "with the derived targets every line holds, some after mending": all_hold(checks, lines),
        "the plain divergence splits with both derived targets alone": mended_for(checks, 4, "can be re-written"),
        "Eq. (11) holds with both derived targets alone": mended_for(checks, 11, "weight"),
        "the results of Eq. (6) and (7) hold for any target": holds_for_all(checks, (6, 7), "result"),
        "the library's gradients are those of automatic differentiation": bool(len(implemented))
        and bool((implemented["autograd"] < DIGITS).all() and (implemented["finite_differences"] < FINITE).all()),
        "the right prediction is a minimum with both derived targets alone": {
            targets for targets, value in truth.items() if value < DIGITS
        }
        == {DERIVED},
        "in the worked row, formula and automatic differentiation agree": bool(
            (row["formula"] - row["autograd"]).abs().max() < DIGITS
        )
        and abs(whole) < DIGITS,
        "in the worked row, the divergence splits": abs(
            losses["first"] + (1 - numbers["row_top"]) * losses["second"] - losses["plain"]  # type: ignore[operator]
        )
        < DIGITS,
        "two of three label encoders are not trained": (len(encoders), int(untrained.sum())) == (3, 2),
        **fading_checks(grid),
        **real_checks(real),
        "in Movie and Natural Scene, fewer than a tenth of the rows have a dominant degree above alpha": bool(
            (above < 1 / 10).all()
        ),
    }
    return Facts(numbers, checked)


VERDICTS = {"as_printed": AS_PRINTED, "mended": MENDED, "conditional": CONDITIONAL}


def all_hold(checks: pd.DataFrame, lines: pd.DataFrame) -> bool:
    """Whether each line has a form that holds with the derived targets."""
    derived = (checks["dominant"] == DERIVED[0]) & (checks["nondominant"] == DERIVED[1])
    rows = checks[derived | (checks["dominant"] == "")].set_index(["equation", "what"])
    kept = rows.loc[rows.index.isin(list(lines[["equation", "what"]].itertuples(index=False, name=None)))]
    return len(kept) == len(lines) and bool((kept["holds"] | kept["corrected_holds"]).all())


def mended_for(checks: pd.DataFrame, equation: int, what: str) -> bool:
    """Whether the mended form of a line holds with the derived targets, and no form of it with any others."""
    rows = checks[(checks["equation"] == equation) & checks["what"].str.contains(what, regex=False)]
    good = rows[rows["holds"] | rows["corrected_holds"]]
    return set(zip(good["dominant"], good["nondominant"], strict=True)) == {DERIVED}


def holds_for_all(checks: pd.DataFrame, equations: tuple[int, ...], what: str) -> bool:
    """Whether the printed line of each of these equations holds for any target."""
    rows = checks[checks["equation"].isin(equations) & (checks["what"] == what)]
    return set(rows["equation"]) == set(equations) and bool(rows["holds"].all())


def at(grid: pd.DataFrame, prediction: str, degree: float) -> pd.Series:
    """The row of the chart's grid with the paper's alpha."""
    rows = grid[(grid["prediction"] == prediction) & (grid["degree"] == degree) & (grid["alpha"] == ALPHA)]
    return rows[["plain", "decoupled"]].iloc[0]


def fading_numbers(grid: pd.DataFrame) -> dict[str, float]:
    """From 0.5 to 0.9: how much the plain gradient falls or grows, and the decoupled one over it."""
    right, equal = ((at(grid, name, 0.5), at(grid, name, 0.9)) for name in (RIGHT, EQUAL))
    return {
        "falls": right[0]["plain"] / right[1]["plain"],
        "gain": right[1]["decoupled"] / right[1]["plain"],
        "grows": equal[1]["plain"] / equal[0]["plain"],
        "gain_equal": equal[1]["decoupled"] / equal[1]["plain"],
    }


def fading_checks(grid: pd.DataFrame) -> dict[str, bool]:
    """What the chart shows at the paper's alpha, over all of its degrees."""
    wide = {name: rows[rows["alpha"] == ALPHA] for name, rows in grid.groupby("prediction")}
    right, equal = wide[RIGHT].sort_values("degree"), wide[EQUAL].sort_values("degree")
    beyond = right["degree"] > ALPHA
    return {
        "where the dominant degree is right, the plain gradient fades and the decoupled one does not": bool(
            (right["plain"].diff().dropna() < 0).all() and right["decoupled"].max() - right["decoupled"].min() < DIGITS
        ),
        "the decoupled gradient is the larger one beyond alpha, and the smaller one below": bool(
            (right.loc[beyond, "decoupled"] > right.loc[beyond, "plain"]).all()
            and (right.loc[right["degree"] < ALPHA, "decoupled"] < right.loc[right["degree"] < ALPHA, "plain"]).all()
        ),
        "at equal degrees, the plain gradient grows from 0.5 on, and the decoupled one is the smaller one at 0.9": bool(
            (equal.loc[equal["degree"] >= 0.5, "plain"].diff().dropna() > 0).all()
        )
        and fading_numbers(grid)["gain_equal"] < 1,
        # both predictions have the same shares, so what is left of the squares is the level
        "at equal degrees, most of the plain gradient is level": bool(
            at(grid, RIGHT, 0.9)["plain"] ** 2 < at(grid, EQUAL, 0.9)["plain"] ** 2 / 2
        ),
    }


def real_ratios(real: pd.DataFrame) -> pd.DataFrame:
    """Last bin over the middle one: a row a data set with bins beyond `FAR`, columns prediction and loss."""
    reach = real.groupby("dataset")["degree"].max()
    rows = real[real["dataset"].isin(reach.index[reach > FAR])]
    medians = rows.pivot(index=["dataset", "degree"], columns=["prediction", "loss"], values="median").sort_index()
    if medians.empty:
        return medians
    return medians.groupby(level="dataset").last() / medians.xs(MIDDLE, level="degree")


def real_numbers(real: pd.DataFrame) -> dict[str, float | int | str | None]:
    """Extremes of these ratios over the data sets."""
    ratios = real_ratios(real)
    return {
        "real_sets": len(ratios),
        "real_all": int(real["dataset"].nunique()),
        "real_plain_most": float(ratios[RIGHT, PLAIN].max()) if len(ratios) else None,
        "real_decoupled_least": float(ratios[RIGHT, DECOUPLED].min()) if len(ratios) else None,
        "real_equal_least": float(ratios[EQUAL, PLAIN].min()) if len(ratios) else None,
    }


def real_checks(real: pd.DataFrame) -> dict[str, bool]:
    """What is so on all of them."""
    ratios = real_ratios(real)
    some = bool(len(ratios))
    return {
        "on real labels with the dominant degree right, the plain gradient falls to less than two thirds": some
        and bool((ratios[RIGHT, PLAIN] < 2 / 3).all()),
        "on real labels with the dominant degree right, the decoupled gradient keeps four fifths": some
        and bool((ratios[RIGHT, DECOUPLED] > 4 / 5).all()),
        "on real labels at equal degrees, the plain gradient does not fall": some
        and bool((ratios[EQUAL, PLAIN] >= 1).all()),
    }
