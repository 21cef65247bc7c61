"""What the prose of the audit's page rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from companion.audit.causes import UNLIKE, find_causes
from companion.audit.inequalities import INEQUALITIES, NORM
from companion.audit.marks import marks_with_std, published_marks
from companion.audit.printed import ABSENT, PublishedTables
from companion.audit.prose import QUOTES
from companion.base.marks import find_mark_tests, judge_marks, paired_correlations, summarise_marks
from companion.show.facts import Facts, every

MOVIE_ROW, RDA_UNMARKED = "Table 3, Movie, neither component", {"SCUT-FBP, RDA", "Natural_Scene, RDA"}
NORM_BREAKS = {"DILDL: Movie, DILDL", "DILDL: RAF-ML, DILDL"}
KEYS = ["dataset", "method", "metric"]


def audit_facts(checks: pd.DataFrame, tables: PublishedTables) -> Facts:
    """Return the numbers and checks of the page."""
    checks = checks.assign(fails=checks["failure"] > 0)
    failed, own = checks[checks["fails"]], checks[checks["source"] == "dildl"]
    kind = dict(iter(checks.groupby("kind")))
    copies, text, claims = (own[own["kind"] == name] for name in ("copies", "text", "claims"))
    absent, breaks = text[text["fault"] == ABSENT], kind["inequalities"].query("fails")
    first_row = kind["ablation baselines"][kind["ablation baselines"]["place"].str.startswith(f"{MOVIE_ROW}:")]
    leaning = kind["rows"].set_index("place")["printed"][f"{MOVIE_ROW}: all metrics"]
    best = claims[claims["should_be"].str.contains(r"\(.*, Table [12]\)")]
    several = claims[claims["printed"].str.contains("data sets on which")]
    unmarked = kind["rows"].query("fails")["place"].str.extract("; (.*?): all metrics with spreads")[0].dropna()
    causes = find_causes(tables)
    printed = tables.of("dildl").set_index(KEYS)
    cell, spread = printed["mean"], printed["std"]["Movie", "RDA", "kl_divergence"]
    numbers = {
        "checks": len(checks),
        "failing": len(failed),
        "failing_own": int(own["fails"].sum()),
        "doubtful": int((own["fails"] & (own["doubt"] != "")).sum()),
        "movie_least": float(np.hypot(*(cell["Movie", "DILDL", f"euclidean_{part}"] for part in ("head", "tail")))),
        "movie_all": float(cell["Movie", "DILDL", "euclidean_all"]),
        "first_row": float(first_row[first_row["place"].str.contains("Kullback")]["printed"].item()),
        "rda": float(cell["Movie", "RDA", "kl_divergence"]),
        "left_out": len(kind["left-out metrics"]),
        "left_out_failing": int(kind["left-out metrics"]["fails"].sum()),
        "copies": len(copies),
        "copies_agree": int((~copies["fails"]).sum()),
        "best": len(best),
        "slips": len(causes),
        "slips_alike": int((causes["likeness"] != UNLIKE).sum()),
        "inequalities": len(INEQUALITIES),
        "means_checked": len(kind["inequalities"]),
    }
    marks, told = mark_facts(tables)
    return Facts(numbers | marks, told | {
        "fewer than one check in twenty fails": len(failed) < len(checks) / 20,
        "what else fails is in AMEMA's appendix": set(failed["source"]) == {"dildl", "amema_appendix"},
        "DILDL's Euclidean means cannot all be right on Movie and RAF-ML": set(breaks["place"]) == NORM_BREAKS,
        "only the bound of head and tail is broken": every(breaks["should_be"].str.startswith(NORM)),
        "one other digit would mend each": every(breaks["doubt"] != ""),
        "on Movie, the ablation's first row is worse than RDA in all six metrics": leaning.startswith("6 worse")
        and len(first_row) == first_row["fails"].sum() == 6,
        "its divergence is worse by less than a printed spread": numbers["first_row"] - numbers["rda"] < spread,
        "RDA alone has no mark in Tables 1 and 2, on SCUT-FBP and Natural Scene": set(unmarked) == RDA_UNMARKED,
        "on several data sets every rival is marked": every(~several["fails"]),
        "four of the six adopted metrics are printed for no rival": absent["fails"].sum() == 4 and len(absent) == 6,
        "in the metrics left out, some rivals are better by AMEMA's appendix": numbers["left_out_failing"] > 0,
        "nearly all numbers of rivals are those of RDA's appendix": copies["fails"].sum() <= len(copies) / 100,
        "DILDL's mean is the best in every cell of Tables 1 and 2": every(~best["fails"]),
        "RDA's ranks come out": every(~kind["ranks"]["fails"]),
        "most slips look like slips of typing": numbers["slips_alike"] > len(causes) / 2,
        "some findings in the paper carry a doubt": numbers["doubtful"] > 0,
    })  # fmt: skip


def mark_facts(tables: PublishedTables) -> tuple[dict[str, float | int], dict[str, bool]]:
    """Numbers and checks on the test that gives the paper's marks."""
    marks = published_marks(tables)
    judged, paired = judge_marks(marks), paired_correlations(marks)
    found = find_mark_tests(summarise_marks(judged[judged["table"] != "5"]))
    quote = QUOTES.query("dataset == 'Flickr_LDL' and row == 'DILDL' and statistic == 'std'").iloc[0]
    quoted = judge_marks(marks_with_std(marks, quote["table"], quote["dataset"], quote["printed"]))
    last = judged.query("table == '5' and test != 'paired'").groupby(KEYS)["possible"].any()
    impossible = last[~last].index
    scut = paired.query("table == '1' and dataset == 'SCUT-FBP' and method == 'RDA'")
    least = paired[paired["table"] == "5"].set_index(KEYS)["correlation_low"][impossible]
    scut_sample, scut_population = (one_mark(judged, "1", "SCUT-FBP", kind) for kind in ("sample", "population"))
    in_table, in_text = (one_mark(rows, quote["table"], quote["dataset"], "population") for rows in (judged, quoted))
    numbers: dict[str, float | int] = {
        "marks": int(found["marks"].max()),
        "quoted_std": float(quote["value"]),
        "printed_std": float(tables.of("dildl").set_index(KEYS)["std"]["Flickr_LDL", "DILDL", quote["metric"]]),
        "marks_5": len(last),
        "correlation_most": float(scut["correlation_high"].item()),
        "correlation_least": float(least.min()) if len(least) else 0.0,
    }
    return numbers, {
        "one test gives every mark of Tables 1 and 2": every(found["certain"] == found["marks"])
        and set(found["deviation"]) == {"population"}
        and set(found["test"]) == {"pooled", "Welch"},
        "RDA's missing mark on SCUT-FBP tells the two readings of spreads apart": scut_population["possible"]
        and not scut_sample["possible"],
        "RDA's mark on Flickr LDL fits the table's spread and not the text's": in_table["certain"]
        and not in_text["possible"],
        "three marks of Table 5 come from no such test": len(impossible) == 3,
        "no one correlation serves all marks": numbers["correlation_most"] < numbers["correlation_least"],
    }


def one_mark(judged: pd.DataFrame, table: str, dataset: str, deviation: str) -> Any:
    """RDA's mark under the pooled test."""
    keys = {"test": "pooled", "method": "RDA", "table": table, "dataset": dataset, "deviation": deviation}
    (row,) = judged[(judged[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
    return row
