"""文书图: draws the pictures of an order, an account and a bulletin, from made-up lives under the true rules.

`python -m docs.papers` writes them to `docs/images`, and the PDFs to `var/papers`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from domain.bulletin import commands as b
from domain.bulletin.decide import checked, draft, issued
from domain.bulletin.decide import decide as hear
from domain.bulletin.due import entries_in
from domain.bulletin.order import Entered, cut, cut_digest, drafted, periodic
from domain.bulletin.paper import paper as bulletin_paper
from domain.bulletin.state import retell as retell_bulletin
from domain.bulletin.terms import BulletinKind
from domain.figures import tell
from domain.indicators import month_of
from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.document import Signed, document
from domain.issue.events import Ordered
from domain.issue.evolve import retell
from domain.issue.explain import explain
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.paper import Paper
from domain.terms import Category, Severity, Source, SuspensionGround
from domain.workdays import CHINA, local_day
from printing.account import account_pdf
from printing.pdf import pdf
from reading.bulletins import read_bulletin_rules
from reading.registry import read_registry
from reading.rulebook import read_editions

HERE = Path(__file__).resolve().parent.parent
IMAGES, FOLDER = HERE / "docs" / "images", HERE / "var" / "papers"
CITY, COUNTY, TOWNSHIP = "512000000000", "512022000000", "512022113000"
OFFICE, CHIEF = f"office:{COUNTY}", f"chief:{TOWNSHIP}:R03-01"
UNIT, ABOVE = f"unit:{COUNTY}:water", f"chief:{CITY}:R03-01"
FOUND = datetime(2026, 11, 2, 9, tzinfo=CHINA)
PAPER = "ab" * 32
DEMAND = "请各责任单位对照问题清单逐项落实整改措施,整改情况于收到本通报之日起3个工作日内书面报送。"


class Life:
    """一件问题 that is told here."""

    def __init__(self, running: int = 123, category: Category = Category.DUMPING) -> None:
        """Find it on a Monday morning."""
        kind = (category, Severity.GENERAL, Source.CAMERA)
        opening = c.OpenIssue(
            id="open-1",
            by=OFFICE,
            said_at=FOUND,
            issue_id=f"512022-2026-{running:06d}",
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

    def say(self, kind: type[Command], by: str, later: timedelta, /, **fields: Any) -> None:
        """Say a word so long after the finding."""
        at, issue = FOUND + later, retell(self.facts)
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


def month() -> list[Life]:
    """Return a month's lives: most are closed in time, some lapse, and nobody acts."""
    hour, lives = timedelta(hours=1), list[Life]()
    for running in range(101, 118):
        life = Life(running, (Category.DUMPING, Category.SEWAGE)[running % 3 == 0])
        lives.append(life)
        life.say(c.RecordStop, CHIEF, 3 * hour, photos=1, manifest=PAPER)
        life.say(c.Assign, OFFICE, 7 * hour, unit=UNIT)
        if running % 5 == 0:
            life.wait(25 * 24 * hour)
            continue
        life.say(c.ReportRectified, UNIT, 20 * hour, before=2, after=2, manifest=PAPER)
        life.say(c.AcceptRectification, OFFICE, 24 * hour, record=PAPER)
        life.say(c.Close, OFFICE, 26 * hour, record=PAPER)
    return lives


def bulletin(names: Mapping[str, str]) -> Paper:
    """Return the month's bulletin of the city, heard, submitted, approved and issued."""
    drafted_at = datetime(2026, 12, 7, 8, tzinfo=CHINA)
    book = read_editions(HERE / "rules" / "ziyang.yaml")[0]
    rules = read_bulletin_rules(HERE / "rules" / "bulletins.yaml")
    order = periodic(BulletinKind.MONTHLY, month_of(local_day(FOUND)), CITY, rules, book, drafted_at)
    lives = month()
    stories = [tell(life.facts, order.period.ends_at) for life in lives]
    entered = [
        Entered(issue_id=story.issue.issue_id, number=number)
        for story in stories
        for number in entries_in(story, order.period)[:1]
    ]
    ends = [(story.issue.issue_id, story.issue.number, story.issue.tail) for story in stories]
    frozen, made = cut(order, stories, entered, cut_digest(ends), drafted_at)
    told = draft(drafted(order, frozen, drafted_at))
    day, by = timedelta(days=1), order.issuer
    words: list[Command] = [
        b.ReplyToBulletin(
            id="b-1",
            by=frozen.named[0].unit or frozen.named[0].chief,
            said_at=drafted_at + day,
            text="正在清运",
        )
    ]
    words += [b.ReviseBulletin(id="b-2", by=by, said_at=drafted_at + day, remarks=(DEMAND,))]
    words += [b.SubmitBulletin(id="b-3", by=by, said_at=drafted_at + 4 * day)]
    words += [b.ApproveBulletin(id="b-4", by=by, said_at=drafted_at + 4 * day)]
    for word in words:
        here = retell_bulletin(told)
        told += checked(here, here.revision, (), word.said_at)
        told += hear(retell_bulletin(told), word, word.said_at)
    told += issued(retell_bulletin(told), "资河办通〔2026〕11号", drafted_at + 4 * day)
    return bulletin_paper(retell_bulletin(told), made, names)


def main() -> None:
    """Draw the pictures."""
    life = lived()
    issue = retell(life.facts)
    number = next(place for place, fact in enumerate(life.facts, 1) if isinstance(fact, Ordered))
    order = life.facts[number - 1]
    assert isinstance(order, Ordered)
    registry = read_registry(HERE / "registry" / "ziyang")
    names = {post: row.name_zh for post, row in registry.posts.items()}
    places = {division: row.name for division, row in registry.divisions.items()}
    signed = Signed(number="蟠龙镇河办督〔2026〕1号", at=order.at + timedelta(hours=15), by=order.issuer)
    drawn = {
        "order": pdf(document(retell(life.facts[:number]), order, names, signed)),
        "account": account_pdf(issue, explain(issue, FOUND + timedelta(days=16))),
        "bulletin": pdf(bulletin({**names, **places})),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in drawn.items():
        (FOLDER / f"{name}.pdf").write_bytes(content)
        _draw(content, IMAGES / f"{name}.png")


def _draw(content: bytes, into: Path) -> None:
    """Draw the first pages beside one another, small."""
    pages = [page.render(scale=1.3).to_pil() for page in list(pypdfium2.PdfDocument(BytesIO(content)))[:4]]
    width, height = sum(page.width for page in pages), max(page.height for page in pages)
    whole, left = Image.new("RGB", (width + 8 * (len(pages) - 1), height), "#888888"), 0
    for page in pages:
        whole.paste(page, (left, 0))
        left += page.width + 8
    whole.quantize(96).save(into, optimize=True)


if __name__ == "__main__":
    main()
