"""How many trials there are, where they take place, and the table of their outcomes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.fire import Place

WITHIN_A_KIND = ("trial", "damage", "name", "headers", "bad")
"""Parameters of tests in which the trials of one kind differ."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--trials", type=int, default=3, help="Trials of what happens at random moments or places.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "trial" in metafunc.fixturenames:
        metafunc.parametrize("trial", range(metafunc.config.getoption("--trials")))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.clear()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """`undisturbed(*words)` is the place of a run that nothing befell, with records to compare with."""
    known: dict[Any, Place] = {}

    def run(*words: str) -> Place:
        if words not in known:
            place = Place(tmp_path_factory.mktemp("undisturbed"))
            ended = place.run(*words)
            assert ended.code == 0, ended.err
            known[words] = place
        return known[words]

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say of which kind each trial is."""
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        words = [getattr(value, "__name__", str(value)) for name, value in given.items() if name not in WITHIN_A_KIND]
        kind = " / ".join([item.name.partition("[")[0].removeprefix("test_"), *words])
        item.user_properties.append(("kind", kind.replace("_", " ")))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Kind, trials, held, did not hold."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            kinds[dict(getattr(report, "user_properties", ())).get("kind", report.nodeid)][outcome] += 1
    if not kinds:
        return
    terminalreporter.section("campaign")
    terminalreporter.line(f"{'kind':84} {'trials':>7} {'held':>7} {'did not':>7} {'skipped':>7}")
    for kind, counts in sorted(kinds.items()):
        failed = counts["failed"] + counts["error"]
        numbers = (counts["passed"] + failed, counts["passed"], failed, counts["skipped"])
        terminalreporter.line(f"{kind:84} " + " ".join(f"{number:7}" for number in numbers))
