"""What the page does where things are not as they should be, and what it never does."""

import json
import shutil

import pytest

pytestmark = pytest.mark.slow  # needs Chromium

HOSTILE = {
    "dataset": "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&amp;" + "long " * 500,
    "step": "<b>7</b>",
    "license": "javascript:alert(3)",
    "metrics": {"swd1k": "<svg onload=alert(4)>", "swd<b>": 1, "fingerprint": {"a": "<i>"}},
    "versions": {"<u>keras</u>": None},
    "config": {"__proto__": "</dd><script>alert(5)</script>", "image_size": ["<s>"]},
}


@pytest.fixture
def changed(folders, tmp_path):
    """A copy of the page whose model.json has these values too."""

    def change(**values):
        folder = tmp_path / "page"
        shutil.copytree(folders["colour"], folder)
        path = folder / "model.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))
        return folder

    return change


def test_metadata_are_shown(visit, folders):
    guest = visit(folders["colour"])
    assert guest.page.inner_text("#origin").startswith(
        "Trained on synthetic_faces, 12,345 steps. Nothing here is a photograph: "
    )
    guest.page.click("summary")
    shown = guest.page.inner_text("#about").split("\n")
    for line in (
        "synthetic_faces",
        "12345",
        "16 \N{MULTIPLICATION SIGN} 24, 3 channels",
        "CC0-1.0",
        "20.63",
        "0.04847",
    ):
        assert line in shown
    assert "d_loss" not in shown
    assert "base_filters=4 image_size=[16,24]" in shown


@pytest.mark.parametrize("metadata", [{}, HOSTILE], ids=["none", "hostile"])
def test_metadata_are_text_whatever_they_say(visit, changed, metadata):
    directions = [{"name": "<img src=x onerror=alert(6)>", "vector": [0] * 10}]
    guest = visit(
        changed(metadata=metadata, directions=directions), viewport={"width": 390, "height": 800}
    )
    guest.page.click("summary")
    known = guest.page.inner_text("#about")
    assert metadata.get("license", "not stated") in known
    assert metadata.get("dataset", "unknown data")[:60] in guest.page.inner_text("#origin")
    assert guest.page.locator("img, body script, svg, #about *:not(dt, dd), #origin *").count() == 0
    assert guest.page.locator("label", has_text="<img src=x").count() == 1
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("script", "lacks"),
    [
        ("delete globalThis.WebAssembly", "WebAssembly"),
        ("WebAssembly.validate = () => false", "WebAssembly with vectors (SIMD)"),
        (
            "delete globalThis.Worker; delete Array.prototype.with",
            "web workers, JavaScript of 2023",
        ),
    ],
)
def test_an_old_browser_is_told_what_it_lacks(visit, folders, script, lacks):
    guest = visit(folders["colour"], ready=False, script=script)
    guest.wait("document.getElementById('notice-text').textContent.includes('lacks')")
    text = guest.page.inner_text("#notice")
    assert text == f"This browser lacks what the page needs: {lacks}. A newer one has it."
    assert not guest.page.is_visible("#play")


def test_without_javascript_the_page_says_what_it_needs(visit, folders):
    guest = visit(folders["colour"], ready=False, java_script_enabled=False)
    guest.page.get_by_text("python -m http.server").wait_for()


def test_opened_from_a_folder_the_page_says_what_it_needs(browser, folders):
    page = browser.new_page()
    page.goto((folders["colour"] / "index.html").as_uri())
    page.get_by_text("python -m http.server").wait_for()
    page.close()


@pytest.mark.parametrize("file", ["generator.tflite", "model.json", "worker.js"])
def test_a_missing_file_is_named(visit, folders, tmp_path, file):
    shutil.copytree(folders["colour"], tmp_path / "page")
    (tmp_path / "page" / file).unlink()
    guest = visit(tmp_path / "page", ready=False, expected=["the browser's own message"])
    guest.wait("document.getElementById('notice').className.includes('now')")
    text = guest.page.inner_text("#notice")
    assert text.startswith("The generator could not be started: ")
    assert file in text


def test_the_page_may_ask_nobody_else(visit, folders):
    guest = visit(folders["colour"], expected=["the policy's message"])
    refused = guest.page.evaluate(
        """async () => {
          const refused = [];
          addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
          await fetch("http://127.0.0.1:9/").catch(() => {});
          await new Promise((done) => setTimeout(done, 200));
          return refused;
        }"""
    )
    assert set(refused) == {"http://127.0.0.1:9/"}
    ran = guest.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "ran = 1";
          document.body.append(script);
          return "ran" in globalThis;
        }"""
    )
    assert not ran


def test_the_worker_may_ask_nobody_else_on_a_plain_server(visit, serve, folders):
    foreign = serve(folders["grey"], plain=True)
    guest = visit(folders["colour"], plain=True, expected=["the policy's message"])
    (worker,) = guest.page.workers
    outcome = worker.evaluate(
        """async (addresses) => {
          const outcome = [];
          addEventListener("securitypolicyviolation", (event) => outcome.push(event.blockedURI));
          for (const address of addresses) {
            outcome.push(await fetch(address, { mode: "no-cors" }).then(() => "asked", () => "no"));
          }
          await new Promise((done) => setTimeout(done, 200));
          return outcome;
        }""",
        [f"{guest.address}model.json", f"{foreign}model.json"],
    )
    assert sorted(set(outcome)) == sorted({"asked", "no", f"{foreign}model.json"})


def test_the_engine_is_what_its_readme_says_and_within_the_budget(folders):
    engine = folders["colour"] / "vendor" / "litert"
    said = (engine / "README.md").read_text()
    for path in engine.iterdir():
        if path.name != "README.md":
            assert path.name.removeprefix("litert_wasm_compat_internal") in said
    assert "Apache License" in (engine / "LICENSE").read_text()
    files = [path for path in folders["colour"].rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files if path.suffix != ".tflite") < 10_000_000
