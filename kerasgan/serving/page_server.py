"""Serves a folder of a web page to this machine's own browsers."""

import functools
import http.server
import pathlib
import sys
from typing import Any

LOOPBACK = "127.0.0.1"

# What index.html asks for, and that no other page shows it in a frame, which takes a header.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' "
    "blob: data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class _Handler(http.server.SimpleHTTPRequestHandler):
    # Said here, since browsers refuse modules of another type and systems differ in theirs.
    extensions_map = {  # noqa: RUF012 (the base class's name)
        "": "application/octet-stream",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".md": "text/plain; charset=utf-8",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")  # the next model may have the same address
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Requests are no news."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of a file is no news either."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def page_server(folder: pathlib.Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server of that folder on the loopback address; call its `serve_forever`.

    Args:
        folder: of the page.
        port: to listen on; 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """
    handler = functools.partial(_Handler, directory=str(folder))
    return _Server((LOOPBACK, port), handler)
