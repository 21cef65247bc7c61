"""Is every index of a formula bound by a sum, on its left side, or explained by the words around it?

The formulas are transcribed with their indices, without bold type and primes: those of Eq. (1) to (11) are checked
symbolically in `companion.base.equations`, with their primes. "Printed" means the text as extracted from the PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.audit.audit_base import INDEX, as_checks

EXTRACTED = "that the text as extracted from the PDF is what the paper prints"
SMALL = "May be a loss of extraction: an index is a small glyph, easily misread"
OTHER_LETTER = "k would have to be misread for i in two formulas alike, so that extraction is a less likely cause"
SCRIPT = re.compile(r"[_^]\{([^{}]*)\}")
LETTER = re.compile(r"(?<![A-Za-z\\])[ijkmn](?![A-Za-z])")
SUM = re.compile(r"\\sum_\{([a-z])=1([^{}]*)\}\^\{(\w)\}")
FACTOR = re.compile(r"1/(\w)\^\{2\}")


@dataclass(frozen=True)
class Formula:
    """One printed formula.

    Parameters
    ----------
    equation : str
    latex : str
    explained : str
        Indices that the words around it explain: i for the instance, k for the dominant label.
    alike : str
        Indices that run over the same things.
    should_be : str
        What is meant, if there is a slip.
    doubt : str
        Why the text as extracted may not be what the paper prints, or why it does not matter.
    """

    equation: str
    latex: str
    explained: str = ""
    alike: str = ""
    should_be: str = ""
    doubt: str = ""


FORMULAS = (
    Formula("1", r"L_{LDL} = \sum_{i=1}^{n} \sum_{j=1}^{c} d_{x_i}^{y_j} \ln(d_{x_i}^{y_j} / f_\theta^{j}(x_{i}))"),
    Formula("2", r"\bar d_{x}^{y_j} = 1 if y_{j} = y_{x}"),
    Formula(
        "3",
        r"\hat d_{x}^{y_j} = \exp(d_{x_i}^{y_j}) / \sum_{j=1, y_j \ne y_x}^{c} \exp(d_{x_i}^{y_j})",
        explained="i",
        should_be="another index in the sum than that of the label, m for j",
        doubt=f"{SMALL}. The sum is clear from its purpose.",
    ),
    Formula(
        "4",
        r"L_{DILDL} = \alpha KL([\bar d_{x_i}^{y_j}, \hat d_{x_i}^{y_j}]"
        r" \Vert [\bar d_{x_i}^{y_j}, \hat d_{x_i}^{y_j}]) + (1 - \alpha) KL(\hat D \Vert \hat f_\theta)",
        explained="i",
        should_be="k, the dominant label, as in Eq. (6)",
        doubt=f"{SMALL}, and the same formula has lost its primes.",
    ),
    Formula(
        "5",
        r"L_{DDL} = \bar d_{x_i}^{y_j} (\log \bar d_{x_i}^{y_j} - \log \bar d_{x_i}^{y_j})"
        r" + \hat d_{x_i}^{y_j} (\log \hat d_{x_i}^{y_j} - \log \hat d_{x_i}^{y_j})",
        explained="i",
        should_be="k, the dominant label, as in Eq. (6)",
        doubt=f"{SMALL}, and the same formula has lost its primes.",
    ),
    Formula("6", r"\partial L_{DDL} / \partial z_{i}^{k} = \bar d_{x_i}^{y_k} - \bar d_{x_i}^{y_k}"),
    Formula(
        "7",
        r"\partial L_{DDL} / \partial z_{i}^{j} = (1 - \hat d_{x_i}^{y_k} / \hat d_{x_i}^{y_k}) \bar d_{x_i}^{y_j}",
        explained="k",
    ),
    Formula(
        "8",
        r"L_{NDDL} = \sum_{j=1, y_j \ne y_x}^{c} \hat d_{x_i}^{y_j}"
        r" (\log \hat d_{x_i}^{y_j} - \log \hat d_{x_i}^{y_j})",
        explained="i",
    ),
    Formula("9", r"\partial L_{NDDL} / \partial z_{i}^{j} = \hat d_{x_i}^{y_j} - \hat d_{x_i}^{y_j}"),
    Formula("10", r"\partial L_{LDL} / \partial z_{i}^{k} = \alpha (\bar d_{x_i}^{y_k} - \bar d_{x_i}^{y_k})"),
    Formula(
        "11",
        r"\partial L_{LDL} / \partial z_{i}^{j} = \{\alpha (1 - \hat d_{x_i}^{y_k} / \hat d_{x_i}^{y_k})"
        r" + \beta/\hat d_{x_i}^{y_k}\} \bar d_{x_i}^{y_j} - \beta/\hat d_{x_i}^{y_k} \bar d_{x_i}^{y_j}",
        explained="k",
    ),
    Formula("12", r"L_{alig_1} = -1/2 \sum_{i=1}^{I} [\log v_{DDL}^{(i)} - v_{DDL}^{(i)} - \tau_{DDL}^{(i)} + 1]"),
    Formula("12", r"v_{DDL}^{(i)} = \sigma_{feature}^{(i)2} / \sigma_{DDL}^{(i)2}"),
    Formula(
        "12",
        r"\tau_{DDL}^{(i)} = (\mu_{feature}^{(i)} - \mu_{DDL}^{(i)})^{2} / \sigma_{DDL}^{(k)2}",
        should_be="i, the element of the latent space",
        doubt=f"{OTHER_LETTER}; a reader who knows the divergence of two Gaussians reads i.",
    ),
    Formula("13", r"L_{alig_2} = -1/2 \sum_{i=1}^{I} [\log v_{NDDL}^{(i)} - v_{NDDL}^{(i)} - \tau_{NDDL}^{(i)} + 1]"),
    Formula("13", r"v_{NDDL}^{(i)} = \sigma_{feature}^{(i)2} / \sigma_{NDDL}^{(i)2}"),
    Formula(
        "13",
        r"\tau_{NDDL}^{(i)} = (\mu_{feature}^{(i)} - \mu_{NDDL}^{(i)})^{2} / \sigma_{NDDL}^{(k)2}",
        should_be="i, the element of the latent space",
        doubt=f"{OTHER_LETTER}; a reader who knows the divergence of two Gaussians reads i.",
    ),
    Formula(
        "14",
        r"L_{alig_3} = 1/M^{2} \sum_{m=1}^{M} \sum_{n=1}^{N} (A_{mn} - Z_{mn})^{2}",
        alike="mn",
        should_be="one limit for both, M, if 1/M² makes the sum a mean",
        doubt="Nothing is wrong if N is M; the text explains neither.",
    ),
    Formula("15", r"A_{mn} = S(r_{feature}^{(m)}, r_{feature}^{(n)})"),
    Formula("15", r"Z_{mn} = S(r_{labelDis}^{(m)}, r_{labelDis}^{(n)})"),
    Formula("16", r"L_{alig_4} = KL(D \Vert F_{de}(r_{labelDis}))"),
    Formula(
        "17",
        r"L_{total} = \alpha L_{DDL} + (1 - \alpha) L_{NDDL} + \lambda (\alpha L_{alig_1} + (1 - \alpha) L_{alig_2})"
        r" + \beta L_{alig_3} + \gamma L_{alig_4}",
    ),
)


def unbound_indices(formula: Formula) -> list[str]:
    r"""Find indices on the right side that no sum binds, that the left side lacks, and that no words explain.

    Parameters
    ----------
    formula : Formula

    Returns
    -------
    list of str

    Examples
    --------
    >>> unbound_indices(Formula("1", r"s = \sum_{i=1}^{n} a_{i} b_{k}"))
    ['k']
    """
    left, _, right = formula.latex.partition(" = ")
    bound = {index for index, _, _ in SUM.findall(right)}
    return sorted(_indices(SUM.sub("", right)) - bound - _indices(left) - set(formula.explained))


def reused_indices(formula: Formula) -> list[str]:
    r"""Find indices that a sum binds although the left side has them.

    Parameters
    ----------
    formula : Formula

    Returns
    -------
    list of str

    Examples
    --------
    >>> reused_indices(Formula("1", r"p_{j} = a_{j} / \sum_{j=1}^{c} a_{j}"))
    ['j']
    """
    left, _, right = formula.latex.partition(" = ")
    return sorted({index for index, _, _ in SUM.findall(right)} & _indices(left))


def mixed_limits(formula: Formula) -> list[str]:
    r"""Find the limits of sums over the same things that differ, from each other or from the factor before them.

    Parameters
    ----------
    formula : Formula

    Returns
    -------
    list of str
        Empty where all of them are one.

    Examples
    --------
    >>> mixed_limits(Formula("1", r"s = 1/M^{2} \sum_{m=1}^{M} \sum_{n=1}^{N} a_{mn}", alike="mn"))
    ['M', 'N']
    """
    limits = {limit for index, _, limit in SUM.findall(formula.latex) if index in formula.alike}
    limits |= set(FACTOR.findall(formula.latex)) if limits else set()
    return sorted(limits) if len(limits) > 1 else []


def audit_indices(formulas: tuple[Formula, ...] = FORMULAS) -> pd.DataFrame:
    """Look for slips in the indices and limits of printed formulas.

    Parameters
    ----------
    formulas : tuple of Formula

    Returns
    -------
    DataFrame
        Checks, one a formula; the failure is the number of letters at odds.
    """
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
