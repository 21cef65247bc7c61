"""Stored outputs are compared only where the data that they were made from is here; the cells run everywhere."""

from __future__ import annotations

import pytest

from ildl.data import RECORDS, fetch


def missing_labels() -> list[str]:
    missing = []
    for name in RECORDS:
        try:
            fetch(name, labels_only=True, download=False)
        except OSError:
            missing.append(name)
    return missing


MISSING = missing_labels()


def pytest_report_header() -> list[str]:
    return [f"notebooks: outputs are not compared, for want of data: {', '.join(MISSING)}"] if MISSING else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if MISSING and type(item).__name__ == "IPyNbCell":
            item.options["check"] = False  # type: ignore[attr-defined]
