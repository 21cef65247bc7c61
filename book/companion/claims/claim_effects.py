"""What an effect with its interval says of a claim: it bears it out, it does not, or it leaves it open.

An effect is a difference that is positive where the claim's side is better. Its 95 % interval is that of the corrected
resampled t-test (`ildl.compare.corrected.half_width`). Wholly on the claim's side of zero it bears the claim out.
Wholly on the other side, or wholly below the smallest effect that matters, it does not. Else nothing follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from companion.claims.claim_checks import FAILED, INCONCLUSIVE, REPRODUCED, listing
from companion.show.styled import signed
from ildl.compare.corrected import LEVEL, t_quantile

SHARE = 0.5
"""The smallest effect that matters, as a share of the difference that the paper prints for the same cell.

Half is a convention: with less, what is printed would be mostly luck. Where the paper prints no difference in favour of
the claim, no effect is too small, and an interval must leave zero on the other side."""
FOR, OPEN, SMALL, AGAINST = SIDES = ("on the claim's side", "open", "too small to matter", "on the other side")
"""Where an interval can lie."""
MOST = 1000
"""Splits beyond which nobody would go on."""
QUANTILES = stats.t.ppf(1 - LEVEL / 2, np.arange(3, MOST + 1) - 1)
"""Of Student's distribution, for 3 splits and more."""


@dataclass(frozen=True)
class Effect:
    """A difference, positive on the claim's side.

    Parameters
    ----------
    what : str
        "RDA (KL)".
    gain : float
    half : float
        Half the width of its 95 % interval.
    n_folds : int
    test_share : float
        As for `ildl.compare.corrected.corrected_test`.
    smallest : float
        Smallest effect that matters, at least 0.
    drawn : bool
        The paper marks no significant difference here, so that its claim is of none.
    """

    what: str
    gain: float
    half: float
    n_folds: int
    test_share: float
    smallest: float = 0.0
    drawn: bool = False

    def __str__(self) -> str:
        low, high = (signed(self.gain + side * self.half) for side in (-1, 1))
        return f"{self.what}: {signed(self.gain)} [{low}, {high}]"


def side_of(effect: Effect, n_effects: int = 1, or_equal: bool = False, n_tried: int = 1) -> str:
    """Say where the interval of an effect lies.

    Parameters
    ----------
    effect : Effect
    n_effects : int
        Effects that a claim needs all of. That all lie on its side needs no adjustment; that one of many lies on the
        other side happens by chance, so that there the interval is widened to the level 1 - 0.05 / n_effects
        (Bonferroni).
    or_equal : bool
        The claim is that nothing is better: an interval above minus the smallest effect that matters is on its side,
        unless it lies wholly below zero.
    n_tried : int
        Combinations of choices among which this one was found. That one of many lies on the claim's side happens by
        chance, too, so that there the interval is widened to the level 1 - 0.05 / n_tried.

    Returns
    -------
    str
        `FOR`, wholly above zero; `AGAINST`, wholly below; `SMALL`, wholly below the smallest effect that matters;
        else `OPEN`. An interval that touches a bound is not wholly beyond it.
    """
    floor = -effect.smallest if or_equal else 0.0
    if effect.half == 0:  # the same in every fold
        return FOR if effect.gain > floor or (or_equal and effect.gain == floor) else AGAINST
    if effect.gain + widened(effect.half, effect.n_folds, n_effects) < 0:
        return AGAINST
    if effect.gain - widened(effect.half, effect.n_folds, n_tried) > floor:
        return FOR
    small = effect.smallest > 0 and effect.gain + effect.half < effect.smallest
    return SMALL if small and not or_equal else OPEN


def widened(half: float, n_folds: int, n_effects: int) -> float:
    """Half the width of an interval at the level 1 - 0.05 / n_effects, from that at 95 %.

    Parameters
    ----------
    half : float
    n_folds, n_effects : int

    Returns
    -------
    float
    """
    return half * t_quantile(n_folds - 1, LEVEL / n_effects) / t_quantile(n_folds - 1)


def judge_effects(effects: Sequence[Effect], or_equal: bool = False, n_tried: int = 1) -> tuple[str, str]:
    """Return what effects say of a claim that needs all of them, and the numbers that say so.

    Parameters
    ----------
    effects : sequence of Effect
        At least one.
    or_equal : bool
        As for `side_of`; effects that the paper has as drawn are judged so in any case.
    n_tried : int
        As for `side_of`.

    Returns
    -------
    verdict : {"reproduced", "inconclusive", "not reproduced"}
        The last where an effect lies on the other side, or where all are too small: one small effect among others does
        not refute a claim, a reversed one does.
    text : str
        How many lie where; those that decide; what would decide those that are open.
    """
    sides = [side_of(effect, len(effects), or_equal or effect.drawn, n_tried) for effect in effects]
    counts = f"of {len(effects)}, " + ", ".join(f"{sides.count(side)} {side}" for side in SIDES if side in sides)
    if AGAINST in sides or set(sides) == {SMALL}:
        verdict, lead, chosen = FAILED, "not borne out", AGAINST if AGAINST in sides else SMALL
    elif set(sides) == {FOR}:
        verdict, lead, chosen = REPRODUCED, "least surely", FOR
    else:
        verdict, lead, chosen = INCONCLUSIVE, "open", OPEN if OPEN in sides else SMALL
    deciding = [effect for effect, side in zip(effects, sides, strict=True) if side == chosen]
    deciding.sort(key=lambda effect: effect.gain + (-1 if chosen == FOR else 1) * effect.half)
    text = f"{counts}; {lead} {listing([str(effect) for effect in deciding], 3)}"
    return verdict, text + (f"; {_what_decides(deciding)}" if chosen == OPEN else "")


def splits_needed(effect: Effect) -> int | None:
    """Return how many splits would decide an open effect, if its mean and its spread stay what they are.

    It is decided where half the interval is below the gain (on the claim's side), or below what the gain lacks to the
    smallest effect (too small, or on the other side): whichever is easier.

    Parameters
    ----------
    effect : Effect

    Returns
    -------
    int or None
        At least 3. None where no number up to `MOST` is enough: splits of the same rows share training rows, so that
        half the interval never falls below t(0.975) sqrt(test_share) s.
    """
    error = np.sqrt(1 / effect.n_folds + effect.test_share) * t_quantile(effect.n_folds - 1)
    n = np.arange(3, MOST + 1)
    halves = effect.half / error * QUANTILES * np.sqrt(1 / n + effect.test_share)
    enough = np.flatnonzero(halves < max(effect.gain, effect.smallest - effect.gain))
    return int(n[enough[0]]) if len(enough) else None


def _what_decides(effects: Sequence[Effect]) -> str:
    needed = [splits_needed(effect) for effect in effects]
    enough = [number for number in needed if number is not None]
    parts = (
        [f"about {max(enough)} splits would decide {len(enough)} of them, if means and spreads stay"] if enough else []
    )
    if lost := needed.count(None):
        parts.append(f"no number of splits of these rows would decide {lost}, which needs more rows or data sets")
    return "; ".join(parts)
