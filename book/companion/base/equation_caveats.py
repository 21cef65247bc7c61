"""What stands beside statements on Eq. (1) to (11): what each presumes, and whether extraction may have caused it.

The paper at hand is text that was extracted from a PDF. Extraction loses primes, bars, hats and bullets, and may take
one small letter for another; so a statement that hangs on such a glyph may be no fault of the paper.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caveat:
    """What a statement takes for granted, why extraction may be at fault, and whether it is a question of ours."""

    presumes: str = ""
    extraction: str = ""
    asked: bool = False


EXACT = "that Eq. (1) is to be split exactly"
CAVEATS = {
    (2, "target of the dominant label, if Eq. (1) is to be split"): Caveat(EXACT),
    (3, "target that the last line of Eq. (9), and Eq. (11), contain"): Caveat(
        "that Eq. (3) defines the targets of Eq. (9) and (11)"
    ),
    (4, "prediction in the first divergence"): Caveat(
        extraction="the primes of the prediction are missing, and the next sentence explains d′, which must have stood "
        "in the formula"
    ),
    (4, "“Eq. (1) can be re-written as” Eq. (4)"): Caveat("that “re-written” means equal, not modified"),
    (5, "prediction in the two terms"): Caveat(
        extraction="the primes of the prediction are missing, and Eq. (6) differentiates by the primed degrees"
    ),
    (7, "second line, the chain rule"): Caveat(
        extraction="a bar stands where a hat should, in one denominator; the line above and the result have the hat"
    ),
    (9, "first line, derivative by z_m"): Caveat(
        extraction="one superscript is m and not j, a small glyph; the second line has j"
    ),
    (9, "third line, a sum over all m other than j, with hat d_k as in Eq. (5) to (7)"): Caveat(
        "that the sum includes k, and that hat d_k is that of Eq. (5) to (7)",
        "the condition that leaves out k, set small below the sum, is missing; the first line has it",
    ),
    (9, "the same, if predictions too were formed as Eq. (3) forms targets"): Caveat(
        "that predictions are formed as Eq. (3) forms targets, which the paper does not say", asked=True
    ),
    (9, "result, last line"): Caveat(
        extraction="both terms read alike, so that their difference would be 0; a prime and an index must differ"
    ),
    (10, "the loss that is differentiated"): Caveat("that the loss called LDL is that of Eq. (1), not that of Eq. (4)"),
    (11, "weight of the non-dominant part, and the loss that is differentiated"): Caveat(
        "that β is not 1 − α, as in Eq. (17), where it is another weight"
    ),
    (11, "the same, with Eq. (3) as printed for the targets"): Caveat(
        "that Eq. (3) defines the targets, and that β is 1 − α"
    ),
}
"""Equation and statement, as in `companion.base.statements.STATEMENTS` -> its caveat."""


def caveat_of(equation: int, what: str) -> Caveat:
    """Return the caveat of a statement; an empty one where it needs none."""
    return CAVEATS.get((equation, what), Caveat())
