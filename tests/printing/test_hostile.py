"""What people write is text on paper: it loads nothing, runs nothing, hides nothing; no box is empty."""

import asyncio
import html as entities
import logging
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from domain.paper import Annex, Grid, Heading, Paper, Paragraph
from printing.html import html
from printing.pdf import LaidOut
from printing.typeset import typeset
from printing.word import docx
from tests.printing.sheets import pages, paper, printed, text_paper

FILE = '<img src="file:///etc/passwd"><object data="file:///etc/passwd"></object>'
MARKUP = (
    "</p></main></style><script>alert(1)</script><style>@import 'file:///etc/passwd'</style>{{7*7}}{% raw %}"
)
CONTROLS = "甲\t乙\n丙\u202e反转\u202c\u200b丁\u2028戊\ufeff"

ROOT = Path(__file__).parents[2]
PRINT_THEN_READ = """
from PIL import ImageFile
from printing.pdf import LaidOut
LaidOut("<p>一页</p>").pdf()
print(ImageFile.LOAD_TRUNCATED_IMAGES)
"""


def everywhere(text: str) -> Paper:
    """Return a paper that says a text wherever one can be said."""
    grid = Grid(caption=text, heads=(text,), rows=((text,),))
    return paper(
        mark=text,
        number=text,
        urgency=text,
        signer=text,
        title=text,
        to=(text,),
        body=(Heading(level=1, text=text), Paragraph(text=text), grid),
        annexes=(Annex(title=text, body=(Paragraph(text=text), grid)),),
        attachments=(text,),
        signed=text,
        note=text,
        copies=(text,),
        printed_by=text,
    )


PLACES = 19


@pytest.mark.parametrize("text", [FILE, MARKUP])
def test_markup_is_escaped_wherever_it_stands(text: str) -> None:
    page = html(everywhere(text))

    said = page.partition("<body>")[2]
    for tag in ("<img", "<object", "<script", "<style", "<main><script"):
        assert tag not in said
    assert "49" not in said
    assert page.count(entities.escape(text[:5], quote=False)) >= PLACES


def test_what_looks_like_markup_is_printed_as_it_was_written() -> None:
    shown = "".join(page.extract_text() for page in pages(printed(text_paper(FILE, MARKUP))))

    flat = "".join(shown.split())
    assert "".join(FILE.split()) in flat
    assert "<script>alert(1)</script>" in flat
    assert "root:" not in flat


LOADING = (
    '<img src="{}">',
    '<link rel="stylesheet" href="{}">',
    '<link rel="attachment" href="{}">',
    "<style>@import '{}';</style>",
    '<p style="background: url({})">x</p>',
    "<style>@font-face {{ font-family: x; src: url({}) }} p {{ font-family: x }}</style><p>x</p>",
    '<svg><image href="{}" width="9" height="9"/></svg>',
    '<object data="{}"></object>',
    '<base href="{}"><img src="x.png">',
)


@pytest.mark.parametrize("markup", LOADING)
async def test_a_page_fetches_nothing_whatever_stands_in_it(markup: str) -> None:
    asked = list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for address in (f"http://127.0.0.1:{port}/x.png", "file:///etc/passwd", "ftp://127.0.0.1/x"):
            made = await asyncio.to_thread(lambda at: LaidOut(markup.format(at)).pdf(), address)

            assert b"root:" not in made
            assert not pypdf.PdfReader(BytesIO(made)).attachments

    assert asked == []


def test_marks_that_nobody_sees_are_left_out() -> None:
    page = html(text_paper(CONTROLS))

    assert "<p>甲 乙 丙反转丁 戊</p>" in page


def test_what_no_font_has_is_a_geta_and_no_empty_box(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "weasyprint")

    shown = pages(printed(text_paper("河🐉道\ue000岸\U000e0041线")))[0].extract_text()

    assert "河〓道〓岸线" in shown
    assert not [record.getMessage() for record in caplog.records if "notdef" in record.getMessage()]


def test_a_document_of_every_hostile_text_opens_in_every_form() -> None:
    for text in (FILE, MARKUP, CONTROLS, "🐉\ue000\ufffe\U000fffff"):
        one = everywhere(text)

        assert printed(one).startswith(b"%PDF")
        assert docx(one).startswith(b"PK")
        assert html(one).startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        ("届满,尚未办结;请办理:", "届满，尚未办结；请办理："),
        ("规则(校验码 ab12)", "规则（校验码 ab12）"),
        ("2026-11-26 17:30,1,000 (a)", "2026-11-26 17:30,1,000 (a)"),
        ("于11:00(暂定),办理", "于11:00（暂定），办理"),
        ("limit (late), ended", "limit (late), ended"),
        ("(((", "((("),
        (")))甲", "))）甲"),
    ],
)
def test_punctuation_beside_chinese_is_set_in_full_width(written: str, set_as: str) -> None:
    assert typeset(written) == set_as


def test_who_has_printed_still_refuses_half_a_photograph() -> None:
    # In a process of its own: importing WeasyPrint, which happens once, tells Pillow to be lenient.
    said = subprocess.run([sys.executable, "-c", PRINT_THEN_READ], check=True, capture_output=True, cwd=ROOT)

    assert said.stdout == b"False\n"
