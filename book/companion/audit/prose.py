"""What the paper's prose and formulas say: the few words, where they stand, and what they speak of."""

from __future__ import annotations

from typing import Any, NamedTuple

from companion.base.published import find_published
from companion.base.strict_yaml import load_yaml

RESULTS, ABLATION, EVALUATION = "Section 4.3", "Section 4.4", "Section 4.1"
EUCLIDEAN = ("euclidean_all", "euclidean_tail", "euclidean_head")
ADOPTED = ("chebyshev", "clark", "canberra", "kl_divergence", "cosine", "intersection")
"""The metrics that Section 4.1 adopts "to evaluate the performance of all the methods"."""
ADOPTED_WORDS = "are adopted to evaluate the performance of all the methods"
INTRODUCED_WORDS = "four distance metrics ... and two similarity metrics"


class Quote(NamedTuple):
    """A number in the prose, digit by digit, and the cell of a table that it repeats."""

    section: str
    words: str
    table: str
    dataset: str
    row: str
    metric: str
    statistic: str
    printed: str


class Citation(NamedTuple):
    """A table that the prose cites, and for which metric or ablation on a data set."""

    section: str
    words: str
    cited: str
    metric: str | None = None
    dataset: str | None = None
    ablation: bool = False


class Reference(NamedTuple):
    """An equation that the prose cites, for what, and the same as a transcribed formula prints it."""

    section: str
    words: str
    cited: str
    what: str
    fragment: str


class Count(NamedTuple):
    """A number of data sets or of comparison methods in the prose."""

    section: str
    words: str
    number: int
    what: str


class Formula(NamedTuple):
    """A printed formula; the file explains the fields."""

    equation: str
    latex: str
    explained: str = ""
    alike: str = ""
    should_be: str = ""
    doubt: str = ""


class Best(NamedTuple):
    """A claim that the paper's method is the best on every data set."""

    section: str
    words: str
    metrics: tuple[str, ...]


_PROSE: dict[str, list[dict[str, Any]]] = load_yaml(find_published("prose.yml"))
QUOTES = tuple(
    Quote(*[quote["section"], quote["words"], *quote["cell"], statistic, quote[statistic]])
    for quote in _PROSE["quotes"]
    for statistic in ("mean", "std")
    if statistic in quote
)
CITATIONS = tuple(Citation(**row) for row in _PROSE["citations"])
REFERENCES = tuple(Reference(**row) for row in _PROSE["references"])
COUNTS = tuple(Count(**row) for row in _PROSE["counts"])
FORMULAS = tuple(Formula(**row) for row in _PROSE["formulas"])
BEST = (
    Best(RESULTS, "consistently achieves the lowest Chebyshev distance across all datasets", ("chebyshev",)),
    Best(RESULTS, "the best performance in terms of KL divergence across all datasets", ("kl_divergence",)),
    Best(RESULTS, "Table 5 also verifies the effectiveness ... consistent lower distances", EUCLIDEAN),
)
LEFT_OUT = Best(
    "Abstract", "outperforms other state-of-the-art methods", ("clark", "canberra", "cosine", "intersection")
)
NEXT_BEST = "significantly lower than the next best (RAD with 0.1962±0.0068) on Movie dataset"
SIGNIFICANT = "significantly outperforms the other algorithms in terms of both ... across multiple ILDL datasets"
MULTIPLE = 2
"""On fewer data sets than this, a claim for "multiple" ones fails."""
IMPROVES = {
    "Movie": "significant improvements across all metrics compared to when either or both are deactivated",
    "Natural_Scene": "The combined results from both datasets ... enhanced performance across all metrics",
}
"""What Section 4.4 says of the ablation on each data set."""
