"""Servers that are broken or mean, on this machine alone: fetching ends soon, with a sentence, and keeps nothing."""

from __future__ import annotations

import gzip
import io
import resource
import socket
import sys
import threading
import time
import zipfile
from contextlib import suppress

import pytest

from tests.campaign.fire import hold

CONTENT = b"features and labels" * 1000
SECONDS = 60
"""In which all rounds of attempts end, with the limits of FETCH."""
FETCH = """
import sys
from ildl.cli import main
from ildl.data import catalogue, Record, Sampling, SourceFile
from ildl.data.integrity import git_blob_id
module = sys.modules["ildl.data.fetch"]
module.WAITS, module.TIMEOUTS, module.MOST = (0.0, 0.1, 0.1), (2.0, 2.0), 20_000_000
address = sys.argv.pop(1)
blob = git_blob_id(b"features and labels" * 1000)
file = SourceFile("tiny.mat", (address + "/tiny.mat",), blob)
catalogue.RECORDS["Tiny"] = Record("Tiny", file, None, 4, 2, 3, ("a", "b", "c"), "established", "public", "none",
                                   Sampling(1, 1, 0, 2), "none")
main(["fetch", "Tiny"])
"""
"""The command, with a catalogue of one file and shorter waits."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"


def sized(content, length=None, headers=b""):
    return OK + headers + b"Content-Length: %d\r\n\r\n" % (len(content) if length is None else length) + content


def redirected(address):
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % address


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("features.npy", bytes(300_000_000))
    return buffer.getvalue()


def slowly(client):
    client.sendall(OK + b"\r\n")
    for _ in range(10 * SECONDS):
        client.sendall(b"x")
        time.sleep(0.1)


def endlessly(client, head=OK + b"\r\n"):
    client.sendall(head)
    while True:
        client.sendall(bytes(1_000_000))


def endless_headers(client):
    client.sendall(OK)
    while True:
        client.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


ANSWERS = {
    "slow": slowly,
    "slow to say anything": lambda client: time.sleep(SECONDS),
    "endless": endlessly,
    "endless, in chunks": lambda client: endless_chunks(client),
    "endless, after a length": lambda client: endlessly(client, OK + b"Content-Length: 1000\r\n\r\n"),
    "endless headers": endless_headers,
    "a length that is no number": lambda client: client.sendall(OK + b"Content-Length: many\r\n\r\n"),
    "truncated": lambda client: client.sendall(sized(CONTENT[:-1], len(CONTENT))),
    "wrong bytes": lambda client: client.sendall(sized(b"<html>sign in</html>")),
    "redirected to a file": lambda client: client.sendall(redirected(b"file:///etc/passwd")),
    "redirected in a loop": lambda client: client.sendall(redirected(b"/tiny.mat")),
    "redirected to nowhere": lambda client: client.sendall(redirected(b"http://")),
    "compressed bomb": lambda client: client.sendall(
        sized(gzip.compress(bytes(1_000_000_000), 9), headers=b"Content-Encoding: gzip\r\n")
    ),
    "zip bomb": lambda client: client.sendall(sized(bomb())),
    "no page": lambda client: client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    "its error": lambda client: client.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
    "closed at once": lambda client: None,
    "no HTTP": lambda client: client.sendall(b"\x00\xff" * 1000),
}
"""What a server does once it is asked, until the client hangs up."""


def endless_chunks(client):
    client.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        client.sendall(b"100000\r\n" + bytes(0x100000) + b"\r\n")


@pytest.fixture
def serve():
    """`serve(answer)` is the address of a server that gives this answer."""
    listeners = []

    def answer_one(client, answer):
        with client, suppress(OSError):
            client.settimeout(SECONDS)
            client.recv(65536)
            answer(client)
            client.shutdown(socket.SHUT_WR)
            client.recv(65536)

    def accept(listener, answer):
        with suppress(OSError):
            while True:
                threading.Thread(target=answer_one, args=(listener.accept()[0], answer), daemon=True).start()

    def start(answer):
        listeners.append(listener := socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=accept, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_hostile_server(answer, place, serve):
    address = serve(ANSWERS[answer])
    home = place.folder / "home"
    place.env["ILDL_DATA_HOME"] = str(home)
    start = time.monotonic()
    ended = place.run(address, command=(sys.executable, "-c", FETCH), limit=SECONDS)
    faults = [*ended.faults("tiny.mat", address)]
    if not ended.code:
        faults.append("it ended as if all were well")
    if found := [path for path in home.rglob("*") if path.is_file()]:
        faults.append(f"there are {found}")
    if (peak := resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) > 2_000_000:
        faults.append(f"it took {peak / 1e6:.1f} GB of memory")
    hold(*faults, *([] if time.monotonic() - start < SECONDS else ["it took too long"]))


@pytest.mark.parametrize("headers", [b"", b"Content-Encoding: gzip\r\n"], ids=["plain", "said to be packed"])
def test_the_right_bytes(headers, place, serve):
    """What the others are measured against: of what a server says, the bytes alone count."""
    place.env["ILDL_DATA_HOME"] = str(place.folder)
    ended = place.run(
        serve(lambda client: client.sendall(sized(CONTENT, headers=headers))), command=(sys.executable, "-c", FETCH)
    )
    assert ended.code == 0, ended.err
    assert (place.folder / "tiny.mat").read_bytes() == CONTENT
