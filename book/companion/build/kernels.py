"""Kernels for many notebooks: a process imports once what all of them import, and is forked for each (on Linux)."""

from __future__ import annotations

import ast
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbformat import NotebookNode

from companion.build import nursery

CAN_FORK = sys.platform == "linux"
"""Elsewhere (macOS) a process that has imported numerical libraries may not be forked."""
POLL = 0.02
"""Seconds between two looks at whether a kernel has ended."""


def modules_of(notebooks: Iterable[NotebookNode]) -> list[str]:
    """Return the modules that the cells of notebooks import, in order."""
    cells = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "code"]
    found: dict[str, None] = {}
    for cell in cells:
        try:
            statements = list(ast.walk(ast.parse(cell)))
        except SyntaxError:  # a magic of IPython, or a mistake that the kernel will name
            continue
        for statement in statements:
            if isinstance(statement, ast.Import):
                found |= dict.fromkeys(name.name for name in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                found[statement.module] = None
    return list(found)


class Nursery:
    """Starts the process that kernels are forked from; `address` is where `Forked` finds it. Use it in `with`."""

    def __init__(self, modules: Iterable[str], environment: Mapping[str, str], stderr: int | None = None) -> None:
        self._folder = TemporaryDirectory()
        self.address = str(Path(self._folder.name) / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(64)
            number = listener.fileno()
            self._process = subprocess.Popen(
                [sys.executable, nursery.__file__, str(number), *modules],
                stdin=subprocess.PIPE,
                stderr=stderr,
                pass_fds=(number,),
                # As a kernel of its own would have it before it imports Matplotlib.
                env={"MPLBACKEND": "module://matplotlib_inline.backend_inline", **environment},
                start_new_session=True,
            )

    def close(self) -> None:
        """End the process, and kernels that are still there."""
        self._process.communicate()
        self._folder.cleanup()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Child:
    """What a provisioner needs of `subprocess.Popen`, for a process that the nursery has forked."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, arguments: list[str], folder: str, environment: Mapping[str, str]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._lines = self._socket.makefile("rw")
        json.dump({"arguments": arguments, "folder": folder, "environment": dict(environment)}, self._lines)
        self._lines.write("\n")
        self._lines.flush()
        self.returncode: int | None = None
        self.pid = int(self._lines.readline())  # as soon as all is imported

    def poll(self) -> int | None:
        """How it ended, None while it runs."""
        if self.returncode is None and select.select([self._socket], [], [], 0)[0]:
            self.returncode = int(self._lines.readline() or -signal.SIGKILL)
            self._lines.close()
            self._socket.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends."""
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(nursery.LAUNCHER, timeout or 0)
            time.sleep(POLL)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Forked(LocalProvisioner):
    """Has kernels of Python forked by the nursery at `address`; without one, they are started as ever."""

    address: str | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel."""
        if self.address is None or nursery.LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        folder, environment = str(kwargs.get("cwd") or Path.cwd()), kwargs.get("env") or os.environ
        arguments = cmd[cmd.index(nursery.LAUNCHER) + 1 :]
        process: Any = _Child(self.address, arguments, folder, environment)
        self.process, self.pid, self.pgid, self.cwd = process, process.pid, process.pid, folder
        return self.connection_info


def _provide(manager: KernelManager, given: dict[str, Any]) -> None:
    if manager.provisioner is None:
        manager.kernel_id = manager.kernel_id or given.pop("kernel_id", str(uuid4()))
        manager.provisioner = Forked(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)


class ForkingKernelManager(KernelManager):
    """For callers that wait."""

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        _provide(self, kw)
        return await super()._async_pre_start_kernel(**kw)


class AsyncForkingKernelManager(AsyncKernelManager):
    """For papermill."""

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        _provide(self, kw)
        return await super()._async_pre_start_kernel(**kw)
