"""Kernels that are forked: what a notebook sees is what it would see in a kernel of its own."""

import os
import subprocess
import sys
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from companion.build.kernels import CAN_FORK, Forked, ForkingKernelManager, Nursery, modules_of

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="kernels are forked on Linux only")


def test_modules_are_those_that_cells_import_once_and_in_order():
    cells = [
        "import a.b, c as d\nx = 1",
        "from e.f import g\nfrom . import h\ndef i():\n    import j",
        "%magic\nimport k",
        "import c",
    ]
    notebook = new_notebook(cells=[new_markdown_cell("import l"), *map(new_code_cell, cells)])
    assert modules_of([notebook, notebook]) == ["a.b", "c", "e.f", "j"]


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["colorsys", "no_such_module"], os.environ, stderr=subprocess.DEVNULL) as started:
        yield started


@pytest.fixture
def start(nursery, monkeypatch):
    """A function that starts a kernel, and gives its manager and a function that evaluates an expression in it."""
    monkeypatch.setattr(Forked, "address", nursery.address)
    started = []

    def start_it(**kwargs):
        manager = ForkingKernelManager(kernel_name="python3")
        manager.start_kernel(**kwargs)
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        started.append((manager, client))

        def value(expression):
            reply = client.execute("", user_expressions={"v": expression}, reply=True, timeout=60)
            found = reply["content"]["user_expressions"]["v"]
            return eval(found["data"]["text/plain"]) if found["status"] == "ok" else found["ename"]

        return manager, value

    yield start_it
    for manager, client in started:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)


def test_a_kernel_has_its_folder_and_environment_and_an_empty_namespace(start, tmp_path):
    _, value = start(cwd=str(tmp_path), env=os.environ | {"OF_THIS_KERNEL": "yes"})
    assert value("__import__('os').getcwd()") == str(tmp_path)
    assert value("__import__('os').environ['OF_THIS_KERNEL']") == "yes"
    assert value("'colorsys' in __import__('sys').modules") is True  # imported, and yet:
    assert value("colorsys") == "NameError"
    assert value("__import__('no_such_module')") == "ModuleNotFoundError"


def test_its_path_and_its_backend_are_those_of_a_kernel_of_its_own(start, monkeypatch):
    seen = ("__import__('sys').path", "__import__('matplotlib').get_backend()", "__import__('sys').argv[1:2]")
    forked = list(map(start()[1], seen))
    monkeypatch.setattr(Forked, "address", None)
    assert list(map(start()[1], seen)) == forked


def test_kernels_share_nothing_that_is_changed(start):
    (_, one), (_, other) = start(), start()
    assert one("setattr(__import__('colorsys'), 'changed', 1)") is None
    assert one("__import__('colorsys').changed") == 1
    assert other("__import__('colorsys').changed") == "AttributeError"
    assert one("__import__('os').getpid()") != other("__import__('os').getpid()")


def test_a_kernel_that_dies_is_seen_to(start):
    manager, value = start()
    assert manager.is_alive()
    os.kill(value("__import__('os').getpid()"), 9)
    end = time.monotonic() + 30
    while manager.is_alive() and time.monotonic() < end:
        time.sleep(0.02)
    assert manager.provisioner.process.returncode == -9


def test_a_kernel_can_be_interrupted_and_shut_down(start):
    manager, value = start()
    manager.interrupt_kernel()
    assert value("1 + 1") == 2
    manager.shutdown_kernel()
    assert not manager.is_alive()
    assert manager.provisioner is None or manager.provisioner.process is None


def test_no_kernel_outlives_whoever_started_the_nursery(tmp_path):
    script = """
import os, sys
from companion.build.kernels import Forked, ForkingKernelManager, Nursery
nursery = Nursery([], os.environ)
Forked.address = nursery.address
manager = ForkingKernelManager(kernel_name="python3")
manager.start_kernel()
print(manager.provisioner.pid, nursery._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    left = [int(pid) for pid in ended.stdout.split()]
    assert len(left) == 2, ended.stderr
    end = time.monotonic() + 30
    while any(map(alive, left)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(map(alive, left))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
