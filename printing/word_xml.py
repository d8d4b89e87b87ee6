"""WordprocessingML that python-docx has no words for: borders, fields, repeated rows, floating tables."""

from docx.document import Document as Pages
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph as Written

from printing import measures


def element(name: str, **attributes: str | int) -> BaseOxmlElement:
    """Return <w:name w:attribute="…">."""
    made: BaseOxmlElement = OxmlElement(f"w:{name}")
    for attribute, value in attributes.items():
        made.set(qn(f"w:{attribute}"), str(value))
    return made


def border(line: Written, side: str, color: str, eighths: int) -> None:
    """Draw a line at one side of a paragraph, so many eighths of a point thick."""
    sides = element("pBdr")
    sides.append(element(side, val="single", sz=eighths, space=0, color=color))
    line._p.get_or_add_pPr().insert_element_before(sides, *_AFTER_BORDERS)


def field(line: Written, instruction: str) -> None:
    """Add a field that Word fills in: PAGE."""
    run = line.add_run()._r
    run.append(element("fldChar", fldCharType="begin"))
    text = element("instrText")
    text.text = instruction
    run.append(text)
    run.append(element("fldChar", fldCharType="end"))


def grid_of(pages: Pages, rows: int, columns: int) -> Table:
    """Add a table over the whole width, ruled all round."""
    table = pages.add_table(rows, columns, "Table Grid")
    table.autofit = True
    return table


def repeat(row: _Row) -> None:
    """Repeat a row at the head of every page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def floating_at_the_foot(pages: Pages, rows: int) -> Table:
    """Add a table of one column that floats to the lower edge of the text block of its page."""
    table = pages.add_table(rows, 1)
    table.columns[0].width = Mm(measures.TEXT_WIDTH)
    properties = table._tbl.tblPr
    floats = element(
        "tblpPr", vertAnchor="margin", horzAnchor="margin", tblpXSpec="left", tblpYSpec="bottom"
    )
    properties.insert(1, floats)
    ruled = element("tblBorders")
    ruled.append(element("top", val="single", sz=8, space=0, color="000000"))
    ruled.append(element("bottom", val="single", sz=8, space=0, color="000000"))
    ruled.append(element("insideH", val="single", sz=6, space=0, color="000000"))
    properties.append(ruled)
    return table


_AFTER_BORDERS = (
    *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct"),
    *("w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid"),
    *("w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc"),
    *("w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle"),
    *("w:rPr", "w:sectPr", "w:pPrChange"),
)
"""The schema wants the properties of a paragraph in order."""
