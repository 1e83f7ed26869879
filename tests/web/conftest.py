"""A real Chromium, cut off from everything except this machine, and pages of small generators."""

import functools
import http.server
import json
import shutil
import threading
import time

import keras
import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from kerasgan.label_space import LabelSpace
from kerasgan.model.networks import dcgan
from kerasgan.model.networks.families import FAMILIES
from kerasgan.pixels import to_float
from kerasgan.sampling.open_painter import painter_of_model
from kerasgan.sampling.page import write_page_of
from kerasgan.serving.page_server import page_server
from kerasgan.serving.saved_model import export_saved_model

# The family of the networks and the shape of their images.
KINDS = {
    "colour": ("dcgan", (16, 24, 3)),
    "grey": ("dcgan", (24, 16, 1)),
    "large": ("dcgan", (128, 128, 3)),
    "sprites": ("dcgan", (16, 24, 4)),
    "resnet": ("resnet", (32, 32, 3)),
    "r3gan": ("r3gan", (32, 40, 3)),
    "classes": ("dcgan", (16, 16, 1)),
    "attributes": ("resnet", (16, 24, 3)),
}
LABELS = {
    "classes": LabelSpace(
        kind="classes",
        names=(
            "cat",
            "\N{CJK UNIFIED IDEOGRAPH-732B} 2",
            "<img src=x onerror=alert(1)>" + "x" * 80,
        ),
    ),
    "attributes": LabelSpace(kind="attributes", names=("glasses", "wide_smile", "age")),
}
METADATA = {
    "dataset": "synthetic_faces",
    "step": 12345,
    "license": "CC0-1.0",
    "metrics": {"swd1k": 20.63112, "kid1k_embedded": 0.04847, "d_loss": 0.3},
    "versions": {"kerasgan": "0.1.0"},
    "config": {"base_filters": 4, "image_size": [16, 24]},
}
PATIENCE = 30  # seconds until a test gives up


class Guest:
    """What a visitor does on a page and sees there."""

    def __init__(self, page, address):
        self.page = page
        self.address = address

    def wait(self, expression):
        """Until JavaScript says so; the page's own policy forbids `wait_for_function`."""
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"never: {expression}"
            time.sleep(0.02)

    def wait_for(self, caption):
        """Until the large picture is the one of that caption."""
        self.wait(f"document.getElementById('caption').textContent === {json.dumps(caption)}")

    def slide(self, slider, value):
        """Moves a slider as a hand does, in one go."""
        self.page.locator(slider).fill(str(value))

    def wait_for_pixels(self, selector):
        """Until a canvas shows anything: small pictures wait for the large one."""
        end = time.monotonic() + PATIENCE
        while not self.pixels(selector)[..., 3].any():
            assert time.monotonic() < end, f"never painted: {selector}"
            time.sleep(0.02)

    def pixels(self, selector="#picture"):
        """What a canvas shows: uint8 [H, W, 4]."""
        width, height, levels = self.page.evaluate(
            """(selector) => {
              const canvas = document.querySelector(selector), { width, height } = canvas;
              const copy = new OffscreenCanvas(width, height).getContext("2d");
              copy.drawImage(canvas, 0, 0);
              const { data } = copy.getImageData(0, 0, width, height);
              return [width, height, Array.from(data, (x) => String.fromCharCode(x)).join("")];
            }""",
            selector,
        )
        return np.frombuffer(levels.encode("latin-1"), np.uint8).reshape(height, width, 4)

    def assert_shows(self, image, selector="#picture"):
        """A canvas shows an image, uint8 [H, W, C], within one grey level."""
        self.wait_for_pixels(selector)
        self.assert_alike(self.pixels(selector), image)

    @staticmethod
    def assert_alike(pixels, image):
        """What a browser gave, straight RGBA, is an image, uint8 [H, W, C], within a level."""
        if image.shape[-1] == 4:  # a canvas keeps premultiplied levels, rounded
            pixels, image = (np.rint(to_float(each) * 127.5 + 127.5) for each in (pixels, image))
            assert image[..., 3].std() > 20
            assert np.abs(pixels - image).max() <= 1
            return
        assert (pixels[..., 3] == 255).all()
        wanted = np.broadcast_to(image, [*image.shape[:2], 3])
        assert np.abs(pixels[..., :3].astype(int) - wanted.astype(int)).max() <= 1


@pytest.fixture(scope="session")
def painters(tmp_path_factory):
    """A generator of each kind, with as much contrast as trained ones, read from a SavedModel."""
    found = {}
    for kind, (family, shape) in KINDS.items():
        labels = LABELS.get(kind)
        keras.utils.set_random_seed(0)  # whichever test asks first
        generator, discriminator = _networks(family, shape, labels.width if labels else 0)
        folder = tmp_path_factory.mktemp(kind)
        export_saved_model(
            generator, folder, discriminator=discriminator, labels=labels, metadata=METADATA
        )
        found[kind] = painter_of_model(folder)
        assert 20 < found[kind].sample(range(8)).std() < 110
    return found


def _networks(family, shape, width):
    """A generator and a discriminator whose kernels are larger than at the start of training.

    They start so small, or the last one of a residual block at 0, that all pictures would be grey.
    """
    if family == "dcgan":
        sizes = {"base_filters": 2, "condition_width": width}
        generator = dcgan.build_generator(shape, latent_dim=10, skip_sums=True, **sizes)
        discriminator = dcgan.build_discriminator(shape, minibatch_deviation=True, **sizes)
        scale = 8 if width else 16  # conditions add to the contrast
        weights = [x * scale if x.ndim > 1 else x for x in generator.get_weights()]
        # The embedding of conditions begins ten times as short as latents.
        generator.set_weights([x * 10 if x.shape == (width, 10) else x for x in weights])
        return generator, discriminator
    sizes = {"base_filters": 32 if family == "r3gan" else 4, "condition_width": width}
    spread = 1.0 if family == "r3gan" else 0.8
    generator = FAMILIES[family].build_generator(shape, latent_dim=10, **sizes)
    random = np.random.default_rng(0)
    generator.set_weights(
        [
            random.normal(size=x.shape, scale=spread / np.sqrt(np.prod(x.shape[:-1])))
            if x.ndim > 1
            else x
            for x in generator.get_weights()
        ]
    )
    return generator, FAMILIES[family].build_discriminator(shape, **sizes)


@pytest.fixture(scope="session")
def folders(painters, tmp_path_factory):
    """The folder of each kind's page."""
    place = tmp_path_factory.mktemp("pages")
    for kind, painter in painters.items():
        write_page_of(painter, place / kind)
    return {kind: place / kind for kind in painters}


@pytest.fixture(scope="module")  # not for the session: it occupies the process's event loop
def browser():
    """The system's Chromium. Where it is missing, these tests fail."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


class _PlainHandler(http.server.SimpleHTTPRequestHandler):
    """Sends no policy of its own, as a host of static pages."""

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    """Serves a folder as `python -m kerasgan.play` does, or plainly; returns the address."""
    servers = []

    def start(folder, *, plain=False):
        handler = functools.partial(_PlainHandler, directory=str(folder))
        own = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) if plain else None
        server = own or page_server(folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def visit(browser, serve):
    """Opens a folder's page, and at the end refuses errors, and requests to anywhere else."""
    contexts, problems = [], []

    def note(message):
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def open_page(
        folder,
        hash_="",
        *,
        ready=True,
        script=None,
        expected=(),
        plain=False,
        functions=(),
        **options,
    ):
        address = serve(folder, plain=plain)
        options.setdefault("viewport", {"width": 1440, "height": 1600})
        contexts.append(browser.new_context(accept_downloads=True, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        if not expected:
            page.on("console", note)
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("dialog", lambda dialog: problems.append(f"dialog {dialog.message}"))
        allowed = (address, f"blob:{address}")
        page.on("request", lambda request: _refuse(request.url, allowed, problems))
        if script:
            page.add_init_script(script)
        for function in functions:
            page.expose_function(function.__name__, function)
        page.goto(address + hash_)
        guest = Guest(page, address)
        if ready:
            page.locator("#play").wait_for()
            guest.wait("document.getElementById('caption').textContent !== ''")
        return guest

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def _refuse(url, allowed, problems):
    if not url.startswith(allowed):
        problems.append(f"asked for {url}")


@pytest.fixture
def open_site(browser, built_site):
    """Opens a page of the site; refuses errors and requests that leave the folder."""
    contexts, problems = [], []
    inside = built_site.as_uri() + "/"

    def note(message):
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def start(name, *, base=inside, **options):
        options = {"reduced_motion": "reduce", "viewport": {"width": 1440, "height": 900}} | options
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        allowed = (base, f"blob:{base}")  # the playground's worker starts from a blob
        page.on("request", lambda asked: _refuse(asked.url, allowed, problems))
        page.goto(base + name)
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []
