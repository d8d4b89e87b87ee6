"""DOCX: the same document with styles of its own, for an office that goes on writing in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Pt
from docx.text.paragraph import Paragraph as Written

from domain.paper import Grid, Heading, Paper, Part, day, numbered
from printing import dimensions
from printing.fonts import legible
from printing.typeset import typeset
from printing.word_styles import RED, lay_out, style_all
from printing.word_xml import at_the_foot, field, grid_of, repeat, rule

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""What a ZIP file says of a time that nobody told."""

_RED_LINE, _EDGE, _BETWEEN = 14, 8, 6
"""Eighths of a point: 0.6 mm (chosen), 0.35 mm and 0.25 mm (7.4.1)."""


def docx(paper: Paper) -> bytes:
    """Return a document as DOCX; the same paper is the same bytes."""
    pages = Document()
    style_all(pages)
    lay_out(pages)
    _page_numbers(pages)
    _heading(pages, paper)
    _body(pages, paper)
    _ending(pages, paper)
    _annexes(pages, paper)
    _imprint(pages, paper)
    _properties(pages, paper)
    return _packed(pages)


def _say(pages: Pages, style: str, *texts: str) -> Written:
    """Write one paragraph in a style; of several texts each stands at the next tab."""
    return pages.add_paragraph("\t".join(map(_clean, texts)), style)


def _clean(text: str) -> str:
    return typeset(legible(text))


def _heading(pages: Pages, paper: Paper) -> None:
    """版头: urgency, mark, number and signer above the red line."""
    _say(pages, "紧急程度", paper.urgency or "", "" if paper.number else paper.draft)
    mark = _say(pages, "发文机关标志", paper.mark)
    mark.runs[0].font.size = Pt(round(dimensions.mark_size(paper.mark) * 2) / 2)
    if paper.signer:
        line = _say(pages, "发文字号", paper.number or "", f"签发人：{paper.signer}")
        line.alignment = ALIGN.LEFT
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(dimensions.NUMBER_3)
    else:
        line = _say(pages, "发文字号", paper.number or "")
    rule(_say(pages, "分隔线"), RED, _RED_LINE)


def _body(pages: Pages, paper: Paper) -> None:
    """主体: title, addressees, the parts in order, what is enclosed."""
    title = _say(pages, "公文标题", paper.title)
    beside = (
        dimensions.TEXT_WIDTH / dimensions.POINT - dimensions.even_width(paper.title) * dimensions.NUMBER_2
    ) / 2
    title.paragraph_format.left_indent = title.paragraph_format.right_indent = Pt(round(beside, 1))
    if not paper.number:
        _say(pages, "稿本", f"（{paper.draft}）")
    if paper.to:
        _say(pages, "主送机关", "、".join(paper.to) + "：")
    _parts(pages, paper.body)
    _enclosed(pages, paper.enclosed)


def _parts(pages: Pages, body: Sequence[Part]) -> None:
    for number, part in numbered(body):
        match part:
            case Heading(level=level, text=text):
                _say(pages, f"Heading {level}", f"{number}{text}")
            case Grid():
                _grid(pages, part)
            case _:
                _say(pages, "公文正文", part.text)


def _annexes(pages: Pages, paper: Paper) -> None:
    """附件: each on a page of its own, its title on the third line (7.3.8)."""
    several = len(paper.enclosed) > 1
    for place, annex in enumerate(paper.annexes, 1):
        first = _say(pages, "附件", f"附件{place if several else ''}")
        first.paragraph_format.page_break_before = True
        _say(pages, "附件标题", annex.title)
        _parts(pages, annex.body)
        _say(pages, "文末")  # two tables that touch are one: the imprint is none of the lists


def _enclosed(pages: Pages, names: Sequence[str]) -> None:
    """附件说明: each name begins below the first; a single one has no number."""
    several = len(names) > 1
    for place, name in enumerate(names, 1):
        texts = ("附件：" if place == 1 else "", *([f"{place}."] if several else []), name)
        line = _say(pages, "附件说明", *texts)
        shape = line.paragraph_format
        shape.space_before = Pt(dimensions.LINE if place == 1 else 0)
        stops = (5, 6.5) if several else (5,)
        for stop in stops:
            shape.tab_stops.add_tab_stop(Pt(stop * dimensions.NUMBER_3))
        shape.left_indent = Pt(stops[-1] * dimensions.NUMBER_3)
        shape.first_line_indent = Pt((2 - stops[-1]) * dimensions.NUMBER_3)


def _grid(pages: Pages, grid: Grid) -> None:
    _say(pages, "表题", grid.caption)
    table = grid_of(pages, len(grid.rows) + 1, dimensions.columns((grid.heads, *grid.rows)))
    for cells, texts in zip(table.rows, (grid.heads, *grid.rows), strict=True):
        style = "表头" if texts is grid.heads else "表文"
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.paragraphs[0].style = style
            cell.paragraphs[0].add_run(_clean(text))
    repeat(table.rows[0])


def _ending(pages: Pages, paper: Paper) -> None:
    """署名, 成文日期, 附注: the date four characters off the right edge, the issuer centred over it."""
    dated = day(paper.dated) if paper.dated else ""
    issuer_off, date_off = dimensions.indents(paper.signed, dated)
    signed = _say(pages, "发文机关署名", paper.signed)
    signed.paragraph_format.right_indent = Pt(issuer_off * dimensions.NUMBER_3)
    if dated:
        on = _say(pages, "成文日期", dated)
        on.paragraph_format.right_indent = Pt(date_off * dimensions.NUMBER_3)
    if paper.note:
        _say(pages, "附注", f"（{paper.note}）")


def _imprint(pages: Pages, paper: Paper) -> None:
    """版记: between lines at the foot of the last page."""
    if not (paper.copies or paper.printed_by):
        return
    rows: list[tuple[str, str]] = []
    if paper.copies:
        rows.append(("抄送", f"抄送：{'，'.join(paper.copies)}。"))
    if paper.printed_by:
        on = f"{day(paper.printed_on)}印发" if paper.printed_on else ""
        rows.append(("印发", f"{paper.printed_by}\t{on}"))
    table = at_the_foot(pages, len(rows), _EDGE, _BETWEEN)
    for row, (style, text) in zip(table.rows, rows, strict=True):
        line = row.cells[0].paragraphs[0]
        line.style = style
        line.add_run("\t".join(map(_clean, text.split("\t"))))
    _say(pages, "文末")


def _page_numbers(pages: Pages) -> None:
    """页码: — 1 — outside, on the right of odd pages and on the left of even ones."""
    pages.settings.odd_and_even_pages_header_footer = True
    section = pages.sections[0]
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style, line.alignment = "页码", align
        line.add_run("— ")
        field(line, "PAGE")
        line.add_run(" —")


def _properties(pages: Pages, paper: Paper) -> None:
    known = pages.core_properties
    known.title, known.subject = _clean(paper.title), _clean(paper.number or paper.draft)
    known.author = known.last_modified_by = _clean(paper.signed)
    known.comments, known.language, known.revision = "", "zh-CN", 1
    on = paper.dated
    known.created = known.modified = (
        datetime(on.year, on.month, on.day, tzinfo=UTC) if on else datetime(*_LONG_AGO, tzinfo=UTC)
    )


def _packed(pages: Pages) -> bytes:
    """Pack the document with the same times and the same order, whenever it is packed."""
    written, packed = BytesIO(), BytesIO()
    pages.save(written)
    with ZipFile(written) as made, ZipFile(packed, "w", ZIP_DEFLATED) as anew:
        for name in made.namelist():
            one = ZipInfo(name, _LONG_AGO)
            one.compress_type = ZIP_DEFLATED
            anew.writestr(one, made.read(name))
    return packed.getvalue()
