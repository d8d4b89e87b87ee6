"""文书图: draws the pictures of an order and of an account, from a made-up life under the true rules.

`python -m docs.papers` writes them to `docs/images`, and the PDFs to `var/papers`.
"""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.document import Signed, document
from domain.issue.events import Ordered
from domain.issue.evolve import retell
from domain.issue.explain import explain
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.terms import Category, Severity, Source, SuspensionGround
from domain.workdays import CHINA, local_day
from printing.account import account_pdf
from printing.pdf import pdf
from reading.registry import read_registry
from reading.rulebook import read_editions

HERE = Path(__file__).resolve().parent.parent
IMAGES, FOLDER = HERE / "docs" / "images", HERE / "var" / "papers"
CITY, COUNTY, TOWNSHIP = "512000000000", "512022000000", "512022113000"
OFFICE, CHIEF = f"office:{COUNTY}", f"chief:{TOWNSHIP}:R03-01"
UNIT, ABOVE = f"unit:{COUNTY}:water", f"chief:{CITY}:R03-01"
FOUND = datetime(2026, 11, 2, 9, tzinfo=CHINA)
PAPER = "ab" * 32


class Life:
    """一件问题 that is told here."""

    def __init__(self) -> None:
        """Find it on a Monday morning."""
        kind = (Category.DUMPING, Severity.GENERAL, Source.CAMERA)
        opening = c.OpenIssue(
            id="open-1",
            by=OFFICE,
            said_at=FOUND,
            issue_id="512022-2026-000123",
            report=PAPER,
            category=kind[0],
            severity=kind[1],
            source=kind[2],
            reach="R03-01",
            division=TOWNSHIP,
            title="蟠龙河·蟠龙镇段",
            rules=read_editions(HERE / "rules" / "ziyang.yaml")[0].excerpt(*kind, local_day(FOUND)),
        )
        self.facts: list[Event] = open_issue(opening, FOUND)

    def say(self, kind: type[Command], by: str, after: timedelta, **fields: Any) -> None:
        """Say a word so long after the finding."""
        at, issue = FOUND + after, retell(self.facts)
        self.facts += decide(
            issue, kind(id=f"{kind.__name__}-{issue.number}", by=by, said_at=at, **fields), at
        )

    def wait(self, after: timedelta) -> None:
        """Let time pass."""
        self.facts += let_time_pass(retell(self.facts), FOUND + after)


def lived() -> Life:
    """Return a rectification that was suspended and went on, and lapsed nevertheless."""
    life, day, hour = Life(), timedelta(days=1), timedelta(hours=1)
    life.say(c.RecordStop, CHIEF, 3 * hour, photos=1, manifest=PAPER)
    life.say(c.Assign, OFFICE, 7 * hour, unit=UNIT)
    life.say(c.SuspendClock, ABOVE, 2 * day, ground=SuspensionGround.LEGAL_NOTICE, document=PAPER)
    life.say(c.ResumeClock, ABOVE, 4 * day, reason="公告期已满")
    life.wait(16 * day)
    return life


def main() -> None:
    """Draw both pictures."""
    life = lived()
    issue = retell(life.facts)
    number = next(place for place, fact in enumerate(life.facts, 1) if isinstance(fact, Ordered))
    order = life.facts[number - 1]
    assert isinstance(order, Ordered)
    names = {post: row.name_zh for post, row in read_registry(HERE / "registry" / "ziyang").posts.items()}
    signed = Signed(number="蟠龙镇河办督〔2026〕1号", at=order.at + timedelta(hours=15), by=order.issuer)
    drawn = {
        "order": pdf(document(retell(life.facts[:number]), order, names, signed)),
        "account": account_pdf(issue, explain(issue, FOUND + timedelta(days=16))),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in drawn.items():
        (FOLDER / f"{name}.pdf").write_bytes(content)
        _draw(content, IMAGES / f"{name}.png")


def _draw(content: bytes, into: Path) -> None:
    """Draw all pages beside one another, small."""
    pages = [page.render(scale=1.3).to_pil() for page in pypdfium2.PdfDocument(BytesIO(content))]
    width, height = sum(page.width for page in pages), max(page.height for page in pages)
    whole, left = Image.new("RGB", (width + 8 * (len(pages) - 1), height), "#888888"), 0
    for page in pages:
        whole.paste(page, (left, 0))
        left += page.width + 8
    whole.quantize(96).save(into, optimize=True)


if __name__ == "__main__":
    main()
