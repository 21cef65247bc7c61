"""The page on a reader's own study: its cells are the means of the results, and look as the study's page does."""

from companion.your_study.tables import KEY, show_means
from ildl.compare.study import gather, study_of
from ildl.compare.tables import PAPER
from tests.companion.drawn import Cells
from tests.compare.frames import GUESSES, run_frame


def test_cells_are_means_and_standard_deviations():
    frame = run_frame({"A": 1.0, "B": 1.5, **GUESSES})
    page = show_means(study_of(gather([frame])[0]), "means")
    rows = {row[0]: row[1:] for row in Cells(page.html).rows}
    values = frame[frame["metric"] == "chebyshev"].groupby("method")["value"]
    for method, mean, std in zip(values.mean().index, values.mean(), values.std(ddof=0), strict=True):
        assert rows[method][0] == f"{mean:.4f}", method
        assert f"± {std:.4f}" in page.html, method


def test_the_best_mean_keeps_its_colour_where_a_guess_is_as_good():
    study = study_of(gather([run_frame({"A": 2.0, **GUESSES}, noise=0)])[0])
    means = study.means[(study.means["label"] == "A") & study.means["metric"].isin(PAPER)]
    both = means["beaten"].astype(bool) & (means["best"] == "A")
    assert both.any()
    assert show_means(study, "means").html.count(f'<td class="{KEY[0].look}"') == len(PAPER)
