"""RDA with its lambda tuned: made of the runs over the grid of its appendix."""

from __future__ import annotations

import json

import pandas as pd

from companion.base.comparison import TUNED

DEFAULT, GRID = 0.1, "lambda "
"""Lambda of the default reading, and how the names of the others begin."""


def with_tuned(results: pd.DataFrame) -> pd.DataFrame:
    """Put one reading "tuned" in the place of RDA's grid: each fold's first lambda of least validation divergence."""
    grid = (results["method"] == "RDA") & results["reading"].str.startswith(GRID)
    if not grid.any():
        return results
    cells = results[grid | ((results["method"] == "RDA") & (results["reading"] == "default"))]
    value = cells["reading"].str.removeprefix(GRID).replace("default", str(DEFAULT)).astype(float)
    protocol = [name for name in ("n_valid", "valid_from", "split_seed", "split_folds") if name in cells]
    where = ["dataset", "feature_set", "epoch_kept", *protocol, "fold", "seed"]
    divergence = cells.assign(lam=value).pivot_table(index=where, columns="lam", values="valid_kl", aggfunc="first")
    divergence = divergence[divergence.drop(columns=DEFAULT).notna().any(axis=1)]
    if (gaps := divergence.isna().any(axis=1)).any():
        cell = dict(zip(where, divergence.index[gaps][0], strict=True))
        raise ValueError(
            f"RDA cannot be tuned on {cell['dataset']}, fold {cell['fold']}, seed {cell['seed']}: a lambda of its grid "
            "has no validation divergence there; run the comparison to its end."
        )
    best = divergence.idxmin(axis=1)  # the first of equal ones, and columns ascend
    chosen = cells[value.to_numpy() == best.reindex(pd.MultiIndex.from_frame(cells[where])).to_numpy()]
    ((name, params),) = TUNED["RDA"].items()
    tuned = chosen.assign(reading=name, params=json.dumps(params, separators=(",", ":")))
    return pd.concat([results[~grid], tuned], ignore_index=True)
