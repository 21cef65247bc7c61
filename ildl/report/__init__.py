"""Published numbers, statistics, tables and figures; takes data frames, knows no other part of the package.

Figures are modules of their own (`figures_data`, `figures_method`, `figures_results`), so that tables need no plotting.
"""

from ildl.report.method_pages import comparison_tables, method_pages
from ildl.report.noise import noise
from ildl.report.published import load_first_hand, load_published
from ildl.report.sentences import (
    better_than_uniform,
    distance_to_published,
    inside_noise,
    nearest_reading,
    provenance,
)
from ildl.report.statistics import seed_means, summarise
from ildl.report.tables import ScrollingTable, comparison_table, method_label, render_comparison

__all__ = [
    "ScrollingTable",
    "better_than_uniform",
    "comparison_table",
    "comparison_tables",
    "distance_to_published",
    "inside_noise",
    "load_first_hand",
    "load_published",
    "method_label",
    "method_pages",
    "nearest_reading",
    "noise",
    "provenance",
    "render_comparison",
    "seed_means",
    "summarise",
]
