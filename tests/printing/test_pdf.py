"""PDF: where everything stands on the page, by GB/T 9704-2012."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from domain.paper import Annex, Grid, Paper
from tests.printing.sheets import (
    LONG_TEXT,
    RED,
    TEXT,
    glyphs,
    ink,
    line_with,
    lines,
    pages,
    paper,
    printed,
    rules,
    said,
    text_paper,
)

ROOT = Path(__file__).parents[2]
LEFT, TOP, RIGHT, BOTTOM = TEXT
CHARACTER = 156 / 28
SIZE_3 = 16 * 25.4 / 72

ROWS = Grid(caption="一览表", heads=("编号", "地点"), rows=tuple((f"第{n}号", "蟠龙镇") for n in range(300)))
SHAPES = {
    "an order": paper(),
    "a draft": paper(number=None, dated=None, printed_on=None),
    "to a superior": paper(signer="张某某", urgency="特急"),
    "nothing said": paper(body=(), to=(), attachments=(), copies=(), printed_by=None),
    "long": text_paper(LONG_TEXT),
    "unbroken words": text_paper("supercalifragilisticexpialidociousssssss" * 5, "x" * 400, title="y" * 120),
    "long names": paper(
        mark="某" * 60, title="题" * 150, signed="署" * 40, to=("主送" * 60,), copies=("抄" * 200,)
    ),
    "a long table": paper(body=(ROWS,)),
    "bound behind": paper(annexes=(Annex(title="问题清单", body=(ROWS,)),)),
    "a wide table": paper(
        body=(Grid(caption="宽", heads=tuple("甲乙丙丁戊己庚辛"), rows=(("a" * 40,) * 8, ("长" * 40,) * 8)),)
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_but_page_number_and_draft_stands_outside_the_text_block(shape: str) -> None:
    outside = [
        glyph
        for page in pages(printed(SHAPES[shape]))
        for glyph in glyphs(page)
        if not (LEFT - 0.3 <= glyph.left <= glyph.right <= RIGHT + 0.3)
        or not (TOP - 0.3 <= (glyph.top + glyph.bottom) / 2 <= BOTTOM + 0.3)
    ]

    number_or_draft = {glyph.text for glyph in outside}
    assert number_or_draft <= set("—0123456789") | (set("送审稿") if "draft" in shape else set())


def test_an_annex_stands_on_pages_of_its_own_before_the_imprint() -> None:
    sheets = pages(printed(SHAPES["bound behind"]))

    said_on = ["".join(map(said, lines(sheet))) for sheet in sheets]
    (first,) = [place for place, text in enumerate(said_on) if text.startswith("附件1问题清单")]
    assert "2026年11月3日" in said_on[first - 1]
    assert "附件：1.问题清单2.时限说明书" in said_on[first - 1]
    assert [place for place, text in enumerate(said_on) if "印发" in text] == [len(sheets) - 1]


def test_no_caption_stands_alone_at_the_foot_of_a_page() -> None:
    some = tuple(Grid(caption=f"第{n}表", heads=("编号",), rows=(("甲",),) * (n % 4 + 1)) for n in range(60))
    whole = printed(paper(body=some))

    for sheet in pages(whole):
        rows = [said(line) for line in lines(sheet)]
        assert not [row for row in rows[-2:-1] if row.endswith("表")]


def test_a_page_is_a4() -> None:
    for page in pages(printed(paper())):
        assert (float(page.width), float(page.height)) == pytest.approx((595.28, 841.89), abs=0.1)


def test_the_mark_is_red_and_begins_35_mm_below_the_text_block() -> None:
    (page, *_) = pages(printed(paper()))

    mark = line_with(page, "乐至县河长办文件")

    assert {glyph.color for glyph in mark} == {RED}
    assert mark[0].left + mark[-1].right == pytest.approx(LEFT + RIGHT, abs=1)
    assert ink(printed(paper()), 1, "乐至县河长办文件").top == pytest.approx(TOP + 35, abs=0.5)


def test_the_red_line_is_as_wide_as_the_text_and_4_mm_below_the_number() -> None:
    (page, *_) = pages(printed(paper()))

    (red,) = [rule for rule in rules(page) if rule[3] == RED]

    left, middle, right, _ = red
    assert (left, right) == pytest.approx((LEFT, RIGHT), abs=0.2)
    assert middle - 0.3 - ink(printed(paper()), 1, "〔2026〕12号").bottom == pytest.approx(4, abs=0.3)
    assert ink(printed(paper()), 1, "关于限期").top > middle + 2 * 10


def test_the_number_is_centred_or_left_beside_who_signs() -> None:
    (down, *_), (up, *_) = pages(printed(paper())), pages(printed(SHAPES["to a superior"]))

    number, with_signer = line_with(down, "〔2026〕12号"), line_with(up, "〔2026〕12号")

    assert number[0].left + number[-1].right == pytest.approx(LEFT + RIGHT, abs=0.5)
    assert said(with_signer).endswith("签发人：张某某")
    assert with_signer[0].left == pytest.approx(LEFT + CHARACTER, abs=0.5)
    assert with_signer[-1].right == pytest.approx(RIGHT - CHARACTER, abs=0.5)


def test_the_title_is_of_size_2_and_its_rows_are_even() -> None:
    (page, *_) = pages(printed(paper()))

    rows = [line for line in lines(page) if {glyph.size for glyph in line} == {22.0}]

    assert "".join(map(said, rows)) == paper().title
    assert len(rows) == 2
    assert abs(len(rows[0]) - len(rows[1])) <= 3
    assert all(row[0].left + row[-1].right == pytest.approx(LEFT + RIGHT, abs=0.5) for row in rows)


def test_a_full_page_has_22_lines_of_28_characters() -> None:
    second = pages(printed(text_paper(LONG_TEXT)))[1]

    rows = lines(second)

    assert [len(row) for row in rows] == [28] * 22
    assert {glyph.size for row in rows for glyph in row} == {16.0}
    assert rows[0][0].left == pytest.approx(LEFT, abs=0.2)


def test_a_paragraph_begins_two_characters_in() -> None:
    (page, *_) = pages(printed(text_paper("自然段" * 20)))

    first, second, _ = (line for line in lines(page) if "自然段" in said(line))

    assert first[0].left - second[0].left == pytest.approx(2 * CHARACTER, abs=0.3)


def test_page_numbers_stand_outside_7_mm_below_the_text() -> None:
    for place, page in enumerate(pages(printed(text_paper(LONG_TEXT))), 1):
        number = [glyph for glyph in glyphs(page) if glyph.top > BOTTOM]

        assert said(number) == f"—{place}—"
        assert {glyph.size for glyph in number} == {14.0}
        dash = ink(printed(text_paper(LONG_TEXT)), place, "—")
        assert dash.top - BOTTOM == pytest.approx(7, abs=0.3)
        off = 14 * 25.4 / 72
        if place % 2:
            assert number[-1].right == pytest.approx(RIGHT - off, abs=0.5)
        else:
            assert number[0].left == pytest.approx(LEFT + off, abs=0.5)


@pytest.mark.parametrize(
    ("signed", "off"),
    [("乐至县河长办", 4), ("乐至县河长制办公室", 4), ("乐至县全面推行河湖长制工作领导小组办公室", 8.6)],
)
def test_the_date_stands_four_characters_off_and_the_issuer_is_centred_over_it(
    signed: str, off: float
) -> None:
    last = pages(printed(paper(signed=signed, copies=(), printed_by=None)))[-1]

    issuer, dated = line_with(last, signed), line_with(last, "2026年11月3日")

    assert dated[-1].right == pytest.approx(RIGHT - off * SIZE_3, abs=0.5)
    assert issuer[0].left + issuer[-1].right == pytest.approx(dated[0].left + dated[-1].right, abs=2)
    assert issuer[-1].right <= RIGHT - 2 * CHARACTER + 0.5


@pytest.mark.parametrize("shape", ["an order", "long", "a long table"])
def test_the_imprint_ends_the_last_page(shape: str) -> None:
    *before, last = pages(printed(SHAPES[shape]))

    drawn = sorted(middle for _, middle, right, color in rules(last) if color != RED and right > RIGHT - 1)

    assert drawn[-1] == pytest.approx(BOTTOM, abs=0.4)
    copies, by = line_with(last, "抄送："), line_with(last, "印发")
    assert drawn[-3] < copies[0].top < drawn[-2] < by[0].top < drawn[-1]
    assert {glyph.size for glyph in (*copies, *by)} == {14.0}
    assert not any("印发" in said(line) for page in before for line in lines(page))


def test_an_imprint_does_not_stand_on_a_page_alone_where_closer_lines_help() -> None:
    lengths = range(380, 900, 40)
    ends = [pages(printed(text_paper("长" * length)))[-1] for length in lengths]

    alone = [len(lines(page)) <= 2 for page in ends]

    assert not any(alone)


def test_the_head_of_a_table_is_repeated_and_every_row_is_there_once() -> None:
    all_pages = pages(printed(SHAPES["a long table"]))

    texts = [[said(line) for line in lines(page)] for page in all_pages]

    rows = [text for page in texts for text in page if text.endswith("号蟠龙镇")]
    assert rows == [f"第{n}号蟠龙镇" for n in range(300)]
    assert all("编号地点" in page for page in texts if any(text in rows for text in page))


def test_a_draft_says_so_on_every_page_and_what_has_a_number_nowhere() -> None:
    draft = text_paper(LONG_TEXT, number=None, draft="征求意见稿")
    signed = text_paper(LONG_TEXT, draft="征求意见稿")

    for page in pages(printed(draft)):
        assert "征求意见稿" in page.extract_text()
    assert "（征求意见稿）" in pages(printed(draft))[0].extract_text()
    assert not any("征求意见稿" in page.extract_text() for page in pages(printed(signed)))


def test_the_headings_have_their_numbers_and_their_fonts() -> None:
    one, two = pages(printed(paper()))

    first, second, table = (
        line_with(page, text)
        for page, text in ((one, "一、逾期情况"), (two, "（一）时限"), (two, "计时中的时限"))
    )

    assert all("Sans" in glyph.font for glyph in (*first, *table))
    assert not any("Sans" in glyph.font for glyph in second)


def test_every_font_is_embedded_and_chinese_is_set_in_a_chinese_one() -> None:
    reader = pypdf.PdfReader(BytesIO(printed(paper())))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]

    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    chinese = {glyph.font for page in pages(printed(paper())) for glyph in glyphs(page) if glyph.text >= "一"}
    assert all("CJK" in font or "UKai" in font.replace(" ", "") for font in chinese), chinese


def in_another_process(one: Paper) -> bytes:
    """Print on a machine that stands elsewhere, another day, with other hashes."""
    elsewhere = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    said = one.model_dump_json().encode()
    ran = subprocess.run(
        [sys.executable, "-m", "printing"],
        cwd=ROOT,
        env=elsewhere,
        input=said,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_same_paper_is_the_same_bytes_everywhere() -> None:
    assert in_another_process(paper()) == printed(paper())


def test_another_paper_is_another_pdf() -> None:
    assert printed(paper()) != printed(paper(number="乐河办督〔2026〕13号"))
