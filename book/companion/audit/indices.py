"""Is every index of a formula bound by a sum, on its left side, or explained by the words around it?

The formulas are transcribed with their indices, without bold type and primes: those of Eq. (1) to (11) are checked
symbolically in `companion.base.equations`, with their primes. "Printed" means the text as extracted from the PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit.printed import INDEX, as_checks
from companion.audit.prose import FORMULAS, Formula

EXTRACTED = "that the text as extracted from the PDF is what the paper prints"
SCRIPT = re.compile(r"[_^]\{([^{}]*)\}")
LETTER = re.compile(r"(?<![A-Za-z\\])[ijkmn](?![A-Za-z])")
SUM = re.compile(r"\\sum_\{([a-z])=1([^{}]*)\}\^\{(\w)\}")
FACTOR = re.compile(r"1/(\w)\^\{2\}")


def unbound_indices(formula: Formula) -> list[str]:
    r"""Find indices on the right side that no sum binds, that the left side lacks, and that no words explain.

    >>> unbound_indices(Formula("1", r"s = \sum_{i=1}^{n} a_{i} b_{k}"))
    ['k']
    """
    left, _, right = formula.latex.partition(" = ")
    bound = {index for index, _, _ in SUM.findall(right)}
    return sorted(_indices(SUM.sub("", right)) - bound - _indices(left) - set(formula.explained))


def reused_indices(formula: Formula) -> list[str]:
    r"""Find indices that a sum binds although the left side has them.

    >>> reused_indices(Formula("1", r"p_{j} = a_{j} / \sum_{j=1}^{c} a_{j}"))
    ['j']
    """
    left, _, right = formula.latex.partition(" = ")
    return sorted({index for index, _, _ in SUM.findall(right)} & _indices(left))


def mixed_limits(formula: Formula) -> list[str]:
    r"""Find the limits of sums over the same things that differ, from each other or from the factor before them.

    >>> mixed_limits(Formula("1", r"s = 1/M^{2} \sum_{m=1}^{M} \sum_{n=1}^{N} a_{mn}", alike="mn"))
    ['M', 'N']
    """
    limits = {limit for index, _, limit in SUM.findall(formula.latex) if index in formula.alike}
    limits |= set(FACTOR.findall(formula.latex)) if limits else set()
    return sorted(limits) if len(limits) > 1 else []


def audit_indices(formulas: tuple[Formula, ...] = FORMULAS) -> pd.DataFrame:
    """Look for slips in the indices and limits of printed formulas."""
    return as_checks("indices", _slips(formulas), EXTRACTED, INDEX)


def _slips(formulas: tuple[Formula, ...]) -> Iterator[dict[str, Any]]:
    for formula in formulas:
        unbound, reused, mixed = unbound_indices(formula), reused_indices(formula), mixed_limits(formula)
        wrong = [f"{letter} is neither summed over nor explained" for letter in unbound]
        wrong += [f"{letter} is summed over, and is the index of the left side" for letter in reused]
        wrong += [f"the limits and the factor are {' and '.join(mixed)}"] if mixed else []
        what = formula.latex.partition(" = ")[0]
        yield {
            "source": "dildl",
            "place": f"Eq. ({formula.equation}), indices of {what}",
            "printed": formula.latex,
            "should_be": formula.should_be or "every index bound or explained",
            "failure": len(unbound) + len(reused) + max(len(mixed) - 1, 0),
            "text": f"In Eq. ({formula.equation}), {'; '.join(wrong)}.",
            "doubt": formula.doubt,
        }


def _indices(latex: str) -> set[str]:
    return {letter for script in SCRIPT.findall(latex) for letter in LETTER.findall(_apart(script))}


def _apart(script: str) -> str:
    """Pairs of indices, such as mn, letter by letter."""
    return " ".join(script) if re.fullmatch("[ijkmn]{2}", script) else script
