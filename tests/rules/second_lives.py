"""忙碌的一生: random lives in which every word fits, said near the instants at which time would speak.

`lives()` says anything anywhere; here the words about clocks come often and in their turn, so that the
states that only a chain of them reaches (granted, then suspended, then regraded) are reached.
"""

import json
import random
from datetime import datetime, timedelta
from typing import Any

from domain.chain import canonical
from domain.issue import commands as c
from domain.issue.clocks import next_mark
from domain.issue.commands import Command
from domain.issue.decide import let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.life import LIFE
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.terms import Category, Circumstance, Origin, Severity, Source, Stage
from domain.workdays import local_day
from tests.rules.given import (
    CHAIN,
    MONDAY,
    PATROLLER,
    VILLAGE,
    Facts,
    at,
    excerpt,
    opened,
    opening,
    say,
    wait,
    word,
)
from tests.rules.second_clock import Audit, audit
from tests.rules.second_ledger import Body
from tests.rules.strategies import DAY, HOUR, MINUTE, SECOND, Step, about_clocks, heard, straight_on

INSTANT = timedelta(microseconds=1)
AT_ANY_STAGE: list[tuple[type[Command], int]] = [
    *((c.SuspendClock, 3), (c.SetDate, 2), (c.Regrade, 2), (c.AdoptEdition, 1), (c.AdoptCalendar, 1)),
    *((c.RecordInterview, 1), (c.AttachReport, 1), (c.AnnounceVacancy, 1), (c.AnnounceHolder, 1)),
    *((c.ReplyToReporter, 1), (c.ReportUndeliverable, 1)),
]


class Busy:
    """一生: an issue to which fitting words are said until they are used up."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - a life, not a key
        begun = self._opening()
        self.facts: Facts = open_issue(begun, begun.said_at)
        self.issue, self.clock = retell(self.facts), begun.said_at
        for kind in straight_on(self.issue)[: self.draw.choice((0, 0, 1, 2, 2, 3, 3, 4))]:
            self._hears(kind, self.clock + MINUTE)
        for _ in range(self.draw.randrange(2, 9)):
            if not self.issue.is_over:
                self._lives_on()

    def until(self, as_of: datetime) -> tuple[Issue, Facts]:
        """Return the issue and its journal after more time."""
        passed = let_time_pass(self.issue, as_of)
        return after(self.issue, passed), self.facts + passed

    def _opening(self) -> c.OpenIssue:
        draw = self.draw
        category, severity, source = (draw.choice(list(kind)) for kind in (Category, Severity, Source))
        source = draw.choice((source, Source.PUBLIC))
        origin = draw.choice((Origin.NEW, Origin.NEW, Origin.STOCK))
        said_at = MONDAY + draw.randrange(-300 * 24 * 60, 30 * 24 * 60) * MINUTE
        circumstances: tuple[Circumstance, ...] = draw.choice(((), (), (Circumstance.FLOOD_BLOCKING,)))
        if origin is Origin.STOCK:
            return self._stock(category, severity, source, said_at)
        return opening(
            category,
            severity,
            source,
            said_at=said_at,
            circumstances=circumstances,
            finder=draw.choice((None, PATROLLER)),
            division=VILLAGE,
            seen_at=draw.choice((None, said_at - draw.randrange(-5, 60) * HOUR)),
            vacant=tuple(draw.sample(CHAIN, draw.choice((0, 0, 1, 3)))),
        )

    def _stock(
        self, category: Category, severity: Severity, source: Source, said_at: datetime
    ) -> c.OpenIssue:
        rules = excerpt(
            category, severity, source, local_day(said_at), Origin.STOCK, (), None, recurring=False
        )
        limit = rules.clocks["RECTIFY"].limit
        last = local_day(rules.counting.ends(limit.ceiling or limit, said_at).at - INSTANT)
        plan_on = local_day(said_at) + self.draw.randrange((last - local_day(said_at)).days + 1) * DAY
        own: dict[str, Any] = {"origin": Origin.STOCK, "plan_on": plan_on, "division": VILLAGE}
        return opening(category, severity, source, said_at=said_at, **own)

    def _lives_on(self) -> None:
        kinds, weights = zip(*self._words(), strict=True)
        kind = self.draw.choices(kinds, weights)[0]
        said_at = self._moment()
        late = self.draw.choice((0, 0, 0, 0, 1, 1)) * abs(self._wait())
        self._hears(kind, said_at, late)

    def _words(self) -> list[tuple[type[Command], int]]:
        issue, onward = self.issue, LIFE[self.issue.stage]
        words = [*AT_ANY_STAGE]
        words += [(kind, 2) for kind in onward if kind not in (c.Dismiss, c.MergeInto, c.Close)]
        words += [(kind, 1) for kind in (c.Close,) if kind in onward]
        if issue.stage is Stage.VERIFYING:
            words += [(c.RejectRectification, 8)]
        if issue.asked:
            words += [(c.GrantExtension, 12), (c.DenyExtension, 1)]
        else:
            words += [(c.RequestExtension, 6)]
        if issue.suspended:
            words += [(c.ResumeClock, 5), (c.UpholdSuspension, 2)]
        if issue.dispute:
            words += [(c.RuleOnDispute, 4)]
        elif c.HandBack in onward:
            words += [(c.HandBack, 12), *([(c.Reassign, 10)] if issue.is_handed_back else [])]
        return words

    def _moment(self) -> datetime:
        """Soon, after a while, or just before, at, or after the next instant at which time speaks."""
        mark = next_mark(self.issue)
        if mark and self.draw.random() < 0.35:
            near = self.draw.choice((timedelta(), timedelta(), INSTANT, -INSTANT, -MINUTE, HOUR, -HOUR))
            return max(mark.at + near, self.issue.opened_at)
        return max(self.clock + self._wait(), self.issue.opened_at)

    def _wait(self) -> timedelta:
        draw = self.draw
        spans = (
            draw.randrange(120) * MINUTE,
            draw.randrange(48) * HOUR,
            draw.randrange(48) * HOUR,
            draw.randrange(10) * DAY + draw.randrange(86_400) * SECOND,
            draw.randrange(40) * DAY,
            draw.choice((1, 5, 95, 200, 370)) * DAY,
            -draw.randrange(90) * MINUTE,
            -draw.randrange(100) * HOUR,
        )
        return draw.choice(spans)

    def _hears(self, kind: type[Command], said_at: datetime, late: timedelta = timedelta()) -> None:
        step = Step(self.draw.randrange(100_000), timedelta(), timedelta())
        told = {**about_clocks(self.issue, kind, step, said_at), **self._beside(kind)}
        command = word(self.issue, kind, said_at, id=f"{len(self.facts)}-{said_at.timestamp()}", **told)
        self.clock = max(self.clock, said_at + late)
        if late:
            passed = let_time_pass(self.issue, self.clock)
            self.issue, self.facts = after(self.issue, passed), self.facts + passed
        facts = heard(self.issue, command, self.clock)
        self.issue, self.facts = after(self.issue, facts), self.facts + facts

    def _beside(self, kind: type[Command]) -> dict[str, Any]:
        if kind is c.SubmitPlan:
            return {"done_on": local_day(self.clock) + self.draw.choice((3, 3, 10, 30, 60)) * DAY}
        if kind in (c.AnnounceVacancy, c.AnnounceHolder):
            return {"post": self.draw.choice((self.issue.chief, *CHAIN))}
        return {}


def bodies_of(facts: Facts) -> list[Body]:
    """Return a journal as it is written."""
    return [json.loads(canonical(fact)) for fact in facts]


class Said:
    """一生: an issue to which words are said at local moments."""

    def __init__(self, *kind: Any, **more: Any) -> None:
        self.issue, self.facts = opened(opening(*kind, **more))

    def hears(self, kind: type[Command], local: str, now: str | None = None, **content: Any) -> "Said":
        command = word(self.issue, kind, at(local), **content)
        self.issue, facts = say(self.issue, command, at(now) if now else None)
        self.facts = self.facts + facts
        return self

    def waits(self, local: str) -> "Said":
        self.issue, facts = wait(self.issue, at(local))
        self.facts = self.facts + facts
        return self

    def audited(self, local: str) -> Audit:
        """Return the audit of it all, as of a moment to which it has waited."""
        return audit(bodies_of(self.waits(local).facts), at(local))


def rectifying(*kind: Any, **more: Any) -> Said:
    """一般乱堆 assigned on Monday 23 November at 10:00: three working days, to Thursday at 17:30."""
    return Said(*kind, **more).hears(c.NothingToStop, "11-23 09:30").hears(c.Assign, "11-23 10:00")
