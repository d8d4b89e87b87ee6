"""Lives without a server whose limits are moved in every way; and journals forged with a chain made anew."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from domain.chain import link
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.decide import decide
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.letter import Letter, write
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.terms import Severity, Source
from domain.workdays import CHINA
from tests.workflows.words import opening, word

ISSUE = "512022-2026-000001"
NEW_YEARS_EVE = datetime(2026, 12, 30, 9, tzinfo=CHINA)
"""A Wednesday: what begins then ends in a year whose notice is not published."""
HOUR = timedelta(hours=1)


class Life:
    """One issue that is spoken to by the posts that may, one hour after the other."""

    def __init__(self, at: datetime = NEW_YEARS_EVE, **opens: Any) -> None:
        """Open it at a moment."""
        self.at = at
        self.facts: list[Event] = open_issue(opening(ISSUE, at, **opens), at)

    @property
    def issue(self) -> Issue:
        return retell(self.facts)

    def say(self, *kinds: type[Command], after_hours: float = 1, **changes: Any) -> "Life":
        for kind in kinds:
            self.at += after_hours * HOUR
            issue = self.issue
            command = word(issue, kind, self.at, f"{kind.__name__}-{issue.number}", **changes)
            told = decide(issue, command, self.at)
            assert after(issue, told).number > issue.number
            self.facts += told
        return self

    def letter(self) -> Letter:
        """Return the whole life as one letter."""
        return write(None, tuple(self.facts))[0]


def rectifying(**opens: Any) -> Life:
    return Life(**opens).say(say.RecordStop, say.Assign)


MOVED: dict[str, Callable[[], Life]] = {
    "ExtensionGranted": lambda: rectifying().say(say.RequestExtension, say.GrantExtension),
    "ClockResumed": lambda: rectifying().say(say.SuspendClock).say(say.ResumeClock, after_hours=50),
    "RectificationRejected": lambda: (
        rectifying().say(say.ReportRectified).say(say.RejectRectification, after_hours=30)
    ),
    "Regraded": lambda: rectifying().say(say.Regrade),
    "DateSet": lambda: rectifying().say(say.SetDate),
    "EditionAdopted": lambda: rectifying().say(say.AdoptEdition),
    "CalendarAdopted": lambda: rectifying(source=Source.PUBLIC).say(say.AdoptCalendar),
}
"""For every fact that moves a limit, a life in which it does."""

STARTED: dict[str, Callable[[], Life]] = {
    "REVIEW": lambda: rectifying().say(say.SuspendClock),
    "SUSPENSION": lambda: rectifying().say(say.SuspendClock),
    "RULING": lambda: rectifying(severity=Severity.MAJOR).say(say.HandBack),
    "ENFORCEMENT": lambda: rectifying().say(say.TransferToEnforcement),
}
"""For every clock that is no stage's own, a life in which it begins."""


def forged(life: Life, number: int, change: Callable[[dict[str, Any]], object]) -> Letter:
    """Return the life as one letter, one fact changed and every hash from there on made anew."""
    letter = life.letter()
    before, lines = letter.before, []
    for line in letter.lines:
        body = json.loads(line.body)
        if line.number == number:
            change(body)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        assert line.number == number or text == line.body
        before = link(before, line.number, text)
        lines.append(line.model_copy(update={"body": text, "hash": before}))
    return letter.model_copy(update={"lines": tuple(lines)})
