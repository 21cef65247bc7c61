"""A server on this machine, and a cache folder of a test's own."""

import http.server
import importlib
import threading

import pytest


class Server:
    """Serves `answers`: path -> list of (status, body, declared length), one a request, the last for ever."""

    def __init__(self):
        self.answers, self.requests = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                queue = outer.answers.get(self.path, [(404, b"", 0)])
                status, body, length = queue.pop(0) if len(queue) > 1 else queue[0]
                self.send_response(status)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, path, *answers):
        self.answers[path] = [
            (status, body, len(body) if length is None else length) for status, body, length in answers
        ]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    module = importlib.import_module("ildl.data.fetch")  # `ildl.data.fetch` itself is the function
    monkeypatch.setattr(module, "_cache_folder", lambda: folder)
    monkeypatch.setattr(module, "WAITS", (0.0, 0.0, 0.0))
    monkeypatch.delenv("ILDL_DATA_HOME", raising=False)
    return folder
