"""Ranks and probabilities of who takes part, ours and published."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.names import PRINTED_METRICS
from companion.base.published import load_average_ranks, load_published
from companion.statistics.frames import KL
from companion.statistics.published import check_average_ranks, published_average_ranks, published_matrix
from ildl.compare.bayes import ROPE, bayes_table, signed_rank_table
from ildl.compare.effects import effect_sizes
from ildl.compare.ranking import average_ranks, design_limits, ranks
from ildl.compare.scores import score_matrix

RIVAL = "RDA"
PUBLISHED = "Published, over data sets"
DATASETS, FOLDS = "Ours, over data sets", "Ours, over data sets and folds"


@dataclass(frozen=True)
class Ranking:
    """By the Kullback-Leibler divergence: `ranked` (title -> ranks), `limits` of each, `effects`, and probabilities."""

    ranked: dict[str, pd.DataFrame] = field(repr=False)
    limits: pd.DataFrame = field(repr=False)
    average: pd.DataFrame = field(repr=False)
    average_published: pd.DataFrame = field(repr=False)
    averages: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)
    posterior: pd.DataFrame = field(repr=False)
    signed: pd.DataFrame = field(repr=False)


def rank(scores: pd.DataFrame) -> Ranking:
    """Rank who takes part, and hold each reading of DILDL against the others."""
    published = load_published()
    ranked = {
        DATASETS: ranks(score_matrix(scores, KL), KL),
        FOLDS: ranks(score_matrix(scores, KL, "fold"), KL),
        PUBLISHED: ranks(published_matrix(published, KL), KL),
    }
    limits = pd.concat([design_limits(frame.shape[1], [len(frame)]) for frame in ranked.values()])
    own = list(dict.fromkeys(scores.loc[scores["method"] == "DILDL", "label"]))
    others = [label for label in dict.fromkeys(scores["label"]) if label not in own]
    ropes = sorted({*np.round(np.linspace(0, 0.1, 21), 4).tolist(), ROPE})
    return Ranking(
        ranked,
        limits.set_axis(list(ranked), axis=0),
        average_ranks(scores, [metric for metric in METRIC_TITLES if metric in set(scores["metric"])]),
        published_average_ranks(published, PRINTED_METRICS),
        check_average_ranks(load_published("rda_appendix"), load_average_ranks()),
        effect_sizes(scores, KL, own, others),
        bayes_table(scores, KL, own, RIVAL, ropes),
        signed_rank_table(scores, KL, own, RIVAL, ropes),
    )
