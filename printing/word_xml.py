"""WordprocessingML that python-docx has no words for: borders, fields, repeated rows, floating tables."""

from collections.abc import Sequence

from docx.document import Document as Pages
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph as Written

from printing import dimensions


def element(name: str, **attributes: str | int) -> BaseOxmlElement:
    """Return <w:name w:attribute="…">."""
    made: BaseOxmlElement = OxmlElement(f"w:{name}")
    for attribute, value in attributes.items():
        made.set(qn(f"w:{attribute}"), str(value))
    return made


def rule(line: Written, color: str, eighths: int) -> None:
    """Draw a line below a paragraph, so many eighths of a point thick."""
    sides = element("pBdr")
    sides.append(element("bottom", val="single", sz=eighths, space=0, color=color))
    line._p.get_or_add_pPr().insert_element_before(sides, *_AFTER_BORDERS)


def field(line: Written, instruction: str) -> None:
    """Add a field that Word fills in: PAGE."""
    run = line.add_run()._r
    run.append(element("fldChar", fldCharType="begin"))
    text = element("instrText")
    text.text = instruction
    run.append(text)
    run.append(element("fldChar", fldCharType="end"))


def grid_of(pages: Pages, rows: int, widths: Sequence[float]) -> Table:
    """Add a table with columns of so many millimetres, ruled all round; no row is broken between pages."""
    table: Table = pages.add_table(rows, len(widths), "Table Grid")
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(element("cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return table


def repeat(row: _Row) -> None:
    """Repeat a row at the head of every page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def at_the_foot(pages: Pages, rows: int, edge: int, between: int) -> Table:
    """Add a table of one column at the lower edge of the text block, with lines above and below."""
    table: Table = pages.add_table(rows, 1)
    table.autofit = False
    table.columns[0].width = Mm(dimensions.TEXT_WIDTH)
    properties = table._tbl.tblPr
    floats = element("tblpPr", vertAnchor="margin", horzAnchor="margin", tblpXSpec="left", tblpYSpec="bottom")
    properties.insert_element_before(floats, *_AFTER_FLOATING)
    ruled = element("tblBorders")
    for side, thick in (("top", edge), ("bottom", edge), ("insideH", between)):
        ruled.append(element(side, val="single", sz=thick, space=0, color="000000"))
    properties.insert_element_before(ruled, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=0, type="dxa"))
    properties.insert_element_before(margins, "w:tblLook")
    return table


_AFTER_FLOATING = (
    *("w:tblOverlap", "w:bidiVisual", "w:tblStyleRowBandSize", "w:tblStyleColBandSize", "w:tblW", "w:jc"),
    *("w:tblCellSpacing", "w:tblInd", "w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"),
)
_AFTER_BORDERS = (
    *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct"),
    *("w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid"),
    *("w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc"),
    *("w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle"),
    *("w:rPr", "w:sectPr", "w:pPrChange"),
)
"""The schema wants the properties of a paragraph in order."""
