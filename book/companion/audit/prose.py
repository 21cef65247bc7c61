"""Does the paper's prose repeat its tables, and do cells and marks bear out "best" and "significantly outperforms"?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from companion.audit.inequalities import INEQUALITIES, least_excess
from companion.audit.printed import AUDIT, PublishedTables, as_checks, metric_name, pair
from companion.base.published import find_published, half_unit
from companion.base.strict_yaml import load_yaml
from ildl.compare.statistics import HIGHER_IS_BETTER

OWN = "DILDL"
EUCLIDEAN = ("euclidean_all", "euclidean_tail", "euclidean_head")
ADOPTED = ("chebyshev", "clark", "canberra", "kl_divergence", "cosine", "intersection")
"""The metrics that Section 4.1 adopts "to evaluate the performance of all the methods"."""
LEFT_OUT = ADOPTED[1:3] + ADOPTED[4:]
"""Those of them that are printed for the paper's own method only."""
MULTIPLE = 2
"""On fewer data sets than this, a claim for "multiple" ones fails."""


def _quotes(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A row for each number: the cell that it repeats, and its own digits."""
    frame = pd.DataFrame(rows)
    keys = ["table", "dataset", "row", "metric"]
    frame[keys] = frame["cell"].to_list()
    frame = frame.melt(["section", "words", *keys], ["mean", "std"], "statistic", "printed", ignore_index=False)
    frame = frame.dropna().sort_index(kind="stable").reset_index(drop=True)
    return frame.assign(value=frame["printed"].astype(float), half_unit=frame["printed"].map(half_unit))


_PROSE: dict[str, list[dict[str, Any]]] = load_yaml(find_published("prose.yml"))
QUOTES = _quotes(_PROSE["quotes"])
"""Numbers in the prose, digit by digit, and the cells that they repeat."""
CITATIONS, REFERENCES, COUNTS = (pd.DataFrame(_PROSE[name]) for name in ("citations", "references", "counts"))
"""Tables and equations that the prose cites, and what for; numbers of data sets and methods in it."""
FORMULAS = pd.DataFrame(_PROSE["formulas"]).fillna("")
"""Printed formulas; the file explains the columns."""


def audit_text(tables: PublishedTables) -> pd.DataFrame:
    """Hold the numbers, references and counts in the DILDL paper's prose against its tables and equations."""
    means = tables.means()
    own = means[means["source"] == "dildl"]
    main = own[~own["ablation"]]
    there = main.groupby("table", sort=False)[["dataset", "row"]].nunique() - [0, 1]
    there = there.rename(columns={"dataset": "data sets", "row": "comparison methods"})
    counts = COUNTS.merge(there.melt(var_name="what", value_name="there", ignore_index=False).reset_index(), on="what")
    introduced = main.groupby(["table", "metric", "name"], sort=False).size().rename("n").reset_index()
    in_appendix = set(means.loc[means["source"] == "rda_appendix", "metric"])
    introduced = introduced.assign(
        adopted=len(ADOPTED),
        unknown=introduced["n"].where(~introduced["metric"].isin(ADOPTED), 0),
        doubtful=introduced["metric"].isin(in_appendix),
    )
    return pd.concat([
        as_checks("quotes", quoted_cells(tables), "apart"),
        as_checks("cited tables", _cited(_tables_cited(own)), "miss"),
        as_checks("cited equations", _cited(_equations_cited(), "({})"), "miss"),
        as_checks("counts", counts.assign(miss=(counts["number"] - counts["there"]).abs()), "miss"),
        as_checks("adopted metrics", _adopted(main, own[own["ablation"]]), "lacking"),
        as_checks("introduced metrics", introduced, "unknown"),
    ])  # fmt: skip


def quoted_cells(tables: PublishedTables) -> pd.DataFrame:
    """Pair each number of the prose with the cell that it repeats."""
    numbers = tables.numbers
    own = numbers[numbers["source"] == "dildl"]
    return pair(QUOTES, own, ["table", "dataset", "row", "metric", "statistic"])


def _tables_cited(numbers: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in CITATIONS.to_dict("records"):
        ablation = row["ablation"] is True
        column = "dataset" if ablation else "metric"
        found = numbers[(numbers["ablation"] == ablation) & (numbers[column] == row[column])]
        what = f"the ablation study on {row['dataset']}" if ablation else metric_name(row["metric"])
        rows.append(row | {"what": what, "holding": sorted(set(found["table"]))})
    return pd.DataFrame(rows)


def _equations_cited() -> pd.DataFrame:
    found = (FORMULAS["latex"].str.contains(part, regex=False) for part in REFERENCES["fragment"])
    return REFERENCES.assign(holding=pd.Series([FORMULAS.loc[there, "equation"].unique() for there in found]))


def _cited(rows: pd.DataFrame, shape: str = "{}") -> pd.DataFrame:
    """Put into words which tables or equations hold what is cited, and by how much the cited number misses them."""
    pairs = zip(rows["cited"], rows["holding"], strict=True)
    return rows.assign(
        miss=[min(abs(int(cited) - int(number)) for number in holding) for cited, holding in pairs],
        either=[" or ".join(map(shape.format, holding)) for holding in rows["holding"]],
        all=[" and ".join(map(shape.format, holding)) for holding in rows["holding"]],
    )


def _adopted(main: pd.DataFrame, ablations: pd.DataFrame) -> pd.DataFrame:
    """In how many cells of the tables of all methods each adopted metric stands, and in which ablations."""
    expected = main["row"].nunique() * main["dataset"].nunique()
    there = main["metric"].value_counts().reindex(ADOPTED, fill_value=0)
    tables = ablations.groupby("metric")["table"].agg(lambda names: " and ".join(sorted(set(names)))).reindex(ADOPTED)
    rows = pd.DataFrame({"there": there, "tables": tables, "doubtful": tables.notna(), "expected": expected})
    return rows.assign(name=rows.index.map(metric_name), lacking=expected - rows["there"])


def audit_claims(tables: PublishedTables) -> pd.DataFrame:
    """Hold the claims of Section 4.3 against every cell and mark that they speak of.

    "Best" is a check for each other method, data set and metric (a tie that rounding could have made does not fail),
    "significantly" one for each metric and data set, by the methods without the mark, and one for each metric.
    """
    cells = tables.means("dildl")
    best = [_best(cells, claim.pop("metrics")).assign(**claim) for claim in map(dict, AUDIT["best"])]
    movie = cells[(cells["dataset"] == "Movie") & (cells["metric"] == "chebyshev")]
    second = movie[movie["row"] == "RDA"]
    rivals = pair(second, movie[~movie["row"].isin([OWN, "RDA"])], ["dataset", "metric"])
    others = cells[cells["row"] != OWN]
    marked = others.assign(lacking=others["row"].where(others["marker"] != "better"), plain=others["marker"] == "none")
    sets = marked.groupby(["metric", "name", "dataset"], sort=False).agg(
        table=("table", "first"), n=("row", "size"), fails=("lacking", "count"), doubtful=("plain", "any"),
        lacking=("lacking", lambda names: ", ".join(names.dropna())),
    ).reset_index()  # fmt: skip
    sets["marked"] = sets["n"] - sets["fails"]
    several = sets.assign(held=sets["fails"] == 0).groupby(["metric", "name"], sort=False)["held"].sum().reset_index()
    several = several.assign(multiple=MULTIPLE, short=MULTIPLE - several["held"])
    return pd.concat([
        as_checks("best", pd.concat(best), "behind"),
        as_checks("next best", rivals, "behind"),
        as_checks("next best marked", second.assign(unmarked=second["marker"] != "better"), "unmarked"),
        as_checks("significant", sets, "fails"),
        as_checks("significant on several", several, "short"),
    ])  # fmt: skip


def audit_left_out(tables: PublishedTables) -> pd.DataFrame:
    """Hold "outperforms other methods" against the metrics that the paper adopts but prints for no other method."""
    cells = tables.means("amema_appendix")
    return as_checks("left-out metrics", _best(cells[cells["row"] != "AMEMA"], LEFT_OUT), "behind")


def _best(cells: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Pair the paper's own cells with all others, by how much these are better, and what speaks for a misprint."""
    own = cells[(cells["row"] == OWN) & cells["metric"].isin(metrics)]
    own = own.sort_values("metric", key=lambda names: names.map(list(metrics).index), kind="stable")
    pairs = pair(own, cells[cells["row"] != OWN], ["dataset", "metric"])
    marked = np.where(pairs["marker_other"] == "worse", "The table itself marks the cell so (◦). ", "")
    suspect = {dataset: _suspect(rows) for dataset, rows in cells[cells["row"] == OWN].groupby("dataset")}
    return pairs.assign(
        least=np.where(pairs["metric"].isin(HIGHER_IS_BETTER), "least", "most"),
        suspect=marked + pairs["dataset"].map(suspect),
    )


def _suspect(own: pd.DataFrame) -> str:
    """That the Euclidean distances of a row cannot all be right, so that the compared one may be the wrong one."""
    means = own.set_index("metric")[["value", "half_unit"]]
    for bound in INEQUALITIES:
        if set(bound.metrics) == set(EUCLIDEAN) <= set(means.index):  # none of these depends on the number of labels
            if least_excess(bound, 0, list(means.loc[bound.metrics].itertuples(index=False, name=None))) > 0:
                return f"{OWN}'s own numbers there break {bound.statement}; this one may be a misprint."
    return ""
