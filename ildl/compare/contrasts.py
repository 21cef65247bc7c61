"""Two settings of one method, held against each other fold by fold and seed by seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.compare.corrected import corrected_test, half_width, paired_test
from ildl.compare.effects import paired_d
from ildl.compare.statistics import HIGHER_IS_BETTER


def values_by_setting(results: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], NDArray[np.float64]]:
    """Collect the values of each setting as a matrix.

    Parameters
    ----------
    results : DataFrame
        Tidy, with the columns `keys`, fold, seed and value.
    keys : sequence of str
        What tells settings apart, such as dataset, criterion and metric; at least two.

    Returns
    -------
    dict
        Values of `keys` -> ndarray, shape (n_seeds, n_folds), in the order of appearance. All settings have the same
        seeds and the same folds.

    Raises
    ------
    ValueError
        A missing column, no rows, fewer than two folds, a value that is not finite or is there twice, or a setting that
        lacks a fold or seed (named).
    """
    needed = [*keys, "fold", "seed", "value"]
    missing = [name for name in needed if name not in results.columns]
    if missing:
        raise ValueError(f"The results lack the column(s) {', '.join(missing)}.")
    if results.empty:
        raise ValueError("The results have no rows for this; run the experiment, or ask for a metric that it has.")
    cells = results[needed]
    infinite = ~np.isfinite(cells["value"].to_numpy(dtype=np.float64))
    twice = cells.duplicated([*keys, "seed", "fold"]).to_numpy()
    for bad, what in ((infinite, "its value is not finite"), (twice, "it is there twice")):
        if bad.any():
            raise ValueError(f"{_name(cells[bad].iloc[0], keys)}: {what}.")
    order = pd.MultiIndex.from_frame(cells[list(keys)].drop_duplicates())
    wide = cells.pivot(index=list(keys), columns=["seed", "fold"], values="value").sort_index(axis=1)
    seeds, folds = (wide.columns.unique(level) for level in ("seed", "fold"))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([seeds, folds])).loc[order]
    if len(folds) < 2:
        raise ValueError("There is one fold; a spread needs at least two.")
    gaps = np.argwhere(wide.isna().to_numpy())
    if len(gaps):
        setting, (seed, fold) = order.to_list()[gaps[0][0]], wide.columns.to_list()[gaps[0][1]]
        raise ValueError(f"{' '.join(map(str, setting))} lacks fold {fold} of seed {seed}, which other settings have.")
    matrices = wide.to_numpy(dtype=np.float64).reshape(len(wide), len(seeds), len(folds))
    return dict(zip(order.to_list(), matrices, strict=True))


def contrast(differences: NDArray[np.float64], metric: str, test_share: float | None = None) -> dict[str, Any]:
    """Effect, interval and tests of a difference between two settings.

    Parameters
    ----------
    differences : ndarray, shape (n_seeds, n_folds)
    metric : str
        Says which sign is an improvement.
    test_share : float, optional
        As for `ildl.compare.corrected.corrected_test`: by default, the folds are taken for all of the partition.

    Returns
    -------
    dict
        difference (mean); improvement (the same, positive where it is better in the metric's direction); lower, upper
        (95 % interval of the difference over folds, see
        `ildl.compare.corrected.half_width`); p_paired, p_corrected (over folds, seeds
        averaged; NaN without spread); effect_size (Cohen's d of paired differences, positive is better; NaN without
        spread); seed_std (population standard deviation over seeds; NaN with one); seeds_improved (how many seeds
        improve); same_sign_over_seeds; n_folds, n_seeds.
    """
    by_fold, by_seed = differences.mean(axis=0), differences.mean(axis=1)
    sign = 1 if metric in HIGHER_IS_BETTER else -1
    mean, half = float(by_fold.mean()), float(half_width(by_fold, test_share))
    return {
        "difference": mean,
        "improvement": sign * mean + 0.0,
        "lower": mean - half,
        "upper": mean + half,
        "p_paired": float(paired_test(by_fold)),
        "p_corrected": float(corrected_test(by_fold, test_share)),
        "effect_size": sign * paired_d(by_fold)[0],
        "seed_std": float(by_seed.std()) if len(by_seed) > 1 else np.nan,
        "seeds_improved": int((sign * by_seed > 0).sum()),
        "same_sign_over_seeds": bool(len(np.unique(np.sign(by_seed))) == 1),
        "n_folds": len(by_fold),
        "n_seeds": len(by_seed),
    }


def _name(row: pd.Series, keys: Sequence[str]) -> str:
    return f"{' '.join(str(row[key]) for key in keys)}, fold {row['fold']}, seed {row['seed']}"
