"""Are the indices of printed formulas bound or explained, the limits of their sums the same, and do equations hold?

The formulas are those of `prose.yml`, without bold type and primes. "Printed" means the text as extracted from the PDF.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from companion.audit.printed import AUDIT, as_checks
from companion.audit.prose import FORMULAS

SCRIPT = re.compile(r"[_^]\{([^{}]*)\}")
LETTER = re.compile(r"(?<![A-Za-z\\])[ijkmn](?![A-Za-z])")
SUM = re.compile(r"\\sum_\{([a-z])=1([^{}]*)\}\^\{(\w)\}")
FACTOR = re.compile(r"1/(\w)\^\{2\}")


def unbound_indices(latex: str, explained: str = "") -> list[str]:
    r"""Find indices on the right side that no sum binds, that the left side lacks, and that no words explain.

    >>> unbound_indices(r"s = \sum_{i=1}^{n} a_{i} b_{k}")
    ['k']
    """
    left, _, right = latex.partition(" = ")
    bound = {index for index, _, _ in SUM.findall(right)}
    return sorted(_indices(SUM.sub("", right)) - bound - _indices(left) - set(explained))


def reused_indices(latex: str) -> list[str]:
    r"""Find indices that a sum binds although the left side has them.

    >>> reused_indices(r"p_{j} = a_{j} / \sum_{j=1}^{c} a_{j}")
    ['j']
    """
    left, _, right = latex.partition(" = ")
    return sorted({index for index, _, _ in SUM.findall(right)} & _indices(left))


def mixed_limits(latex: str, alike: str = "") -> list[str]:
    r"""Find the limits of sums over the same things that differ, from each other or from the factor before them.

    >>> mixed_limits(r"s = 1/M^{2} \sum_{m=1}^{M} \sum_{n=1}^{N} a_{mn}", "mn")
    ['M', 'N']
    """
    limits = {limit for index, _, limit in SUM.findall(latex) if index in alike}
    limits |= set(FACTOR.findall(latex)) if limits else set()
    return sorted(limits) if len(limits) > 1 else []


def audit_indices(formulas: pd.DataFrame = FORMULAS) -> pd.DataFrame:
    """Look for slips in the indices and limits of printed formulas."""
    rows = []
    for formula in formulas.to_dict("records"):
        latex, mixed = formula["latex"], mixed_limits(formula["latex"], formula["alike"])
        wrong = [f"{x} is neither summed over nor explained" for x in unbound_indices(latex, formula["explained"])]
        wrong += [f"{x} is summed over, and is the index of the left side" for x in reused_indices(latex)]
        slips = len(wrong) + max(len(mixed) - 1, 0)
        wrong += [f"the limits and the factor are {' and '.join(mixed)}"] if mixed else []
        told = {"left": latex.partition(" = ")[0], "wrong": "; ".join(wrong), "slips": slips}
        rows.append(formula | told | {"should_be": formula["should_be"] or "every index bound or explained"})
    return as_checks("indices", pd.DataFrame(rows), "slips")


def _indices(latex: str) -> set[str]:
    """Letters of indices; pairs of them, such as mn, letter by letter."""
    scripts = (" ".join(s) if re.fullmatch("[ijkmn]{2}", s) else s for s in SCRIPT.findall(latex))
    return {letter for script in scripts for letter in LETTER.findall(script)}


def audit_equations(equations: pd.DataFrame) -> pd.DataFrame:
    """Turn verdicts on equations into checks, which fail where another form than the printed one holds, or none."""
    rows = equations[~equations["asked"]]
    corrected = rows["corrected"] != ""
    rows = rows.assign(
        presumes=rows["presumes"].replace("", AUDIT["checks"]["indices"]["presumes"]),
        right=rows["corrected"].where(corrected, "what follows from the loss"),
        then=np.where(rows["corrected_holds"] != "", ", corrected under " + rows["corrected_holds"], ""),
        miss=rows["deviation"].where(rows["verdict"] != "as printed", 0.0),
        doubtful=rows["extraction"] != "",
    )
    return as_checks("equations", rows, "miss")
