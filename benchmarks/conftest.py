"""Options: what is measured, and where the figures go."""

from __future__ import annotations

from pathlib import Path


def pytest_addoption(parser):
    group = parser.getgroup("ildl", "the trainer against a plain loop")
    group.addoption("--data", default="Artificial", help="data set (default: %(default)s; never downloads)")
    group.addoption("--folds", type=int, default=10, help="folds, the members of one ensemble (default: %(default)s)")
    group.addoption("--epochs", type=int, default=20, help="epochs of each training (default: %(default)s)")
    group.addoption("--rounds", type=int, default=3, help="how often each is timed (default: %(default)s)")
    group.addoption("--device", default="cpu", help="device of the trainer; the loop runs on the CPU (default: cpu)")
    group.addoption("--output", type=Path, default=Path("_build/benchmarks/engine.json"), help="JSON (%(default)s)")
