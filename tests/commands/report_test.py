"""The report of a run, as a file; tests/web/report_test.py opens it in a browser."""

import html
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import Config
from kerasgan.reporting.document import write_report
from kerasgan.reporting.facts import read_facts

HOSTILE = "\"><script>alert(1)</script>'&"


@pytest.fixture
def make_run(tmp_path):
    """Writes the folder of a run, as if it had trained; returns its path."""

    def make(name="run", *, rows=(), best=None, grids=(), finished=None, data=None, **settings):
        folder = tmp_path / "runs" / name
        (folder / "samples").mkdir(parents=True)
        Config(**settings).save(folder / "config.json", data=data)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "metrics.jsonl").write_text(text)
        if best:
            (folder / "best").mkdir()
            (folder / "best" / "best.json").write_text(json.dumps(best))
        if finished is not None:
            (folder / "finished.json").write_text(json.dumps({"step": finished}))
        for file, side in grids:
            levels = np.random.default_rng(0).integers(256, size=[side, side, 3], dtype=np.uint8)
            Image.fromarray(levels).save(folder / "samples" / f"{file}.png")
        return folder

    return make


ROWS = [
    {"step": 100, "epoch": 1, "g_loss": 2.5, "d_loss": 0.25, "nonfinite_steps": 0},
    {"step": 150, "warning": "collapse", "sentence": "All images look <b>alike</b>."},
    {"step": 200, "epoch": 2, "g_loss": None, "d_loss": 0.5, "nonfinite_steps": 0},
    {"step": 200, "kid1k_embedded": 0.25, "swd1k": 20.5, "swd1k_64": 9.5},
    {"step": 300, "epoch": 3, "g_loss": 1.5, "d_loss": 0.75, "nonfinite_steps": 0},
    {"step": 300, "kid1k_embedded": 0.5, "swd1k": 21.5},
]
BEST = {"metric": "kid", "name": "kid1k_embedded", "value": 0.25, "step": 200}


def texts(page):
    """What a reader sees, with one space between pieces."""
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_run_leaves_a_report_of_itself(run_dir):
    page = (run_dir / "report.html").read_text()
    facts = read_facts(run_dir)
    assert facts.finished and facts.exported and facts.step == 8
    assert set(facts.versions) == {"kerasgan", "keras", "tensorflow", "numpy", "python"}
    seen = texts(page)
    assert (
        "Generated images" not in seen and page.count("data:image/webp") == 6
    )  # 0, 2, ... 8, real
    assert f"the best state, by {facts.best_metric}" in seen.lower()
    assert "it was exported" in seen
    assert "base_filters 4 16" in seen
    assert facts.data["pixels"] in seen
    assert facts.versions["tensorflow"] in seen
    for secret in (str(run_dir.parent), "saved_models_dir"):
        assert secret not in page


def test_the_command_repeats_the_run(run_dir):
    facts = read_facts(run_dir)
    assert facts.command == (
        "python -m kerasgan.main --num_images=64 --image_size=16x16 --base_filters=4 "
        "--latent_dim=6 --epochs=2 --log_every_steps=2 --sample_every_steps=2 --num_samples=4 "
        "--model_name=tiny"
    )
    assert html.escape(facts.command) in (run_dir / "report.html").read_text()


def test_a_command_survives_the_shell(make_run):
    facts = read_facts(make_run(dataset="my $(pics) 'n", random_flip=True, penalty_weight_end=0.5))
    shell = subprocess.run(
        ["sh", "-c", f"set -- {facts.command}; printf '%s\\n' \"$@\""],
        capture_output=True,
        text=True,
    )
    assert shell.stdout.splitlines()[3:] == [
        "--dataset=my $(pics) 'n",
        "--random_flip=true",
        "--penalty_weight_end=0.5",
    ]


def test_the_report_is_written_without_tensorflow(make_run):
    folder = make_run(rows=ROWS, grids=[("ema_00000000", 40)])
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from kerasgan import report; from kerasgan.cli import app\n"
        "report.define_flags(); app.run(report.main)"
    )
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, f"--run_dir={folder}"],
        capture_output=True,
        text=True,
    )
    assert (found.stdout, found.stderr) == (f"{folder}/report.html\n", "")


def test_all_of_a_run_is_there(command, make_run):
    grids = [("ema_00000000", 40), ("ema_00000100", 40), ("real_00000000", 40), ("ema_x", 40)]
    folder = make_run(rows=ROWS, best=BEST, grids=grids, finished=300, epochs=7)
    Image.new("RGB", (16, 16)).save(folder / "nearest.png")
    assert command("report", f"--run_dir={folder}") == f"{folder}/report.html\n"
    page = (folder / "report.html").read_text()
    seen = texts(page)
    assert "step 150: All images look <b>alike</b>." in seen
    assert "<b>alike" not in page
    assert "kid1k_embedded 0.25 0.5 300" in seen
    assert "swd1k_64 9.5 9.5 200" in seen
    assert "epochs 7 5" in seen
    assert "Nearest training images" in seen
    assert "exported, step 200" in seen
    assert page.count("<img") == 5  # two moments, the large one, real images, nearest
    assert 'class="mark chosen"' in page and 'class="mark warning"' in page
    # The gap in g_loss is a gap in its line: it begins twice.
    label = page.index("g_loss from 2.5 at step 100 to 1.5 at step 300")
    losses = page[label : page.index("</svg>", label)]
    curves = re.findall(r'class="curve [^"]*" d="([^"]*)"', losses)
    assert sorted(curve.count("M") for curve in curves) == [1, 2]
    assert "not finite" not in seen  # all steps were


def test_nothing_is_asked_of_anybody(command, make_run):
    folder = make_run(rows=ROWS, grids=[("ema_00000000", 40)])
    command("report", f"--run_dir={folder}")
    page = (folder / "report.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|//[a-z]", page.split("</style>")[1].split("<script>")[0])
    assert " style=" not in page and " onload=" not in page
    assert page.count("<script>") == 1


def test_hostile_names_are_shown_as_text(command, make_run):
    rows = [
        {"step": 100, HOSTILE: 1.5, "d_loss": 10**400, "g_loss": "x", "kid1k": True},
        {"step": 100, "warning": HOSTILE, "sentence": HOSTILE},
        {"step": 100, "warning": 7},
    ]
    best = {"metric": HOSTILE, "name": HOSTILE, "step": 100}
    folder = make_run(
        "<img src=x onerror=alert(1)>",
        rows=rows,
        best=best,
        dataset=f"/{HOSTILE}",
        data={HOSTILE: HOSTILE},
        label_kind="classes",
        label_names=[HOSTILE, "b"],
        labels="folders",
    )
    (folder / "samples" / "rows.txt").write_text(HOSTILE)
    (folder / "samples" / "ema_00000000.png").write_bytes(b"no picture")
    other = make_run("other", rows=rows, best={"step": HOSTILE})
    for arguments in ([], [f"--compare={other}"]):
        command("report", f"--run_dir={folder}", *arguments)
        page = (folder / "report.html").read_text()
        assert page.count("<script>") == 1
        assert "alert(1)</script>" not in page
        assert "<img" not in page
        assert HOSTILE in texts(page)


def test_a_name_that_is_no_text_becomes_one(make_run):
    folder = make_run("r\udcff")
    write_report(folder, folder / "report.html")
    assert "<h1>r?</h1>" in (folder / "report.html").read_text()


def test_runs_are_laid_side_by_side(command, make_run, tmp_path):
    first = make_run("one", rows=ROWS, best=BEST, grids=[("ema_00000300", 40)], epochs=3)
    second = make_run("two", rows=ROWS[:4], grids=[("ema_00000200", 40)], epochs=3, seed=5)
    output = tmp_path / "both.html"
    command("report", f"--run_dir={first}", f"--compare={second}", f"--output={output}")
    page = output.read_text()
    seen = texts(page)
    assert "setting A one B two seed 0 5 Metrics" in seen
    assert "kid1k_embedded 0.25 0.25" in seen
    assert "A one: d_loss" in seen and "B two: d_loss" in seen
    assert "swd1k_64 from" not in page  # a part of swd1k
    assert "A one, step 300" in seen and "B two, step 200" in seen
    assert "B two, step 150: All images" in seen


def test_different_data_are_not_compared_silently(command, make_run):
    runs = []
    for name in ("a", "b"):
        row = {"step": 1, "swd1k": 2.0, "fingerprint": {"data_digest": name}}
        runs.append(make_run(name, rows=[row]))
    command("report", f"--run_dir={runs[0]}", f"--compare={runs[1]}")
    assert "cannot be compared" in (runs[0] / "report.html").read_text()


def test_a_run_that_has_just_begun_has_a_report(command, make_run):
    folder = make_run()
    command("report", f"--run_dir={folder}")
    seen = texts((folder / "report.html").read_text())
    for sentence in ("no sample grids yet", "Nothing has been measured", "All settings have"):
        assert sentence in seen


def test_large_grids_stay_below_three_megabytes(command, make_run):
    folder = make_run(grids=[(f"ema_{step:08d}", 700) for step in range(0, 4000, 200)])
    command("report", f"--run_dir={folder}")  # noise, which no format makes small
    page = (folder / "report.html").read_text()
    assert len(page) < 3_000_000
    assert "step 0<" in page and "step 3,800<" in page


def test_mistakes_are_one_line(refusal, make_run, tmp_path):
    folder = make_run("one")
    (tmp_path / "taken.html").write_text("mine")
    (tmp_path / "empty").mkdir()
    cases = {
        (): "--run_dir: must be given, such as runs/0001-synthetic_faces",
        ("--run_dir=empty",): "--run_dir=empty: no run is there; must be a folder with config.json",
        ("--run_dir=no/where",): (
            "--run_dir=no/where: no run is there; must be a folder with config.json"
        ),
        (f"--run_dir={folder}", "--output=taken.html"): (
            "--output=taken.html: exists; give --overwrite to replace it"
        ),
        (f"--run_dir={folder}", "--output=a.pdf"): "--output=a.pdf: must end in .html",
        (f"--run_dir={folder}", "--compare=empty"): (
            "--compare=empty: no run is there; must be a folder with config.json"
        ),
        (f"--run_dir={folder}", f"--compare={folder}/."): (
            f"--compare={folder}: must be runs other than --run_dir, each once"
        ),
        (f"--run_dir={folder}", "--compare=1,2,3,4,5,6,7,8"): (
            "--compare=1,2,3,4,5,6,7,8: must be at most 7 runs"
        ),
    }
    for arguments, message in cases.items():
        assert refusal("report", *arguments) == message
    assert (tmp_path / "taken.html").read_text() == "mine"
    assert not (folder / "report.html").exists()


def test_a_named_file_is_replaced_on_request(command, make_run, tmp_path):
    folder = make_run()
    (tmp_path / "taken.html").write_text("mine")
    command("report", f"--run_dir={folder}", "--output=taken.html", "--overwrite")
    assert (tmp_path / "taken.html").read_text().startswith("<!doctype html>")


def test_a_damaged_run_is_shown_as_far_as_it_can_be_read(command, run_dir, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(run_dir, folder)
    for file in ("best/best.json", "finished.json"):
        (folder / file).write_text("{")
    for record in (folder / "checkpoints").glob("*.json"):
        record.write_text("[]")
    command("report", f"--run_dir={folder}")
    seen = texts((folder / "report.html").read_text())
    assert "not finished" in seen and "library version" not in seen
