"""样式: the styles of a DOCX document and the layout of its page, by GB/T 9704-2012."""

from math import floor
from typing import NamedTuple

from docx.document import Document as Pages
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from printing import dimensions
from printing.word_xml import element

RED = "E00000"
SONG, FANG, HEI, KAI, BODY = "方正小标宋简体", "仿宋", "黑体", "楷体", "宋体"
_L, _C, _R, _J = ALIGN.LEFT, ALIGN.CENTER, ALIGN.RIGHT, ALIGN.JUSTIFY
_TWO = 2 * dimensions.NUMBER_3
_ABOVE_MARK = dimensions.MARK_FROM / dimensions.POINT / dimensions.LINE - 1
"""Lines between that of the urgency and the mark."""


class Look(NamedTuple):
    """How a style looks: its font, size, side, first-line indent, and lines left blank before it."""

    font: str = FANG
    size: float = dimensions.NUMBER_3
    align: ALIGN = ALIGN.LEFT
    indent: float = 0
    before: float = 0
    line: float = dimensions.LINE
    color: str | None = None
    keep: bool = False


STYLES = {
    "紧急程度": Look(HEI),
    "发文机关标志": Look(SONG, dimensions.MARK_AT_MOST, _C, before=_ABOVE_MARK, color=RED, line=0),
    "发文字号": Look(align=_C, before=2, line=dimensions.NUMBER_3 * 1.2),
    "分隔线": Look(line=dimensions.SEPARATOR / dimensions.POINT),
    "公文标题": Look(SONG, dimensions.NUMBER_2, _C, before=2),
    "稿本": Look(KAI, align=_C),
    "主送机关": Look(before=1),
    "公文正文": Look(align=_J, indent=_TWO),
    "附件说明": Look(),
    "附件": Look(HEI),
    "附件标题": Look(SONG, dimensions.NUMBER_2, _C, before=1),
    "发文机关署名": Look(align=_R, before=2, keep=True),
    "成文日期": Look(align=_R, keep=True),
    "附注": Look(indent=_TWO),
    "表题": Look(HEI, dimensions.NUMBER_4, _C, keep=True),
    "表头": Look(HEI, dimensions.TABLE_TEXT, _C, line=18, keep=True),
    "表文": Look(size=dimensions.TABLE_TEXT, align=_C, line=18),
    "抄送": Look(size=dimensions.NUMBER_4, line=24),
    "印发": Look(size=dimensions.NUMBER_4, line=24),
    "页码": Look(BODY, dimensions.NUMBER_4, line=0),
    "文末": Look(size=1, line=1),
}
HEADINGS = {1: HEI, 2: KAI, 3: FANG, 4: FANG}


def style_all(pages: Pages) -> None:
    """Define the styles that a document is written in."""
    _font(pages.styles["Normal"], FANG, dimensions.NUMBER_3)
    for name, look in STYLES.items():
        style = pages.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.quick_style = pages.styles["Normal"], True
        _look(style, look)
    for level, font in HEADINGS.items():
        _look(pages.styles[f"Heading {level}"], Look(font, indent=_TWO, keep=True))
    _indents(pages)


def _indents(pages: Pages) -> None:
    four, three = dimensions.NUMBER_4, dimensions.NUMBER_3
    copies = pages.styles["抄送"].paragraph_format
    copies.left_indent, copies.first_line_indent, copies.right_indent = Pt(4 * four), Pt(-3 * four), Pt(four)
    printed = pages.styles["印发"].paragraph_format
    printed.left_indent = Pt(four)
    for name, off in (("印发", four), ("紧急程度", 0.0), ("发文字号", three)):
        edge = Mm(dimensions.TEXT_WIDTH) - Pt(off)
        pages.styles[name].paragraph_format.tab_stops.add_tab_stop(edge, WD_TAB_ALIGNMENT.RIGHT)
    number = pages.styles["页码"].paragraph_format
    number.left_indent = number.right_indent = Pt(four)


def _look(style: ParagraphStyle, look: Look) -> None:
    _font(style, look.font, look.size)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(look.color or "000000")
    shape = style.paragraph_format
    shape.alignment, shape.first_line_indent = look.align, Pt(look.indent)
    shape.space_before, shape.space_after = Pt(look.before * dimensions.LINE), Pt(0)
    shape.keep_with_next, shape.widow_control = look.keep, True
    if look.line:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(round(look.line, 1))
    else:
        shape.line_spacing = 1.0


def _font(style: ParagraphStyle, name: str, size: float) -> None:
    style.font.name, style.font.size = name, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:cs"), name)
    for spacing in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)
    if size == dimensions.NUMBER_3:
        style.element.rPr.insert_element_before(element("spacing", val=_SQUEEZE), *_AFTER_SPACING)


def lay_out(pages: Pages) -> None:
    """Lay the page out: A4, a text block of 156 mm × 225 mm, 22 lines of 28 characters."""
    page = pages.sections[0]
    page.page_width, page.page_height = Mm(dimensions.PAGE_WIDTH), Mm(dimensions.PAGE_HEIGHT)
    page.top_margin, page.bottom_margin = Mm(dimensions.TOP), Mm(dimensions.BOTTOM)
    page.left_margin, page.right_margin = Mm(dimensions.LEFT), Mm(dimensions.RIGHT)
    page.footer_distance = Mm(
        dimensions.BOTTOM - dimensions.PAGE_NUMBER - dimensions.NUMBER_4 * dimensions.POINT
    )
    for grid in page._sectPr.findall(qn("w:docGrid")):
        page._sectPr.remove(
            grid
        )  # lines and characters are set in the styles, which every program reads alike


_SQUEEZE = floor(dimensions.SQUEEZE * 20)
"""Twentieths of a point between two characters of 3号."""

_AFTER_SPACING = (
    *("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:bdr", "w:shd"),
    *("w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang", "w:eastAsianLayout", "w:specVanish"),
)
"""The schema wants the properties of a run in order."""
