"""What the paper's prose says about its tables: the few words, where they stand, and the cells they speak of.

Source: "Decoupled Imbalanced Label Distribution Learning", IJCAI 2025. The paper writes RAD or RDA for the method that
is called RDA here.
"""

from __future__ import annotations

from dataclasses import dataclass

from companion.audit.audit_base import NEITHER

RESULTS, ABLATION, EVALUATION, DETAILS = "Section 4.3", "Section 4.4", "Section 4.1", "Section 4.2"
EUCLIDEAN = ("euclidean_all", "euclidean_tail", "euclidean_head")
ADOPTED = ("chebyshev", "clark", "canberra", "kl_divergence", "cosine", "intersection")
"""The metrics that Section 4.1 adopts "to evaluate the performance of all the methods"."""
ADOPTED_WORDS = "are adopted to evaluate the performance of all the methods"


@dataclass(frozen=True)
class Quote:
    """A number in the prose, and the cell of a table that it repeats.

    Parameters
    ----------
    section, words : str
    printed : str
        The number, digit by digit.
    table, dataset, row, metric : str
        The cell; `row` is a method, or the components of an ablation's row.
    statistic : {"mean", "std"}
    """

    section: str
    words: str
    printed: str
    table: str
    dataset: str
    row: str
    metric: str
    statistic: str = "mean"


@dataclass(frozen=True)
class Citation:
    """A table that the prose cites for something.

    Parameters
    ----------
    section, words : str
    cited : str
        Number of the table.
    metric, dataset : str or None
        What it is cited for; None: not said.
    ablation : bool
        Whether it is cited for the ablation study.
    """

    section: str
    words: str
    cited: str
    metric: str | None = None
    dataset: str | None = None
    ablation: bool = False


@dataclass(frozen=True)
class Reference:
    """An equation that the prose cites for something.

    Parameters
    ----------
    section, words : str
    cited : str
        Number of the equation.
    what : str
        What it is cited for.
    fragment : str
        The same, as a transcription of `companion.audit.audit_indices.FORMULAS` prints it.
    """

    section: str
    words: str
    cited: str
    what: str
    fragment: str


@dataclass(frozen=True)
class Count:
    """A number of things in the prose, and what is counted in the tables.

    Parameters
    ----------
    section, words : str
    number : int
    what : {"data sets", "comparison methods"}
    """

    section: str
    words: str
    number: int
    what: str


@dataclass(frozen=True)
class Best:
    """A claim that the paper's method is the best on every data set.

    Parameters
    ----------
    section, words : str
    metrics : tuple of str
    """

    section: str
    words: str
    metrics: tuple[str, ...]


MOVIE, SCENE = "Movie", "Natural_Scene"
BOTH, DLD = "DRDA + DLD", "DLD"
OURS, RAD = "outperforms all others with a distance of 0.1752±0.0091", "the next best (RAD with 0.1962±0.0068)"
SCUT, SCUT_RAD = "our method achieves 0.2684±0.0182", "outperforming RAD (0.2849±0.0157)"
EMOTION = "gains the best performance with a divergence of 0.7393±0.0254"
FLICKR, FLICKR_RAD = "Our method's divergence of 1.5011±0.1165", "notably lower than RAD's 1.6071±0.1107"
DECREASES, INCREASES = "the result decreases from 1.118 to 1.063", "the result increases from 1.063 to 1.096"
QUOTES = (
    Quote(RESULTS, OURS, "0.1752", "1", MOVIE, "DILDL", "chebyshev"),
    Quote(RESULTS, OURS, "0.0091", "1", MOVIE, "DILDL", "chebyshev", "std"),
    Quote(RESULTS, RAD, "0.1962", "1", MOVIE, "RDA", "chebyshev"),
    Quote(RESULTS, RAD, "0.0068", "1", MOVIE, "RDA", "chebyshev", "std"),
    Quote(RESULTS, SCUT, "0.2684", "1", "SCUT-FBP", "DILDL", "chebyshev"),
    Quote(RESULTS, SCUT, "0.0182", "1", "SCUT-FBP", "DILDL", "chebyshev", "std"),
    Quote(RESULTS, SCUT_RAD, "0.2849", "1", "SCUT-FBP", "RDA", "chebyshev"),
    Quote(RESULTS, SCUT_RAD, "0.0157", "1", "SCUT-FBP", "RDA", "chebyshev", "std"),
    Quote(RESULTS, EMOTION, "0.7393", "2", "Emotion6", "DILDL", "kl_divergence"),
    Quote(RESULTS, EMOTION, "0.0254", "2", "Emotion6", "DILDL", "kl_divergence", "std"),
    Quote(RESULTS, FLICKR, "1.5011", "2", "Flickr_LDL", "DILDL", "kl_divergence"),
    Quote(RESULTS, FLICKR, "0.1165", "2", "Flickr_LDL", "DILDL", "kl_divergence", "std"),
    Quote(RESULTS, FLICKR_RAD, "1.6071", "2", "Flickr_LDL", "RDA", "kl_divergence"),
    Quote(RESULTS, FLICKR_RAD, "0.1107", "2", "Flickr_LDL", "RDA", "kl_divergence", "std"),
    Quote(ABLATION, DECREASES, "1.118", "4", SCENE, NEITHER, "kl_divergence"),
    Quote(ABLATION, DECREASES, "1.063", "4", SCENE, BOTH, "kl_divergence"),
    Quote(ABLATION, INCREASES, "1.063", "4", SCENE, BOTH, "kl_divergence"),
    Quote(ABLATION, INCREASES, "1.096", "4", SCENE, DLD, "kl_divergence"),
)
MAIN_TABLES = "Table 1 and 2 show the main results ... measured by Chebyshev and KL divergence"
ABLATION_TABLES = "Tables 3 and 4 present the results of the ablation studies"
CITATIONS = (
    Citation(RESULTS, MAIN_TABLES, "1", metric="chebyshev"),
    Citation(RESULTS, MAIN_TABLES, "2", metric="kl_divergence"),
    Citation(ABLATION, ABLATION_TABLES, "3", dataset=MOVIE, ablation=True),
    Citation(ABLATION, ABLATION_TABLES, "4", dataset=SCENE, ablation=True),
    Citation(ABLATION, "The table for the Movie dataset (Table 4)", "4", dataset=MOVIE, ablation=True),
    Citation(ABLATION, "the results for the Natural Scene dataset (Table 5)", "5", dataset=SCENE, ablation=True),
)
DECOUPLING = "Section 3.1"
REFERENCES = (
    Reference(DECOUPLING, "Eq. (1) can be re-written as", "1", "the loss of label distribution learning", "{LDL}"),
    Reference(
        DECOUPLING, "The first term of Eq.(4)", "4", "the divergence of the dominant label", r"KL([\bar d_{x_i}^{y_j},"
    ),
    Reference(
        DECOUPLING,
        "The second term of Eq. (3) can be re-formulated as",
        "3",
        "the divergence of the non-dominant labels, a second term",
        r"KL(\hat D \Vert \hat f_\theta)",
    ),
    Reference(
        DECOUPLING, "the second term in Eq. (11)", "11", "a second term in the degree of label j", r"\beta/\hat d"
    ),
    Reference(DECOUPLING, "As shown in the first term in Eq. (11)", "11", "a weight with a ratio", r"1 - \hat d"),
    Reference(DETAILS, "The trade-off parameter α in Eq. (17)", "17", "α as a weight in the objective", r"\alpha L_"),
)
COUNTS = (
    Count(RESULTS, "different methods on six dataset", 6, "data sets"),
    Count(DETAILS, "We select 10 comparison methods", 10, "comparison methods"),
)
BEST = (
    Best(RESULTS, "consistently achieves the lowest Chebyshev distance across all datasets", ("chebyshev",)),
    Best(RESULTS, "the best performance in terms of KL divergence across all datasets", ("kl_divergence",)),
    Best(RESULTS, "Table 5 also verifies the effectiveness ... consistent lower distances", EUCLIDEAN),
)
LEFT_OUT = Best(
    "Abstract", "outperforms other state-of-the-art methods", ("clark", "canberra", "cosine", "intersection")
)
NEXT_BEST = (RESULTS, "significantly lower than the next best (RAD with 0.1962±0.0068) on Movie dataset")
SIGNIFICANT = (
    RESULTS,
    "significantly outperforms the other algorithms in terms of both ... across multiple ILDL datasets",
)
MULTIPLE = 2
"""On fewer data sets than this, a claim for "multiple" ones fails."""
IMPROVES = {
    MOVIE: "significant improvements across all metrics compared to when either or both are deactivated",
    SCENE: "The combined results from both datasets ... enhanced performance across all metrics",
}
"""What Section 4.4 says of the ablation on each data set."""
INTRODUCED_WORDS = "four distance metrics ... and two similarity metrics"
