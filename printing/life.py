"""一生: a life on one page, told fact by fact, with the picture of its clocks."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from domain.issue import wording
from domain.issue.explain import explain
from printing.html import render
from printing.life_words import Story, entries
from printing.timeline import timeline

_TEMPLATES = Path(__file__).parent / "templates"
_XMLNS = ' xmlns="http://www.w3.org/2000/svg"'


def life_html(story: Story, as_of: datetime) -> str:
    """Return the page: it loads nothing, runs only its own script, and shows what people wrote as text."""
    last = story.steps[-1].after
    account = explain(last, as_of)
    picture = timeline(account, moments=[step.fact.at for step in story.steps]).replace(_XMLNS, "")
    style, script = (
        (_TEMPLATES / f"life.{kind}").read_text(encoding="utf-8").strip() for kind in ("css", "js")
    )
    return render(
        "life.html",
        issue=last,
        subject=wording.subject(last),
        source=story.source,
        as_of=wording.moment(as_of),
        entries=entries(story),
        picture=Markup(picture),  # noqa: S704 - drawn here
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _hash(text: str) -> str:
    """How a page's policy names the one text that it allows."""
    return b64encode(sha256(text.encode()).digest()).decode()
