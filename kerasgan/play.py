"""Shows a generator in the browser: `python -m kerasgan.play --model=saved_models/generator`.

Writes the page of `python -m kerasgan.export --format=web` to a temporary folder, serves it to this
machine only, and opens it in the browser, until Ctrl-C.
"""

import contextlib
import pathlib
import tempfile
import webbrowser

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.errors import UserError


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    common_flags.define_page_latents_flag()
    flags.DEFINE_integer("port", 0, "of the address, on this machine only. 0: any that is free")
    flags.DEFINE_bool("browser", True, "open the page in a browser; --nobrowser prints its address")


def main() -> int:
    """Serves until Ctrl-C."""
    common_flags.check_source()
    port = common_flags.check_number("port", 0, 65535)
    painter = common_flags.open_painter()
    from kerasgan.sampling.page import write_page_of
    from kerasgan.serving.page_server import LOOPBACK, page_server

    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "page"
        write_page_of(painter, folder, latents=common_flags.latents_path())
        try:
            server = page_server(folder, port)
        except OSError as error:
            raise UserError(f"--port={port}: cannot be listened on: {error.strerror}") from error
        with server:
            address = f"http://{LOOPBACK}:{server.server_port}/"
            print(f"{address}  (Ctrl-C ends it)", flush=True)
            if flags.FLAGS.browser:
                webbrowser.open(address)
            with contextlib.suppress(KeyboardInterrupt):
                server.serve_forever()
    return 0


if __name__ == "__main__":
    define_flags()
    app.run(main)
