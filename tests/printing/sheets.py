"""纸样: papers for the tests, and what stands where on their pages, in millimetres from the upper left."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

import pdfplumber
import pypdfium2
from pdfplumber.page import Page

from domain.paper import Grid, Heading, Paper, Paragraph
from printing.pdf import pdf

MM = 25.4 / 72
RED = (0.878, 0, 0)
TEXT = (28.0, 37.0, 184.0, 262.0)
"""Left, top, right, bottom of the text block."""

SENTENCE = "经核该处乱堆渣土仍未清运责令有关单位立即组织力量清理并恢复河道岸线原貌。"
LONG_TEXT = "长" * 1_400


class Glyph(NamedTuple):
    """One character on a page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    color: Any
    font: str


def paper(**changes: Any) -> Paper:
    """Return an order as it goes out, with changes."""
    whole: dict[str, Any] = {
        "mark": "乐至县河长办文件",
        "number": "乐河办督〔2026〕12号",
        "title": "关于限期办结蟠龙河蟠龙镇段乱堆问题的督办单",
        "to": ("乐至县水务局",),
        "body": (
            Heading(level=1, text="逾期情况"),
            Paragraph(text=SENTENCE * 2),
            Heading(level=2, text="时限"),
            Grid(caption="计时中的时限", heads=("时限", "届满"), rows=(("整改", "2026-11-26 17:30"),)),
            Heading(level=1, text="办理要求"),
            Paragraph(text=SENTENCE * 3),
        ),
        "attachments": ("时限说明书",),
        "signed": "乐至县河长办",
        "dated": date(2026, 11, 3),
        "copies": ("乐至县级河长", "乐至县人民政府"),
        "printed_by": "乐至县河长办",
        "printed_on": date(2026, 11, 4),
    }
    return Paper(**{**whole, **changes})


def text_paper(*texts: str, **changes: Any) -> Paper:
    """Return an order that says some paragraphs."""
    return paper(body=tuple(Paragraph(text=text) for text in texts), **changes)


@cache
def printed(one: Paper) -> bytes:
    """Print a paper; the same one is not printed twice in a test run."""
    return pdf(one)


def pages(of: bytes) -> Sequence[Page]:
    return pdfplumber.open(BytesIO(of)).pages


def glyphs(page: Page) -> list[Glyph]:
    """Return the characters of a page that leave a trace."""
    return [
        Glyph(
            each["text"],
            each["x0"] * MM,
            each["top"] * MM,
            each["x1"] * MM,
            each["bottom"] * MM,
            round(each["size"], 1),
            tuple(round(part, 3) for part in each["non_stroking_color"] or ()),
            each["fontname"],
        )
        for each in page.chars
        if each["text"].strip()
    ]


def lines(page: Page) -> list[list[Glyph]]:
    """Return the characters line by line, those of the text block only."""
    rows: dict[float, list[Glyph]] = {}
    for glyph in glyphs(page):
        if glyph.bottom <= TEXT[3] + 1:
            middle = (glyph.top + glyph.bottom) / 2
            row = next((known for known in rows if abs(known - middle) < 2), middle)
            rows.setdefault(row, []).append(glyph)
    return [sorted(rows[row], key=lambda glyph: glyph.left) for row in sorted(rows)]


def said(line: Sequence[Glyph]) -> str:
    return "".join(glyph.text for glyph in line)


def line_with(page: Page, text: str) -> list[Glyph]:
    """Return the line in which a text stands."""
    return next(line for line in lines(page) if text in said(line))


def rules(page: Page) -> Iterator[tuple[float, float, float, Any]]:
    """Yield what is drawn as a long line: left, middle, right, colour."""
    for each in (*page.rects, *page.lines):
        if each["width"] * MM > 100 and each["height"] * MM < 2:
            color = each["non_stroking_color"] if each in page.rects else each["stroking_color"]
            middle = (each["top"] + each["bottom"]) / 2 * MM
            yield each["x0"] * MM, middle, each["x1"] * MM, tuple(round(part, 3) for part in color or ())


class Ink(NamedTuple):
    """What of a text is black or red on the page: its upper and lower edge."""

    top: float
    bottom: float


def ink(of: bytes, number: int, text: str) -> Ink:
    """Return where a text on a page (from 1) really leaves ink, not the boxes of its characters."""
    page = pypdfium2.PdfDocument(of)[number - 1]
    layer = page.get_textpage()
    start, count = layer.search(text).get_next()
    boxes = [layer.get_charbox(index) for index in range(start, start + count)]
    height = page.get_height()
    return Ink(
        *((height - edge) * MM for edge in (max(box[3] for box in boxes), min(box[1] for box in boxes)))
    )
