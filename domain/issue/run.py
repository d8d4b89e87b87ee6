"""一个时限的经过: one clock: where it ends, which marks it passed, when it rested, who moved its end."""

from datetime import date, datetime, timedelta
from typing import Literal, Self

from domain.limits import Limit, SourcedLimit
from domain.model import Frozen, Moment
from domain.posts import Post
from domain.terms import Clock, Rung, SuspensionGround

WhyRested = Literal["suspended", "verifying"]


class Passed(Frozen):
    """已过节点: a mark that became a fact: which, when it truly was, whom it told, who was chief before."""

    rung: Rung
    at: Moment
    number: int
    to: tuple[Post, ...]
    chief: Post


class Rest(Frozen):
    """停止计时的一段: a stretch in which the clock stood still, between two facts."""

    since: Moment
    until: Moment
    why: WhyRested
    begun: int
    ended: int
    ground: SuspensionGround | None = None
    by: Post | None = None


class Moved(Frozen):
    """改期一次: what moved the end, by whose word, and where it was moved to."""

    number: int
    kind: str
    at: Moment
    by: Post | None
    limit_at: Moment
    limit: str
    granted: tuple[Limit, ...] = ()


class Run(Frozen):
    """计时: one clock with the marks that it has passed, its rests, and what moved its end."""

    clock: Clock
    started_at: Moment
    limit_at: Moment
    limit: str
    source: str
    provisional: bool = False
    passed: tuple[Passed, ...] = ()
    undone: tuple[Passed, ...] = ()
    withdrawn: tuple[Passed, ...] = ()
    granted: tuple[Limit, ...] = ()
    decided: int = 0
    set_on: date | None = None
    set_at: Moment | None = None
    set_by: Post | None = None
    moved_at: Moment | None = None
    rests: tuple[Rest, ...] = ()
    moves: tuple[Moved, ...] = ()
    interviewed_at: Moment | None = None
    number: int = 0
    first_limit_at: Moment | None = None
    first: SourcedLimit | None = None
    edition: str = ""
    calendar: str = ""
    ended_at: Moment | None = None
    ended: int = 0

    def count(self, rung: Rung) -> int:
        """Return how often a rung has been passed."""
        return sum(mark.rung is rung for mark in self.passed)

    @property
    def rung(self) -> Rung:
        """How far this lapse has been driven."""
        return max((mark.rung for mark in self.passed), default=Rung.EARLY)

    @property
    def is_overdue(self) -> bool:
        """Whether the limit has lapsed."""
        return self.rung >= Rung.REMINDER

    def was_overdue(self, at: datetime) -> bool:
        """Whether it had lapsed before a moment: what was said in time may be heard after the lapse."""
        return any(mark.rung >= Rung.REMINDER and mark.at < at for mark in self.passed)

    def awaits_interview(self, at: datetime) -> bool:
        """Whether an interview was called by a moment and none was held since."""
        called = any(mark.rung is Rung.INTERVIEW and mark.at <= at for mark in self.passed)
        return called and self.interviewed_at is None

    def stood_still(self, until: datetime | None = None) -> timedelta:
        """Return how long it rested before a moment, or in all."""
        return sum(
            (max(min(rest.until, until or rest.until) - rest.since, timedelta()) for rest in self.rests),
            timedelta(),
        )

    def after_its_rests(self, at: datetime) -> datetime:
        """What was said before a clock ran on, and heard after it, counts no rest twice."""
        return max((at, *(rest.until for rest in self.rests)))

    def ends(self, at: datetime, number: int) -> Self:
        """Return it ended by a fact, not before it began and rested."""
        ended_at = max(self.started_at, self.after_its_rests(at))
        return self.model_copy(update={"ended_at": ended_at, "ended": number})
