"""A study as one page that reads offline: what it shows; how it looks is in page.html.jinja."""

from __future__ import annotations

import hashlib
import platform
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from io import BytesIO
from typing import Any

import pandas as pd

from ildl.compare.cells import Cell, Table, means_table, named, p_text, published_tables, tests_table
from ildl.compare.ranking import average_ranks, critical_difference, friedman, nemenyi, ranks
from ildl.compare.scores import score_matrix
from ildl.compare.significance import NONE
from ildl.compare.statistics import FOLDS_OF
from ildl.compare.study import Study, findings
from ildl.compare.tables import PAPER, counted, metrics_of, over_folds

LEAST_SETS, LEAST_ROWS = 5, 3
"""Data sets and rows from which average ranks say something."""
RANKED_BY = "kl_divergence"
LEFT_OUT = ("label", "valid_kl", "objective", "n_iter", "converged", "epoch")
"""Columns of results that the file of the page does not have."""
LIBRARIES = ("ildl", "numpy", "scipy", "scikit-learn", "pandas", "torch")
INK = "#010101"
"""What becomes the page's own colour of text."""


def page(study: Study, title: str = "", published: pd.DataFrame | None = None, sources: Sequence[str] = ()) -> str:
    """Draw a study as one HTML file that needs nothing else.

    Parameters
    ----------
    study : Study
    title : str
        Default: how many methods are compared, and on what.
    published : DataFrame, optional
        Printed numbers: dataset, method, metric, mean, std. They stand beside ours only where the data are those of
        the catalogue.
    sources : sequence of str
        Where the results were read.

    Returns
    -------
    str

    Raises
    ------
    InputError
        The published numbers lack a column.
    """
    from jinja2 import Environment, StrictUndefined

    datasets, labels = (list(dict.fromkeys(study.means[name])) for name in ("dataset", "label"))
    on = ", ".join(datasets) if len(datasets) < 4 else counted(len(datasets), "data set")
    beside, more = published_tables(study, published)
    ranked, diagram, on_ranks = _ranks(study.results)
    csv = study.results.drop(columns=[name for name in LEFT_OUT if name in study.results]).to_csv(index=False)
    values = {
        "title": title or f"{counted(len(labels), 'method')} on {on}",
        "findings": {dataset: findings(study, dataset) for dataset in datasets},
        "notes": [*study.notes, *more],
        "sections": [_section(study, dataset) | {"beside": beside.get(dataset)} for dataset in datasets],
        "reference": study.reference,
        "ranked": ranked,
        "diagram": diagram,
        "on_ranks": on_ranks,
        "csv": f"data:text/csv;charset=utf-8;base64,{b64encode(csv.encode()).decode()}",
        "rows": len(study.results),
        "provenance": _provenance(study.results, sources),
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("ildl.compare").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(template).render(values)


def _section(study: Study, dataset: str) -> dict[str, Any]:
    found, results, tests = (
        frame[frame["dataset"] == dataset] for frame in (study.means, study.results, study.tests)
    )  # fmt: skip
    first, every = metrics_of(found, every=False), metrics_of(found)
    others = [name for name in every if name not in first]
    folds = results["fold"].nunique()
    return {
        "name": dataset,
        "feature_set": results["feature_set"].iloc[0],
        "folds": _folds(results),
        "tested": folds > 1,
        "table": means_table(found, first, f"{dataset}: {over_folds(found)}"),
        "further": means_table(found, others, f"{dataset}: further metrics") if others else None,
        "tests": {
            named(metric): tests_table(study, part, f"{dataset}, {named(metric)}: {study.reference} minus the row")
            for metric in first
            if len(part := tests[tests["metric"] == metric])
        },
        "hangs": _hangs(tests[tests["metric"].isin(first)]),
    }


def _hangs(tests: pd.DataFrame) -> str:
    """How many marks would go if the corrected test took its share from the rows trained on; empty where none would."""
    marked = tests[tests["mark_corrected"] != NONE]
    lost = marked[marked["mark_trained"] == NONE]
    if lost.empty or lost["p_trained"].isna().any():
        return ""
    share = marked["trained_share"].mean()
    return (
        f"It takes what folds share from their number, and tells {counted(len(marked), 'difference')} apart. By the "
        f"rows trained on ({share:.1f} test rows for each), {len(lost)} of them would not be told apart."
    )


def _folds(results: pd.DataFrame) -> str:
    """What each fold trains on and tests."""
    number = results["fold"].nunique()
    if not {"n_train", "n_test"} <= set(results) or results[["n_train", "n_test"]].isna().any(axis=None):
        return f"{counted(number, 'fold')}."
    train, test = (
        " to ".join(dict.fromkeys(f"{value:,.0f}" for value in (results[name].min(), results[name].max())))
        for name in ("n_train", "n_test")
    )
    return f"{'The fold' if number == 1 else f'Each of {number} folds'} trains on {train} rows and tests on {test}."


def _ranks(results: pd.DataFrame) -> tuple[Table | None, str, str]:
    """Average ranks, their diagram, and what is to be said of them; or why there are none."""
    n = results["dataset"].nunique()
    shares = results.groupby("label", sort=False)["dataset"].nunique()
    kept = results[results["label"].map(shares) == n]
    left_out, k = ", ".join(shares.index[shares < n]), kept["label"].nunique()
    if n < LEAST_SETS or k < LEAST_ROWS:
        why = (
            f"There are no average ranks: they take at least {LEAST_SETS} data sets and {LEAST_ROWS} methods that were "
            f"run on all of them, and here are {counted(n, 'data set')} and {counted(k, 'such method')}."
        )
        if k >= LEAST_ROWS:
            why += (
                f" With so few, Nemenyi’s test would tell average ranks apart from a difference of "
                f"{critical_difference(k, n):.1f} on, and {k - 1} is the largest there can be."
            )
        return None, "", why
    metrics = [name for name in PAPER if kept.loc[kept["metric"] == name, "label"].nunique() == k]
    average = average_ranks(kept, metrics).rename_axis(index=None).rename(columns=named).rename(columns={"all": "mean"})
    by = RANKED_BY if RANKED_BY in metrics else metrics[0]
    matrix = ranks(score_matrix(kept, by), by)
    said = (
        f"Friedman’s test that all rank alike by {named(by)} (Iman and Davenport): p "
        f"{p_text(friedman(matrix).f_p, '= ')}. Nemenyi’s critical difference is {critical_difference(k, n):.2f}: "
        "a bar joins methods that it does not tell apart."
    )
    title = f"Average ranks over {counted(n, 'data set')}, 1 is best"
    table = Table(title, average.map(lambda value: Cell(f"{value:.2f}")))
    return table, _diagram(matrix), said + (f" Left out, as not run everywhere: {left_out}." if left_out else "")


def _diagram(ranked: pd.DataFrame) -> str:
    """Critical-difference diagram as SVG that takes the page's colours."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from scikit_posthocs import critical_difference_diagram

    style: Any = {f"{part}.color": INK for part in ("text", "xtick", "ytick")}
    style |= {"axes.edgecolor": INK, "font.size": 10, "svg.fonttype": "none", "svg.hashsalt": "ildl"}
    with mpl.rc_context(style):
        figure = Figure(figsize=(7.6, 1.2 + 0.16 * ranked.shape[1]), layout="constrained")
        critical_difference_diagram(
            ranked.mean(), nemenyi(ranked), ax=figure.subplots(), color_palette=[INK] * ranked.shape[1],
            crossbar_props={"color": INK}, elbow_props={"linewidth": 1}, label_props={"parse_math": False},
        )  # fmt: skip
        buffer = BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue().decode()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r' (width|height)="[^"]*"', "", opening)
    return f'{opening} role="img" aria-label="Critical-difference diagram">{rest}'.replace(INK, "currentColor")


def _provenance(results: pd.DataFrame, sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is known of where the results come from, name by name."""

    def listed(part: pd.DataFrame, column: str) -> str:
        values: Sequence[Any] = list(part[column].dropna().unique()) if column in part else []
        texts = (f"{value:g}" if isinstance(value, float) else str(value) for value in values)
        return ", ".join(dict.fromkeys(text[:16] for text in texts if text))

    yield "made", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, from {', '.join(sources) or 'a data frame'}"
    yield "with", ", ".join([f"Python {platform.python_version()}", *_versions()])
    dates = sorted(results["date"].dropna().astype(str).str[:10]) if "date" in results else []
    days = " to ".join(dict.fromkeys([dates[0], dates[-1]])) if dates else "unknown"
    yield "trained", f"{days}, by ildl {listed(results, 'version')} on {listed(results, 'device')}"
    if "key" in results:
        keys = sorted(results["key"].dropna().astype(str).unique())
        yield "cells", f"{len(keys):,}, digest {hashlib.sha256(' '.join(keys).encode()).hexdigest()[:16]}"
    for dataset, part in results.groupby("dataset", sort=False):
        known = {name: listed(part, name) for name in ("dataset_sha", *FOLDS_OF)}
        yield str(dataset), "; ".join(f"{name} {text}" for name, text in known.items() if text)


def _versions() -> Iterator[str]:
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
