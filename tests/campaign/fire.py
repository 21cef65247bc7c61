"""What all attacks share: a place with a command in it, what it leaves behind, and what it stored."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ILDL = (sys.executable, "-c", "from ildl.cli import main; main()")
COMPANION = (sys.executable, "-m", "companion.cli")
MARK = "ILDL_CAMPAIGN"
"""Environment variable by which the processes of a place are known, whoever adopts them."""
LIMIT = 240
"""Seconds after which a command hangs."""
SMALL = ("run", "-d", "Artificial", "-m", "Uniform", "-m", "Train-mean", "--n-splits", "3")
"""A run of six cells that takes no time to train."""


class Place:
    """A folder in which commands run, with a folder for temporary files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.temporary = folder, folder / "results", folder / "tmp"
        self.temporary.mkdir()
        self.mark, self.pids = uuid.uuid4().hex, set[int]()
        nowhere = "http://127.0.0.1:9"  # no attack leaves this machine
        self.env = os.environ | {MARK: self.mark, "TMPDIR": str(self.temporary), "OMP_NUM_THREADS": "1"}
        self.env |= {"http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": "127.0.0.1"}
        self.env["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, ROOT / "book")))

    def start(self, *words: str | Path, command: Sequence[str] = ILDL) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group."""
        process = subprocess.Popen(
            [*command, *map(str, words)], cwd=self.folder, env=self.env, start_new_session=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.pids.add(process.pid)
        return process

    def run(self, *words: str | Path, command: Sequence[str] = ILDL, limit: float = LIMIT) -> Ended:
        """Run a command to its end; one that hangs fails the trial."""
        return self.end_of(self.start(*words, command=command), limit)

    def end_of(self, process: subprocess.Popen[str], limit: float = LIMIT) -> Ended:
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.clear()
            pytest.fail(f"it did not end within {limit} seconds")
        return Ended(process.returncode, out, err)

    def alive(self) -> list[int]:
        """Processes that were started here and live."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
                if ours and (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    found.append(int(folder.name))
        return found

    def clear(self) -> None:
        """End what is left, and take away what is in nobody's folder."""
        for pid in self.alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for path in self._in_memory():
            shutil.rmtree(path, ignore_errors=True)

    def leftovers(self) -> list[str]:
        """Halves of files in the store, and what is left in the folders for temporary files."""
        return [str(path) for path in [*self.store.rglob("*.part"), *self.temporary.iterdir(), *self._in_memory()]]

    def _in_memory(self) -> list[Path]:
        of_ours = re.compile(rf"joblib.*_({'|'.join(map(str, self.pids))})_")
        return [path for path in Path("/dev/shm").glob("joblib*") if of_ours.match(path.name)]

    def records(self) -> dict[str, Any]:
        """Key -> numbers of each record, read without the library; a damaged one fails the trial."""
        found = {}
        for path in self.store.rglob("*.json"):
            record = json.loads(path.read_text())
            assert record["key"] == record["cell"]["key"] == path.stem, f"{path} holds another cell"
            assert all(map(math.isfinite, record["metrics"].values())), f"{path}: not all numbers are finite"
            fit = {name: value for name, value in record["fit"].items() if name != "fit_seconds"}
            found[path.stem] = record["cell"], record["metrics"], fit, record["splits"]
        return found

    def stamps(self) -> dict[Path, tuple[int, int]]:
        """Which files the records are: another one stands for a cell that was computed again."""
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in self.store.rglob("*.json")}


class Ended:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def faults(self, *named: str | Path) -> Iterator[str]:
        """What is wrong with an end that is no success: a traceback, or nothing that names what it is about."""
        if "Traceback" in self.out + self.err or self.code < 0:
            yield f"it ended with {self.code} and a traceback: {self.err[-1500:]}"
        elif self.code:
            if self.code not in (1, 2):
                yield f"exit code {self.code}: {self.err[-500:]}"
            said = " ".join(self.err.split())
            yield from (f"it does not name {name}: {said[-500:]}" for name in map(str, named) if name not in said)
            if not re.search(r"\w+ \w+ \w+", said):
                yield f"no sentence says what is wrong: {said!r}"


def hold(*faults: str) -> None:
    """Fail with all faults, if there are any."""
    if faults:
        pytest.fail("; ".join(faults), pytrace=False)


def wait_for(condition: Any, seconds: float) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def in_namespace() -> tuple[str, ...]:
    """The command by which a user mounts folders for one command alone; where it is missing, skip by name."""
    command = ("unshare", "--user", "--map-root-user", "--mount")
    probe = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("mounting a folder as a user (unshare) is not possible here")
    return command


def _replaced(make: Any) -> Any:
    def damage(path: Path, random: Random) -> None:
        path.unlink()
        make(path)

    return damage


def _turned_over(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= random.randint(1, 255)
    path.write_bytes(content)


DAMAGES = {
    "truncated": lambda path, random: os.truncate(path, random.randrange(1, path.stat().st_size)),
    "emptied": lambda path, random: os.truncate(path, 0),
    "one byte turned over": _turned_over,
    "a folder": _replaced(Path.mkdir),
    "a link to itself": _replaced(lambda path: path.symlink_to(path)),
    "rubbish": lambda path, random: path.write_bytes(random.randbytes(4000)),
    "deep JSON": lambda path, random: path.write_text("[" * 200_000),
}
"""What may befall a file."""
