"""DOCX: real styles, the dimensions of the page, fields and tables as Word wants them."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn

from domain.paper import Paper
from printing.word import docx
from tests.printing.sheets import paper
from tests.printing.test_pdf import SHAPES


def opened(one: Paper) -> Pages:
    return Document(BytesIO(docx(one)))


def texts(pages: Pages, style: str) -> list[str]:
    return [each.text for each in pages.paragraphs if each.style and each.style.name == style]


def values(pages: Pages, path: str, attribute: str) -> list[Any]:
    return [each.get(qn(attribute)) for each in pages.element.body.iterfind(f".//{{*}}{path}")]


def test_the_page_has_the_measures_of_the_standard() -> None:
    (page,) = opened(paper()).sections

    mm = [round(each.mm) for each in (page.page_width, page.page_height, page.top_margin, page.bottom_margin)]
    sides = [round(each.mm) for each in (page.left_margin, page.right_margin)]
    assert (mm, sides) == ([210, 297, 37, 35], [28, 26])


def test_every_part_has_a_style_of_its_own() -> None:
    pages = opened(paper(note="此件公开"))

    assert texts(pages, "发文机关标志") == ["乐至县河长办文件"]
    assert texts(pages, "发文字号") == ["乐河办督〔2026〕12号"]
    assert texts(pages, "公文标题") == [paper().title]
    assert texts(pages, "主送机关") == ["乐至县水务局："]
    assert texts(pages, "Heading 1") == ["一、逾期情况", "二、办理要求"]
    assert texts(pages, "Heading 2") == ["（一）时限"]
    assert len(texts(pages, "公文正文")) == 2
    assert texts(pages, "附件说明") == ["附件：\t时限说明书"]
    assert (texts(pages, "发文机关署名"), texts(pages, "成文日期")) == (["乐至县河长办"], ["2026年11月3日"])
    assert texts(pages, "附注") == ["（此件公开）"]


@pytest.mark.parametrize(
    ("style", "font", "points"),
    [
        ("公文标题", "方正小标宋简体", 22),
        ("公文正文", "仿宋", 16),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体", 16),
        ("页码", "宋体", 14),
    ],
)
def test_a_style_names_its_chinese_font_and_its_size(style: str, font: str, points: int) -> None:
    look: Any = opened(paper()).styles[style]

    fonts = look.element.rPr.rFonts
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia")} == {font}
    assert look.font.size.pt == points
    assert not look.font.bold


def test_the_body_has_22_lines_a_page_and_begins_two_characters_in() -> None:
    body: Any = opened(paper()).styles["公文正文"]

    shape = body.paragraph_format
    assert shape.line_spacing.mm * 22 == pytest.approx(225, abs=0.5)
    assert shape.first_line_indent.pt == 32
    (squeezed,) = body.element.rPr.iterfind(qn("w:spacing"))
    assert (16 + int(squeezed.get(qn("w:val"))) / 20) * 28 * 25.4 / 72 <= 156


def test_page_numbers_are_fields_on_the_right_and_on_even_pages_on_the_left() -> None:
    pages = opened(paper())

    (page,) = pages.sections
    assert pages.settings.odd_and_even_pages_header_footer
    for footer, side in ((page.footer, ALIGN.RIGHT), (page.even_page_footer, ALIGN.LEFT)):
        (line,) = footer.paragraphs
        assert line.alignment == side
        assert line.text == "—  —"
        assert [each.text for each in line._p.iterfind(f".//{qn('w:instrText')}")] == ["PAGE"]


def test_the_line_under_the_number_is_red() -> None:
    pages = opened(paper())

    (line,) = (each for each in pages.paragraphs if each.style and each.style.name == "分隔线")
    (border,) = line._p.iterfind(f".//{qn('w:pBdr')}/{qn('w:bottom')}")
    mark: Any = pages.styles["发文机关标志"]
    assert border.get(qn("w:color")) == str(mark.font.color.rgb) == "E00000"


def test_a_table_repeats_its_head_and_breaks_no_row() -> None:
    pages = opened(SHAPES["a long table"])

    table = pages.tables[0]
    assert len(table.rows) == 301
    assert [len(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows][:3] == [1, 0, 0]
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)
    assert [cell.text for cell in table.rows[300].cells] == ["第299号", "蟠龙镇"]


def test_an_annex_begins_a_page_and_its_last_list_does_not_touch_the_imprint() -> None:
    pages = opened(SHAPES["bound behind"])

    (first,) = (each for each in pages.paragraphs if each.style and each.style.name == "附件")
    assert first.text == "附件1"
    assert first.paragraph_format.page_break_before
    assert texts(pages, "附件标题") == ["问题清单"]
    before = pages.tables[-1]._tbl.getprevious()
    assert before.tag == qn("w:p")


def test_the_imprint_floats_at_the_foot_between_lines() -> None:
    imprint = opened(paper()).tables[-1]

    (floats,) = imprint._tbl.xpath("./w:tblPr/w:tblpPr")
    assert floats.get(qn("w:tblpYSpec")) == "bottom"
    assert floats.get(qn("w:vertAnchor")) == "margin"
    assert [cell.text for row in imprint.rows for cell in row.cells] == [
        "抄送：乐至县级河长，乐至县人民政府。",
        "乐至县河长办\t2026年11月4日印发",
    ]


def test_a_draft_is_marked_twice_and_has_no_number() -> None:
    pages = opened(paper(number=None, draft="已撤回", dated=None, printed_on=None))

    assert texts(pages, "紧急程度") == ["\t已撤回"]
    assert texts(pages, "稿本") == ["（已撤回）"]
    assert texts(pages, "发文字号") == [""]
    assert texts(pages, "成文日期") == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_paper_is_the_same_bytes_with_no_time_of_today(shape: str) -> None:
    one = SHAPES[shape]
    made = docx(one)

    assert made == docx(one)
    with ZipFile(BytesIO(made)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode()
    assert "2013" not in core
    assert ("2026-11-03" in core) == (one.dated is not None)
