"""The quick profile under two matrix kernels of one machine: what is said of another processor holds."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from ildl.experiments import Store
from ildl.experiments.verification import by_cell, compare_values, verdict

KERNELS = ("Haswell", "Sandybridge", "SkylakeX")


def named(kernel):
    """What a process that is told to use a kernel uses: OpenBLAS takes another one where the processor lacks it."""
    command = [sys.executable, "-c", "from ildl.experiments.digest import kernel; print(kernel())"]
    environment = os.environ | ({"OPENBLAS_CORETYPE": kernel} if kernel else {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def quick(kernel, folder):
    command = [sys.executable, "-m", "companion.cli", "reproduce", "--profile", "quick", "--results-dir", str(folder)]
    subprocess.run(command, env=os.environ | ({"OPENBLAS_CORETYPE": kernel} if kernel else {}), check=True)
    return {record["key"]: record for record in Store(folder, read_only=True).records()}


def test_the_quick_profile_under_two_kernels(tmp_path, capsys):
    here = named("")
    other = next((kernel for kernel in KERNELS if named(kernel) != here), None)
    if other is None:
        pytest.skip(f"this machine has one kernel of OpenBLAS, {here}")
    first, second = quick("", tmp_path / "first"), quick(other, tmp_path / "second")
    assert set(first) == set(second)
    assert {record["kernel"] for record in first.values()} == {here}
    assert {record["kernel"] for record in second.values()} == {named(other)}
    rows = []
    for key, record in first.items():
        # one cell a key, whatever its protocol
        cell = record["cell"] | {"params": f"{record['cell']['params']} {json.dumps(record['cell']['protocol'])} {key}"}
        rows += compare_values(cell, record, second[key])
    frame = pd.DataFrame(rows)
    cells = by_cell(frame).groupby("method")
    table = cells.agg(cells=("equal", "size"), equal=("equal", "sum"), largest=("largest_difference", "max"))
    text, holds = verdict(frame, f"what {here} gives")
    with capsys.disabled():
        print(f"\n{here} and {named(other)}\n{table.to_string()}\n{text}")
    assert holds, text
