"""What an operator reads on a terminal: the texts of others are shown, and never obeyed."""

import pytest

from ops import desk

HOSTILE = "\x1b[2J\x1b]0;title\x07 [/red] [bold] \u202egnp \u2066x \x9b31m\r"
OBEYED = frozenset("\x1b\x07\u202e\u2066\x9b\r")


def in_a_line() -> None:
    desk.say(HOSTILE)


def in_a_table() -> None:
    rows = desk.table("a", "b")
    rows.add_row(HOSTILE, HOSTILE)
    desk.out.print(rows)


def in_a_style() -> None:
    desk.out.print(desk.styled(HOSTILE))


@pytest.mark.parametrize("tell", [in_a_line, in_a_table, in_a_style])
def test_a_text_of_others_is_shown_and_not_obeyed(
    tell: desk.Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    tell()

    said = capsys.readouterr().out
    assert not OBEYED & set(said)
    assert "[/red] [bold]" in said
    assert "\\x1b" in said
