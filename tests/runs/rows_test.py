import json

from kerasgan.runs.records import MetricsFile
from kerasgan.runs.rows import read_rows

WHOLE = [
    {"step": 10, "g_loss": 0.5},
    {"step": 20, "swd": 3.0, "fingerprint": {"data": "faces", "seed": 0}},
    {"step": 30, "warning": "collapse", "sentence": "an é and a \u2028"},
]


def lines(rows):
    return [json.dumps(row).encode() for row in rows]


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records]


def test_whole_rows_are_read_without_a_warning(tmp_path, caplog):
    path = tmp_path / "metrics.jsonl"
    assert read_rows(path) == []
    for ending in (b"\n", b"\r\n"):
        path.write_bytes(b"".join(line + ending for line in lines(WHOLE)))
        assert read_rows(path) == WHOLE
    path.write_text(json.dumps({"step": 1, "name": "é\u2028"}, ensure_ascii=False))
    assert read_rows(path) == [{"step": 1, "name": "é\u2028"}]  # without a line break at the end
    assert warnings_of(caplog) == []


def test_a_row_that_was_cut_anywhere_is_left_out(tmp_path, caplog):
    path = tmp_path / "metrics.jsonl"
    first, second, _ = lines(WHOLE)
    for length in range(1, len(second)):  # also after the } of the nested object
        caplog.clear()
        path.write_bytes(first + b"\n" + second[:length])
        assert read_rows(path) == WHOLE[:1]
        assert warnings_of(caplog) == [f"{path}: 1 of its lines hold no row and are left out"]


def test_all_else_is_left_out_with_one_warning(tmp_path, caplog):
    path = tmp_path / "metrics.jsonl"
    first, second, third = lines(WHOLE)
    rubbish = [b"", b"  ", b"\0\0\0", b"[1]", b"3", b"null", b'{"g_loss": 1}', b"\xff\xfe", b"{"]
    path.write_bytes(b"\n".join([first, *rubbish, b"\0\0" + second, third]) + b"\n")
    assert read_rows(path) == WHOLE
    assert warnings_of(caplog) == [f"{path}: 9 of its lines hold no row and are left out"]
    MetricsFile(path, step=20)
    assert path.read_bytes() == first + b"\n" + second + b"\n"
    caplog.clear()
    assert read_rows(path) == WHOLE[:2]
    assert warnings_of(caplog) == []
