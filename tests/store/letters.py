"""Letters for the tests, written by the rule book itself from a small excerpt."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.excerpt import Excerpt
from domain.issue import commands as say
from domain.issue.commands import Command, OpenIssue
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.letter import Letter, write
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.terms import Category, Severity, Source
from domain.workdays import Calendar

COUNTY = "512022000000"
TOWN = "512022113000"
REACH = "R03-01"
OFFICE = f"office:{COUNTY}"
TOWN_OFFICE = f"office:{TOWN}"
TOWN_CHIEF = f"chief:{TOWN}:{REACH}"
COUNTY_CHIEF = f"chief:{COUNTY}:{REACH}"
UNIT = f"unit:{COUNTY}:water"
FOUND = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)

EVERYTHING = " ".join(("OpenIssue", *(command.__name__ for command in say.COMMANDS)))
DIGEST = "ab12" * 3


def excerpt(severity: Severity = Severity.GENERAL) -> Excerpt:
    """A rule book's excerpt with limits of hours, under which everybody may say everything."""
    return Excerpt.model_validate(
        {
            "edition": "of-tests-1",
            "digest": DIGEST,
            "category": "DUMPING",
            "severity": severity,
            "clocks": {
                "STOP": "2h | chosen",
                "ASSIGN": "1wd | chosen",
                "RECTIFY": "10wd | S05 art. 52",
                "VERIFY": "3wd | chosen",
                "CLOSE": "2wd | chosen",
            },
            "ladder": {
                "early": "0.25 | chosen",
                "reminder": "0s | chosen",
                "order": "2wd | S95",
                "escalation": "5wd each 5wd | chosen",
                "bulletin": "10wd each 10wd | S03 art. 26",
                "stop_order": "4h | chosen",
                "stop_escalation": "12h each 12h | chosen",
            },
            "calendar": Calendar(name="of-tests", version="1", published=(2026, 2026)),
            "rejections": 1,
            "chief": 2,
            "verify": 3,
            "close": 3,
            "may": dict.fromkeys(("office", "chief", "unit", "verifier", "closer"), EVERYTHING),
            "photos": {},
            "look_backs": "30cd 90cd",
            "seen_within": "48h",
        }
    )


class Life:
    """One issue that lives without a server: it is spoken to, time passes, and it writes letters."""

    def __init__(self, running: int = 1, severity: Severity = Severity.GENERAL) -> None:
        self.issue_id = f"512022-2026-{running:06d}"
        self.events: list[Event] = open_issue(
            OpenIssue(
                id=f"open-{running}",
                by=OFFICE,
                said_at=FOUND,
                issue_id=self.issue_id,
                report=DIGEST,
                category=Category.DUMPING,
                severity=severity,
                source=Source.CAMERA,
                reach=REACH,
                division=TOWN,
                title="乐至县蟠龙镇",
                rules=excerpt(severity),
            ),
            FOUND,
        )
        self.issue: Issue = retell(self.events)
        self._told: Issue | None = None
        self._waiting: list[Event] = list(self.events)

    def hear(self, command: type[Command], after_hours: float, by: str = OFFICE, **said: Any) -> None:
        """Say a command so many hours after the finding."""
        at = FOUND + timedelta(hours=after_hours)
        spoken = command(id=f"{command.__name__}-{self.issue.number}", by=by, said_at=at, **said)
        self._happen(decide(self.issue, spoken, at))

    def hear_late(self, command: type[Command], said: float, heard: float, **fields: Any) -> None:
        """Say a command in time that is heard only after the clocks ran on."""
        self.wait(heard)
        at = FOUND + timedelta(hours=said)
        spoken = command(id=f"{command.__name__}-late", by=OFFICE, said_at=at, **fields)
        self._happen(decide(self.issue, spoken, FOUND + timedelta(hours=heard)))

    def wait(self, until_hours: float) -> None:
        """Let time pass until so many hours after the finding."""
        self._happen(let_time_pass(self.issue, FOUND + timedelta(hours=until_hours)))

    def letter(self) -> Letter:
        """Write all facts since the last letter."""
        letter, self._told, left = write(self._told, tuple(self._waiting))
        self._waiting = list(left)
        return letter

    def whole_letter(self) -> Letter:
        """Write all facts from the first in one letter."""
        return write(None, tuple(self.events))[0]

    def _happen(self, events: list[Event]) -> None:
        self.issue = after(self.issue, events)
        self.events += events
        self._waiting += events


def escalated(running: int = 1, severity: Severity = Severity.GENERAL) -> Life:
    """An issue whose stop limit lapsed until it climbed one level: reminded, ordered, raised."""
    life = Life(running, severity)
    life.wait(15)
    return life


def closed(running: int = 1) -> Life:
    """An issue that was handled in time, to its end."""
    life = Life(running)
    life.hear(say.RecordStop, 1, photos=1)
    life.hear(say.Assign, 2, unit=UNIT)
    life.hear(say.ReportRectified, 30, UNIT, before=1, after=1)
    life.hear(say.RejectRectification, 31, reason="未清运干净")
    life.hear(say.ReportRectified, 50, UNIT, before=1, after=1)
    life.hear(say.AcceptRectification, 51, record=DIGEST)
    life.hear(say.Close, 52, record=DIGEST)
    return life
