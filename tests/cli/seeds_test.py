import pytest

from kerasgan.cli.seeds import parse_seeds
from kerasgan.errors import UserError


def test_numbers_and_ranges():
    assert parse_seeds("seeds", "3,8, 20-23 ,0") == [3, 8, 20, 21, 22, 23, 0]
    assert parse_seeds("seeds", str(2**63 - 1)) == [2**63 - 1]


@pytest.mark.parametrize("text", ["", "a", "1,,2", "-1", "1.5", "5-3", "1-2-3", str(2**63), "²"])
def test_anything_else_is_refused_with_its_flag(text):
    with pytest.raises(UserError, match=r"^--start=.*: "):
        parse_seeds("start", text)


def test_a_seed_may_be_named_once():
    with pytest.raises(UserError, match="names a seed twice"):
        parse_seeds("seeds", "1-5,3")
