"""What an effect with its interval says of a claim: it bears it out, it does not, or it leaves it open.

An effect is a difference that is positive where the claim's side is better. Its 95 % interval is that of the corrected
resampled t-test (`ildl.compare.corrected.half_width`). Wholly on the claim's side of zero it bears the claim out.
Wholly on the other side, or wholly below the smallest effect that matters, it does not. Else nothing follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from companion.claims.verdicts import Point, Verdict, first
from companion.show.look import signed
from ildl.compare.corrected import LEVEL, t_quantile

SHARE = 0.5
"""The smallest effect that matters, as a share of the difference that the paper prints in the cell: a convention."""
FOR, OPEN, SMALL, AGAINST = SIDES = ("on the paper’s side", "open", "too small to matter", "on the other side")
"""Where an interval can lie."""
SPLITS = np.arange(3, 1001)
"""Numbers of splits that somebody may run."""
QUANTILES = stats.t.ppf(1 - LEVEL / 2, SPLITS - 1)


class Effect(NamedTuple):
    """A difference, positive on the claim's side, with half of its 95 % interval; `drawn`: in print there is none."""

    what: str
    gain: float
    half: float
    n_folds: int
    test_share: float
    smallest: float = 0.0
    drawn: bool = False

    def __str__(self) -> str:
        return f"{self.what}: {signed(self.gain)} [{signed(self.gain - self.half)}, {signed(self.gain + self.half)}]"


def side_of(effect: Effect, n_effects: int = 1, or_equal: bool = False, n_tried: int = 1) -> str:
    """Say where the interval of an effect lies, widened for the many (Bonferroni); touching a bound is not beyond it.

    One of `n_effects` lies on the other side by chance, one of `n_tried` combinations on the claim's. `or_equal`: the
    claim is that nothing is better.
    """
    floor = -effect.smallest if or_equal else 0.0
    if effect.half == 0:  # the same in every fold
        return FOR if effect.gain > floor or (or_equal and effect.gain == floor) else AGAINST
    if effect.gain + widened(effect.half, effect.n_folds, n_effects) < 0:
        return AGAINST
    if effect.gain - widened(effect.half, effect.n_folds, n_tried) > floor:
        return FOR
    small = 0 < effect.smallest > effect.gain + effect.half
    return SMALL if small and not or_equal else OPEN


def widened(half: float, n_folds: int, n_effects: int) -> float:
    """Half the width of an interval at the level 1 - 0.05 / n_effects, from that at 95 %."""
    return half * t_quantile(n_folds - 1, LEVEL / n_effects) / t_quantile(n_folds - 1)


def judge_effects(effects: Sequence[Effect], or_equal: bool = False, n_tried: int = 1) -> tuple[str, tuple[Point, ...]]:
    """Return what effects say of a claim that needs all: it fails where one is reversed, or all are too small."""
    sides = [side_of(effect, len(effects), or_equal or effect.drawn, n_tried) for effect in effects]
    if AGAINST in sides or set(sides) == {SMALL}:
        verdict, lead, chosen = Verdict.FAILED, "the clearest", AGAINST if AGAINST in sides else SMALL
    elif set(sides) == {FOR}:
        verdict, lead, chosen = Verdict.REPRODUCED, "the least sure", FOR
    else:
        verdict, lead, chosen = Verdict.INCONCLUSIVE, "undecided", OPEN if OPEN in sides else SMALL
    deciding = [effect for effect, side in zip(effects, sides, strict=True) if side == chosen]
    deciding.sort(key=lambda effect: effect.gain + (-1 if chosen == FOR else 1) * effect.half)
    counts = f"of {len(effects)} comparisons " + ", ".join(f"{sides.count(s)} {s}" for s in SIDES if s in sides)
    text = sides[0] if len(effects) == 1 else f"{counts}; {lead}"
    points = [Point(text, first(deciding, 3))]
    if chosen == OPEN:
        needed = [splits_needed(effect) for effect in deciding]
        enough = [number for number in needed if number is not None]
        parts = {
            f"about {max(enough, default=0)} splits": len(enough),
            "only more rows or data sets": needed.count(None),
        }
        said = {what: "it" if len(needed) == 1 else f"{n} of them" for what, n in parts.items() if n}
        points += [Point(f"{what} would decide {which}") for what, which in said.items()]
    return verdict, tuple(points)


def splits_needed(effect: Effect) -> int | None:
    """Return how many splits would decide an open effect; None where more of the same rows never would."""
    error = np.sqrt(1 / effect.n_folds + effect.test_share) * t_quantile(effect.n_folds - 1)
    halves = effect.half / error * QUANTILES * np.sqrt(1 / SPLITS + effect.test_share)
    enough = np.flatnonzero(halves < max(effect.gain, effect.smallest - effect.gain))
    return int(SPLITS[enough[0]]) if len(enough) else None
