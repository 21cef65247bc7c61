"""Commands whose output nobody reads to its end, as with `| head -1`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from ildl.data import RECORDS
from ildl.data.integrity import write

PROCESSES = """
import gc, json, os, sys
import ildl.compare.tables, ildl.experiments.task, sklearn.model_selection
from ildl.cli import main

gc.freeze()  # or each would search for garbage in all of it
for line in sys.stdin:
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    folder, both, arguments = json.loads(line)
    os.chdir(folder)
    os.environ["ILDL_DATA_HOME"] = folder
    read, written = os.pipe()
    os.close(read)
    os.dup2(written, 1)
    os.dup2(written if both else os.open("said", os.O_CREAT | os.O_WRONLY), 2)
    main(arguments)
"""


@pytest.fixture(scope="module")
def processes():
    """Starts each command in a process whose output nobody reads, and which ends as any does; says its exit code.

    They are copies of one that has imported what takes longest.
    """
    server = subprocess.Popen(
        [sys.executable, "-c", PROCESSES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    yield server
    server.communicate()
    assert server.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [["datasets"], ["--help"], ["run", "-h"], ["fetch", "Emotion6"], ["splits", "-d", "Artificial", "-o", "x.npz"],
     ["run", "--n-splits", "2", "--jobs", "1", "-d", "Artificial", "-m", "Uniform"], ["nonsense"]],
)  # fmt: skip
@pytest.mark.parametrize("both", [False, True], ids=["stdout", "both"])
def test_who_reads_no_further_is_left_in_peace(tmp_path, processes, arguments, both):
    """Nothing is said, and what was to be printed is not."""
    write(tmp_path / RECORDS["Emotion6"].features.path, b"not it")
    print(json.dumps([str(tmp_path), both, arguments]), file=processes.stdin, flush=True)
    assert int(processes.stdout.readline()) in (1, 2)
    assert both or not re.search("Errno|Traceback|Exception", (tmp_path / "said").read_text(encoding="utf-8"))
