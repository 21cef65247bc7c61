"""Notebooks into pages: papermill executes them into `book/notebooks/`, a Sphinx hook keeps those copies right."""

from companion.build.execute import Outcome, execute

__all__ = ["Outcome", "execute"]
