"""网页: a document as HTML with the CSS of its page; what people wrote is escaped wherever it stands."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.paper import Grid, Heading, Paper, Paragraph, Part, day, numbered
from printing import dimensions
from printing.fonts import legible
from printing.typeset import typeset

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: legible(value) if type(value) is str else value,
)
_PAPERS = _PAGES.overlay(finalize=lambda value: typeset(legible(value)) if type(value) is str else value)


def render(template: str, **filled: object) -> str:
    """Return a page of a template with what fills it, word by word."""
    return _PAGES.get_template(template).render(**filled)


def html(paper: Paper, *, is_close: bool = False) -> str:
    """Return a document as one page of HTML that loads nothing: to be read, or to be printed by `pdf`.

    Set closer (调整行距) it takes a little less room, so that its imprint need not stand on a page alone.
    """
    dated = day(paper.dated) if paper.dated else ""
    issuer_off, date_off = dimensions.indents(paper.signed, dated)
    return _PAPERS.get_template("paper.html").render(
        paper=paper,
        parts=_parts(paper.body),
        annexes=[(annex.title, _parts(annex.body)) for annex in paper.annexes],
        dated=dated,
        printed_on=day(paper.printed_on) if paper.printed_on else "",
        issuer_off=issuer_off,
        date_off=date_off,
        dimensions=dimensions,
        is_close=is_close,
        mark_size=dimensions.mark_size(paper.mark),
        title_width=dimensions.even_width(paper.title),
    )


def _parts(body: Sequence[Part]) -> list[tuple[str, str, Part]]:
    return [(_kind(part), number, part) for number, part in numbered(body)]


def _kind(part: Heading | Paragraph | Grid) -> str:
    return f"heading{part.level}" if isinstance(part, Heading) else part.kind
