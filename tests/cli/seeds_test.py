import pytest

from kerasgan.cli.seeds import parse_seeds
from kerasgan.errors import UserError


def test_numbers_and_ranges():
    assert list(parse_seeds("seeds", "3,8, 20-23 ,0")) == [3, 8, 20, 21, 22, 23, 0]
    assert list(parse_seeds("seeds", str(2**63 - 1))) == [2**63 - 1]


def test_seeds_are_a_sequence():
    seeds, wanted = parse_seeds("seeds", "3,8,20-23,0"), [3, 8, 20, 21, 22, 23, 0]
    assert len(seeds) == len(wanted)
    for index in range(-7, 7):
        assert seeds[index] == wanted[index]
    for start in range(-8, 9):
        for stop in range(-8, 9):
            assert list(seeds[start:stop]) == wanted[start:stop]
    for index in (7, -8):
        with pytest.raises(IndexError):
            seeds[index]


def test_up_to_ten_million_seeds_are_allowed():
    assert len(parse_seeds("seeds", "5,10-10000008")) == 10_000_000
    for text in ("0-10000000", f"0-{2**63 - 1}", "0-9999999,20000000"):
        with pytest.raises(UserError, match=f"^--seeds={text}: must be at most 10000000 seeds"):
            parse_seeds("seeds", text)


@pytest.mark.parametrize("text", ["", "a", "1,,2", "-1", "1.5", "5-3", "1-2-3", str(2**63), "²"])
def test_anything_else_is_refused_with_its_flag(text):
    with pytest.raises(UserError, match=r"^--start=.*: "):
        parse_seeds("start", text)


def test_a_seed_may_be_named_only_once():
    for text in ("1-5,3", "3,1-5", "7,0-2,7", "0-4000000,9000000,4000000-5000000"):
        with pytest.raises(UserError, match="names a seed twice"):
            parse_seeds("seeds", text)
