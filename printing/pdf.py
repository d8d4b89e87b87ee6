"""PDF: the same page, laid out by WeasyPrint; nothing is fetched, and the same page is the same bytes."""

from datetime import UTC, datetime
from typing import NamedTuple

from PIL import ImageFile

from domain.model import Label
from domain.paper import Paper
from printing.fonts import printed, require_fonts
from printing.html import html
from printing.missing import NotInstalled


class Annex(NamedTuple):
    """附件: a text that travels inside a PDF, under a name."""

    name: str
    text: str


class LaidOut:
    """A page of HTML laid out: how many sheets it takes, and the PDF."""

    def __init__(self, page: str) -> None:
        """Lay it out; raises NotInstalled."""
        require_fonts()
        try:
            import weasyprint  # noqa: PLC0415 - loads Pango; who prints nothing needs none of it
        except OSError:
            raise NotInstalled.lacking(
                Label("排版程序库 Pango", "the library Pango"), "libpangoft2-1.0-0"
            ) from None
        _decode_strictly_again()
        self._attached = weasyprint.Attachment
        # No protocol at all: not even what a file on this machine holds is ever asked for.
        self._fetcher = weasyprint.urls.URLFetcher(allowed_protocols=(), allow_redirects=False)
        shown = "\n".join(map(printed, page.splitlines()))
        self._document = weasyprint.HTML(string=shown, url_fetcher=self._fetcher).render()

    @property
    def count(self) -> int:
        """How many sheets."""
        return len(self._document.pages)

    def pdf(self, annex: Annex | None = None) -> bytes:
        """Return the PDF, with a text attached if there is one."""
        if annex:
            text = self._attached(
                string=annex.text,
                name=annex.name,
                created=_ALWAYS,
                modified=_ALWAYS,
                url_fetcher=self._fetcher,
            )
            self._document.metadata.attachments = [text]
        written = self._document.write_pdf()
        assert isinstance(written, bytes)
        return written


def _decode_strictly_again() -> None:
    """Undo what WeasyPrint tells Pillow for its whole process: to take half a photo for a whole one."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def pdf(paper: Paper) -> bytes:
    """Return a document as PDF; raises NotInstalled. Takes a second or more: not for an event loop."""
    whole = LaidOut(html(paper))
    if whole.count > 1 and _ends_with_the_imprint_alone(paper, whole):
        closer = LaidOut(html(paper, is_close=True))
        return (closer if closer.count < whole.count else whole).pdf()
    return whole.pdf()


def _ends_with_the_imprint_alone(paper: Paper, whole: LaidOut) -> bool:
    if not (paper.copies or paper.printed_by):
        return False
    without = paper.model_copy(update={"copies": (), "printed_by": None})
    return LaidOut(html(without)).count < whole.count


_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""When an annex was made, as far as its bytes are concerned."""
