"""The check that holds our own mean against a published number."""

from __future__ import annotations

from companion.base.comparison import comparison_table
from companion.base.tuned import with_tuned
from companion.claims.claim_checks import (
    DEFAULT,
    FAILED,
    INCONCLUSIVE,
    REPRODUCED,
    Case,
    Evidence,
    Finding,
    conclude,
    untestable,
)
from companion.claims.claim_choices import by_choice, label_of, short
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import summarise


def reaches(evidence: Evidence, metric: str, dataset: str, method: str = "DILDL") -> Finding:
    """Whether our mean lies inside the noise around the published one.

    Parameters
    ----------
    evidence : Evidence
    metric, dataset, method : str

    Returns
    -------
    Finding
        Inconclusive where the margin could not tell the published mean from that of a rival or of a constant.
    """
    frame = with_tuned(evidence.comparison)
    frame = frame[(frame["dataset"] == dataset) & (frame["metric"] == metric)]
    if frame.empty:
        return untestable(f"the features of {dataset}", "04_comparison")
    partitions = frame if "split_seed" in frame else None
    cases = []
    for choice, rows in by_choice(frame):
        names = rows[rows["method"] == method].set_index("params")["reading"].to_dict()
        table = comparison_table(summarise(rows, partitions=partitions), evidence.published.of("dildl"), metric)
        table = table[(table["dataset"] == dataset) & (table["method"] == method) & table["params"].isin(names)]
        for row in table.to_dict("records"):
            text = f"{row['ours']:.4f} against {row['published']:.4f} ({short(metric)}, margin {row['margin']:.4f})"
            found = str(row["verdict"])
            if found.startswith(CANNOT_TELL):
                text += f", which {found}"
            verdict = REPRODUCED if found == INSIDE else INCONCLUSIVE if found.startswith(CANNOT_TELL) else FAILED
            reading = names[row["params"]]
            label = label_of("" if reading == DEFAULT else reading, choice)
            cases.append(Case(label, dataset, row["feature_set"], verdict, text))
    return conclude(cases, "04_comparison")
