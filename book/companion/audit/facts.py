"""What the prose of the audit's page rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from companion.audit.causes import UNLIKE, find_causes
from companion.audit.inequalities import INEQUALITIES, MENDED, NORM
from companion.audit.marks import marks_with_std, published_marks
from companion.audit.printed import ABSENT, PublishedTables, records
from companion.audit.prose import QUOTES
from companion.base.marks import find_mark_tests, judge_marks, paired_correlations, summarise_marks
from companion.show.facts import Facts

MOVIE_ROW, RDA_UNMARKED = "Table 3, Movie, neither component", ("SCUT-FBP, RDA", "Natural_Scene, RDA")
NORM_BREAKS = ("DILDL: Movie, DILDL", "DILDL: RAF-ML, DILDL")


def audit_facts(checks: pd.DataFrame, tables: PublishedTables) -> Facts:
    """Return the numbers and checks of the page."""
    failed = checks[checks["failure"] > 0]
    own = failed[failed["source"] == "dildl"]
    parts = {kind: checks[checks["kind"] == kind] for kind in checks["kind"].unique()}
    copies, text, claims = (parts[kind][parts[kind]["source"] == "dildl"] for kind in ("copies", "text", "claims"))
    absent = text[text["fault"] == ABSENT]
    norm = parts["inequalities"]["should_be"].str.startswith(NORM)
    breaks = parts["inequalities"][parts["inequalities"]["failure"] > 0]
    first_row = parts["ablation baselines"][parts["ablation baselines"]["place"].str.startswith(f"{MOVIE_ROW}:")]
    leaning = parts["rows"][parts["rows"]["place"] == f"{MOVIE_ROW}: all metrics"]
    best = claims[claims["should_be"].str.contains(r"\(.*, Table [12]\)")]
    multiple = claims[claims["should_be"].str.startswith("at least") & claims["printed"].str.contains("data sets")]
    unmarked = parts["rows"][parts["rows"]["should_be"].str.startswith("a mark in one metric")]
    causes = find_causes(tables)
    cell = tables.of("dildl").set_index(["dataset", "method", "metric"])
    numbers = {
        "checks": len(checks),
        "failing": len(failed),
        "failing_own": len(own),
        "doubtful": int((own["doubt"] != "").sum()),
        "movie_least": float(np.hypot(*(cell["mean"]["Movie", "DILDL", f"euclidean_{p}"] for p in ("head", "tail")))),
        "movie_all": float(cell["mean"]["Movie", "DILDL", "euclidean_all"]),
        "first_row": float(first_row[first_row["place"].str.contains("Kullback")]["printed"].item()),
        "rda": float(cell["mean"]["Movie", "RDA", "kl_divergence"]),
        "left_out": len(parts["left-out metrics"]),
        "left_out_failing": fails(parts["left-out metrics"]),
        "copies": len(copies),
        "copies_agree": len(copies) - fails(copies),
        "best": len(best),
        "slips": len(causes),
        "slips_alike": int((causes["likeness"] != UNLIKE).sum()),
        "inequalities": len(INEQUALITIES),
        "means_checked": len(parts["inequalities"]),
    }
    marks, told = mark_facts(tables)
    checked = {
        "fewer than one check in twenty fails": len(failed) < len(checks) / 20,
        "what else fails is in AMEMA's appendix": set(failed["source"]) == {"dildl", "amema_appendix"},
        "DILDL's Euclidean means cannot all be right on Movie and RAF-ML": set(breaks["place"]) == set(NORM_BREAKS),
        "only the bound of head and tail is broken": bool(len(breaks)) and bool(norm[breaks.index].all()),
        "one other digit would mend each": bool(len(breaks)) and bool((breaks["doubt"] == MENDED).all()),
        "on Movie, the ablation's first row is worse than RDA in all six metrics": bool(
            len(first_row) == fails(first_row) == 6 and leaning["printed"].item().startswith("6 worse")
        ),
        "RDA alone has no mark in Tables 1 and 2, on SCUT-FBP and Natural Scene": sorted(
            place.partition("; ")[2].partition(":")[0] for place in unmarked[unmarked["failure"] > 0]["place"]
        )
        == sorted(RDA_UNMARKED),
        "on several data sets every rival is marked": bool(len(multiple)) and fails(multiple) == 0,
        "four of the six adopted metrics are printed for no rival": fails(absent) == 4 and len(absent) == 6,
        "in the metrics left out, some rivals are better by AMEMA's appendix": numbers["left_out_failing"] > 0,
        "nearly all numbers of rivals are those of RDA's appendix": fails(copies) <= len(copies) / 100,
        "DILDL's mean is the best in every cell of Tables 1 and 2": len(best) > 0 and fails(best) == 0,
        "RDA's ranks come out": len(parts["ranks"]) > 0 and fails(parts["ranks"]) == 0,
        "most slips look like slips of typing": numbers["slips_alike"] > len(causes) / 2,
        "some findings in the paper carry a doubt": numbers["doubtful"] > 0,
    }
    return Facts(numbers | marks, checked | told)


def mark_facts(tables: PublishedTables) -> tuple[dict[str, float | int], dict[str, bool]]:
    """Numbers and checks on the test that gives the paper's marks."""
    marks = published_marks(tables)
    judged = judge_marks(marks)
    first, last = judged[judged["table"] != "5"], judged[judged["table"] == "5"]
    found = find_mark_tests(summarise_marks(first))
    (quote,) = (q for q in QUOTES if (q.dataset, q.row, q.statistic) == ("Flickr_LDL", "DILDL", "std"))
    quoted = judge_marks(marks_with_std(marks, quote.table, quote.dataset, quote.printed))
    keys = ["dataset", "method", "metric"]
    possible = last[last["test"] != "paired"].groupby(keys)["possible"].any()
    paired = paired_correlations(marks)
    scut = paired[(paired["table"] == "1") & (paired["dataset"] == "SCUT-FBP") & (paired["method"] == "RDA")]
    least = paired[paired["table"] == "5"].set_index(keys)["correlation_low"][possible[~possible].index]
    printed = tables.of("dildl").set_index(keys)["std"][quote.dataset, quote.row, quote.metric]
    scut_sample, scut_population = (one_mark(judged, "1", "SCUT-FBP", kind) for kind in ("sample", "population"))
    in_table, in_text = (one_mark(rows, quote.table, quote.dataset, "population") for rows in (judged, quoted))
    numbers: dict[str, float | int] = {
        "marks": int(found["marks"].max()),
        "quoted_std": float(quote.printed),
        "printed_std": float(printed),
        "marks_5": len(possible),
        "impossible_5": int((~possible).sum()),
        "correlation_most": float(scut["correlation_high"].item()),
        "correlation_least": float(least.min()) if len(least) else 0.0,
    }
    return numbers, {
        "one test gives every mark of Tables 1 and 2": bool((found["certain"] == found["marks"]).all())
        and set(found["deviation"]) == {"population"}
        and set(found["test"]) == {"pooled", "Welch"},
        "RDA's missing mark on SCUT-FBP tells the two readings of spreads apart": bool(
            scut_population.possible and not scut_sample.possible
        ),
        "RDA's mark on Flickr LDL fits the table's spread and not the text's": bool(
            in_table.certain and not in_text.possible
        ),
        "three marks of Table 5 come from no such test": numbers["impossible_5"] == 3,
        "no one correlation serves all marks": numbers["correlation_most"] < numbers["correlation_least"],
    }


def one_mark(judged: pd.DataFrame, table: str, dataset: str, deviation: str) -> Any:
    """RDA's mark under the pooled test."""
    rows = judged[(judged["test"] == "pooled") & (judged["method"] == "RDA") & (judged["deviation"] == deviation)]
    (row,) = records(rows[(rows["table"] == table) & (rows["dataset"] == dataset)])
    return row


def fails(checks: pd.DataFrame) -> int:
    """How many of them fail."""
    return int((checks["failure"] > 0).sum())
