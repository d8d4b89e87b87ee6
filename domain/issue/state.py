"""问题的状态: the issue as its facts have made it."""

from datetime import date

from domain.excerpt import Excerpt
from domain.model import Frozen, IssueId, Moment
from domain.posts import Division, Post, post_level
from domain.terms import ENDS, Category, Circumstance, Clock, Level, Origin, Rung, Severity, Source, Stage


class Passed(Frozen):
    """已过节点: a mark that became a fact: which, when it truly was, whom it told, who was chief before."""

    rung: Rung
    at: Moment
    number: int
    to: tuple[Post, ...]
    chief: Post


class Run(Frozen):
    """计时中: one clock that runs, with the marks that it has passed."""

    clock: Clock
    started_at: Moment
    limit_at: Moment
    limit: str
    source: str
    provisional: bool = False
    passed: tuple[Passed, ...] = ()

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
    rules: Excerpt

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

    def run(self, clock: Clock) -> Run | None:
        """Return a clock if it runs."""
        return next((run for run in self.clocks if run.clock is clock), None)
