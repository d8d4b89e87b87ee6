"""问题的状态: the issue as its facts have made it."""

from datetime import date, datetime, timedelta

from domain.excerpt import Rules
from domain.issue.run import Run
from domain.limits import Limit
from domain.model import Frozen, IssueId, Moment
from domain.posts import Division, Post, post_level
from domain.terms import (
    ENDS,
    Category,
    Circumstance,
    Clock,
    Level,
    Origin,
    Rung,
    Severity,
    Source,
    Stage,
    SuspensionGround,
)
from domain.workdays import Calendar


class Recent(Frozen):
    """近况: one of the last facts, for whoever looks at the issue."""

    number: int
    kind: str
    at: Moment


class Plan(Frozen):
    """整改方案 as submitted."""

    responsible: Post
    done_on: date
    submitted_at: Moment


class Asked(Frozen):
    """待批的延期申请."""

    clock: Clock
    amount: Limit
    at: Moment
    head: Post


class Suspended(Frozen):
    """中止中: since when, on which ground, which clocks stand still; how often its review was asked for."""

    since: Moment
    number: int
    ground: SuspensionGround
    by: Post | None
    clocks: tuple[Run, ...]
    asked: int = 0


class Ruler(Frozen):
    """裁定者: who rules, and until when it was his to rule."""

    post: Post
    until: Moment


class Dispute(Frozen):
    """争议: whose it is, is ruled by the last of these; the others had their time."""

    units: tuple[Post, ...]
    rulers: tuple[Ruler, ...]

    @property
    def ruler(self) -> Post:
        """Who rules now."""
        return self.rulers[-1].post


class Issue(Frozen):
    """问题: everything that a rule may ask of an issue."""

    issue_id: IssueId
    stage: Stage
    category: Category
    severity: Severity
    origin: Origin
    source: Source
    reach: str
    division: Division
    title: str = ""
    circumstances: tuple[Circumstance, ...] = ()
    recurrence_of: IssueId | None = None
    finder: Post | None = None
    chief: Post
    former_chiefs: tuple[Post, ...] = ()
    unit: Post | None = None
    rectified_by: Post | None = None
    vacant: tuple[Post, ...] = ()
    clocks: tuple[Run, ...] = ()
    resting: Run | None = None
    rested_at: Moment | None = None
    rested: int = 0
    suspended: Suspended | None = None
    suspended_for: timedelta = timedelta()
    ended: tuple[Run, ...] = ()
    asked: tuple[Asked, ...] = ()
    assigned_at: Moment | None = None
    handed_back: tuple[Post, ...] = ()
    is_handed_back: bool = False
    is_taken_on: bool = False
    dispute: Dispute | None = None
    unruled: Dispute | None = None
    ruled_by: Post | None = None
    undelivered: tuple[Post, ...] = ()
    past_calendars: tuple[Calendar, ...] = ()
    plan: Plan | None = None
    plan_on: date | None = None
    rejections: int = 0
    complaints: int = 0
    reports: int = 1
    opened_at: Moment
    stage_since: Moment
    look_backs_on: tuple[date, ...] = ()
    number: int
    at: Moment
    tail: str
    heard: tuple[str, ...] = ()
    recent: tuple[Recent, ...] = ()
    rules: Rules

    @property
    def is_over(self) -> bool:
        """Whether nothing can be said to it any more."""
        return self.stage in ENDS

    @property
    def level(self) -> Level:
        """层级 of the responsible chief."""
        return post_level(self.chief)

    @property
    def rung(self) -> Rung:
        """How far the worst running lapse has been driven."""
        return max((run.rung for run in self.clocks), default=Rung.EARLY)

    @property
    def is_overdue(self) -> bool:
        """Whether any running limit has lapsed."""
        return any(run.is_overdue for run in self.clocks)

    @property
    def awaits_reply(self) -> bool:
        """Whether a reporter waits for an answer."""
        return self.run(Clock.REPLY) is not None

    @property
    def rulers(self) -> tuple[Ruler, ...]:
        """Who rules or ruled on the dispute; what nobody ruled on may still be answered by a word in time."""
        dispute = self.dispute or self.unruled
        return dispute.rulers if dispute else ()

    @property
    def is_suspended(self) -> bool:
        """Whether clocks stand still on a legal ground."""
        return self.suspended is not None

    @property
    def still(self) -> tuple[Run, ...]:
        """The clocks that began and neither run nor have ended: suspended, or resting under verification."""
        stopped = self.suspended.clocks if self.suspended else ()
        return (*stopped, self.resting) if self.resting else stopped

    def run(self, clock: Clock) -> Run | None:
        """Return a clock if it runs."""
        return next((run for run in self.clocks if run.clock is clock), None)

    def asked_for(self, clock: Clock) -> Asked | None:
        """Return the request for more time on a clock that waits for an answer."""
        return next((asked for asked in self.asked if asked.clock is clock), None)

    def stands_at(self, run: Run, at: datetime) -> datetime:
        """Return the moment at which a clock stood still, or the moment itself if it runs."""
        if self.suspended and run in self.suspended.clocks:
            return min(self.suspended.since, at)
        return min(self.rested_at, at) if run == self.resting and self.rested_at else at

    def begun(self, clock: Clock) -> Run | None:
        """Return a clock that runs or stands still."""
        return next((run for run in (*self.clocks, *self.still) if run.clock is clock), None)
