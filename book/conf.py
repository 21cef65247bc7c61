"""The book without Jupyter Book, should that no longer install: `sphinx-build book/ _build/html` builds the same pages.

All settings stand in `_config.yml`; what Jupyter Book makes of its own keys is made of them here. It never reads this.
"""

from pathlib import Path

import yaml

_config = yaml.safe_load((Path(__file__).parents[1] / "_config.yml").read_text(encoding="utf-8"))

author, copyright, html_title = _config["author"], _config["copyright"], _config["title"]
extensions = [
    "sphinx_togglebutton",
    "myst_nb",
    "sphinx_external_toc",
    "sphinx_multitoc_numbering",
    "sphinx_book_theme",
    "sphinxcontrib.bibtex",
    *_config["sphinx"]["extra_extensions"],
]
bibtex_bibfiles = _config["bibtex_bibfiles"]
external_toc_exclude_missing = _config["only_build_toc_files"]
html_sourcelink_suffix = ""
html_theme = "sphinx_book_theme"
html_theme_options = {
    "home_page_in_toc": _config["html"]["home_page_in_navbar"],
    "search_bar_text": "Search this book...",
}
myst_enable_extensions = _config["parse"]["myst_enable_extensions"]
nb_execution_mode = _config["execute"]["execute_notebooks"]
suppress_warnings = ["myst.domains"]
globals().update(_config["sphinx"]["config"])
