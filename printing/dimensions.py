"""尺寸: the dimensions of GB/T 9704-2012 (5.1, 5.2), and how wide a line of text is."""

import unicodedata
from collections.abc import Sequence
from math import ceil, floor

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
TOP, LEFT = 37.0, 28.0
TEXT_WIDTH, TEXT_HEIGHT = 156.0, 225.0
RIGHT = PAGE_WIDTH - LEFT - TEXT_WIDTH
BOTTOM = PAGE_HEIGHT - TOP - TEXT_HEIGHT
"""Millimetres: 天头, 订口, 版心 and what is left of the page beside it."""

LINES, CHARACTERS = 22, 28
POINT = 25.4 / 72
"""Millimetres."""

LINE = TEXT_HEIGHT / LINES / POINT
"""Points from one line to the next: 22 of them fill the text block."""

NUMBER_2, NUMBER_3, NUMBER_4 = 22.0, 16.0, 14.0
"""2号, 3号, 4号 in points."""

TABLE_TEXT = 12.0
"""小四 in points, in tables (chosen)."""

SQUEEZE = TEXT_WIDTH / CHARACTERS / POINT - NUMBER_3 - 0.015
"""Points between two characters of 3号: 28 of them would be a little wider than the text block (chosen)."""

MARK_FROM, MARK_AT_MOST, MARK_AT_LEAST = 35.0, 62.0, 26.0
"""发文机关标志: millimetres below the upper edge of the text block; its size in points (chosen)."""


def ems(text: str) -> float:
    """Return the width of a line in characters: a Chinese one is 1, a Latin letter or digit about half."""
    return sum(
        1.0 if unicodedata.east_asian_width(each) in "WFA" else 0.55
        for each in text
        if not unicodedata.combining(each)
    )


def mark_size(mark: str) -> float:
    """Return the size in points at which the issuer's mark fills the width, between its least and its most.

    What is too long for one line at the least size takes several.
    """
    width = TEXT_WIDTH / POINT
    for rows in range(1, 4):
        size = floor(10 * width / max(1, ceil(ems(mark) / rows))) / 10
        if size >= MARK_AT_LEAST:
            return min(size, MARK_AT_MOST)
    return MARK_AT_LEAST


def even_width(title: str) -> float:
    """Return the width in characters at which the rows of a title are about as long as one another."""
    most = TEXT_WIDTH / POINT / NUMBER_2
    width = ems(title)
    rows = ceil(width / most)
    return min(most, ceil(width / rows) + 1) if rows > 1 else most


def columns(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the millimetres of each column of a table: what its longest text needs, as far as there is room.

    Where there is not, only the widest give way, to one width: a column of two characters keeps its line.
    """
    wanted = [min(_LONG, max(map(ems, texts))) + 1 for texts in zip(*rows, strict=True)]
    left, widest = TEXT_WIDTH / POINT / TABLE_TEXT, max(wanted)
    for place, each in enumerate(sorted(wanted)):
        if each * (len(wanted) - place) > left:
            widest = left / (len(wanted) - place)
            break
        left -= each
    shares = [min(each, widest) for each in wanted]
    return [TEXT_WIDTH * each / sum(shares) for each in shares]


def indents(signed: str, dated: str) -> tuple[float, float]:
    """署名与日期: how many characters both stand off the right edge; the date 4, the issuer centred over it.

    An issuer too long for that stands 2 off, and the date below it stays within its width (7.3.5.1).
    """
    date_width, issuer_width = ems(dated), ems(signed)
    over = (issuer_width - date_width) / 2
    if over <= _DATE_OFF - _ISSUER_OFF:
        return _DATE_OFF - over, _DATE_OFF
    return _ISSUER_OFF, _ISSUER_OFF + min(over, CHARACTERS - _ISSUER_OFF - date_width)


_LONG = 20
"""Characters after which a text is better broken than its column wider."""

_DATE_OFF, _ISSUER_OFF = 4.0, 2.0

SEPARATOR, PAGE_NUMBER = 4.0, 7.0
"""Millimetres from the document number to the red line, and from the text block to the page number."""
