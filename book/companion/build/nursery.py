"""A process that has imported once what notebooks import, and forks a kernel whenever it is asked for one.

`companion.build.kernels` starts it as a script: the number of a socket that listens, and the modules. A client sends
one line of JSON (arguments of the kernel, folder, environment) and reads two: the kernel's process, and later how it
ended. When the client hangs up, its kernel is killed; when standard input ends, all are, and this process with them.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

LAUNCHER = "ipykernel_launcher"
PARENT = "JPY_PARENT_PID"
"""Whose end a kernel does not outlive."""


def main(listening: int, modules: Sequence[str]) -> None:
    """Import, then serve until standard input ends."""
    os.environ[PARENT] = str(os.getpid())  # read when ipykernel is imported
    for module in ("ipykernel.kernelapp", "IPython.core.completer", *modules):
        try:
            importlib.import_module(module)
        except Exception:  # noqa: S112 - the cell that imports it will say so
            continue
    gc.collect()
    gc.freeze()
    listener = socket.socket(fileno=listening)
    woken, waking = os.pipe()
    for end in (woken, waking):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking)
    kernels: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for file in (sys.stdin.fileno(), listener, woken):
            selector.register(file, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == sys.stdin.fileno():
                    for kernel in kernels:
                        os.kill(kernel, signal.SIGKILL)
                    return
                if key.fileobj == woken:
                    os.read(woken, 4096)
                    for kernel, status in _ended():
                        selector.unregister(kernels[kernel])
                        _tell(kernels.pop(kernel), status, last=True)
                elif key.fileobj is listener:
                    client = listener.accept()[0]
                    kernel = _forked(client)
                    kernels[kernel] = client
                    selector.register(client, selectors.EVENT_READ, kernel)
                    _tell(client, kernel)
                elif key.data in kernels:  # a client says nothing more: it has hung up
                    os.kill(key.data, signal.SIGKILL)


def _ended() -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while True:
        try:
            kernel, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            kernel, status = 0, 0
        if not kernel:
            return found
        found.append((kernel, os.waitstatus_to_exitcode(status)))


def _tell(client: socket.socket, number: int, last: bool = False) -> None:
    try:
        client.sendall(f"{number}\n".encode())
    except OSError:  # it has hung up
        pass
    if last:
        client.close()


def _forked(client: socket.socket) -> int:
    with client.makefile() as lines:
        asked = json.loads(lines.readline())
    return os.fork() or _be_a_kernel(**asked)


def _be_a_kernel(arguments: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    """Become what `python -m ipykernel_launcher` is."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment | {PARENT: str(os.getppid())})
        sys.argv = [LAUNCHER, *arguments]
        from ipykernel import kernelapp

        kernelapp.launch_new_instance()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this script
    main(int(sys.argv[1]), sys.argv[2:])
