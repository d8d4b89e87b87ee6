"""PDF: the same page, laid out by WeasyPrint; nothing is fetched, and the same page is the same bytes."""

from hashlib import sha256
from typing import Never

from domain.model import Label
from domain.paper import Paper
from printing.fonts import printed, require_fonts
from printing.html import html
from printing.missing import NotInstalled


class Fetched(Exception):
    """A page asked for something outside itself."""


def pdf(paper: Paper) -> bytes:
    """Return a document as PDF; raises NotInstalled. Takes a second or more: not for an event loop."""
    return pages(html(paper))


def pages(page: str) -> bytes:
    """Lay out a page of HTML that was made here; raises NotInstalled."""
    require_fonts()
    try:
        import weasyprint  # noqa: PLC0415 - loads Pango; who prints nothing needs none of it
    except OSError:
        raise NotInstalled(Label("排版程序库 Pango", "the library Pango"), "libpangoft2-1.0-0") from None
    fixed = sha256(page.encode()).hexdigest()[:32].encode()
    laid_out = weasyprint.HTML(string=printed_page(page), url_fetcher=_refuse)
    written = laid_out.write_pdf(pdf_identifier=fixed)
    assert isinstance(written, bytes)
    return written


def printed_page(page: str) -> str:
    """Return a page with 〓 for each character that no font of this machine has."""
    return "\n".join(map(printed, page.splitlines()))


def _refuse(url: str, *_: object, **__: object) -> Never:
    raise Fetched(url)
