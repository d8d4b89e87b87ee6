"""起草单: what a bulletin is to be drafted of, by which rules; and what its draft is made of."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from domain.bulletin.due import ad_hoc_id, entries_in, named_of, periodic_id, rates_of
from domain.bulletin.facts import Cut, Drafted, Finding
from domain.bulletin.lint import Draft
from domain.bulletin.rules import BulletinRules
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinId, BulletinKind, BulletinState
from domain.figures import Story, figures
from domain.indicators import Figure, Period, since
from domain.limits import Counting
from domain.model import Frozen, IssueId
from domain.posts import Division, Post, at_level, division_of, general_chief, government, level_of, office
from domain.rulebook import HORIZON, RuleBook
from domain.terms import Level, Severity
from domain.workdays import local_day


class Order(Frozen):
    """起草单: the same order makes the same draft, however often it is tried."""

    bulletin_id: BulletinId
    kind: BulletinKind
    issuer: Post
    period: Period
    issue_id: IssueId | None = None
    number: int | None = None
    severity: Severity | None = None
    top: Level
    rules: BulletinRules
    counting: Counting


class BulletinBeginning(Frozen):
    """开端: an order for a new bulletin, or the whole bulletin after continue-as-new."""

    order: Order | None = None
    bulletin: Bulletin | None = None


class BulletinReceipt(Frozen):
    """回执: the number of the last fact and the state, for whoever spoke."""

    fact: int
    state: BulletinState


class Look(Frozen):
    """待核: one revision of a bulletin, for whoever looks it through."""

    bulletin_id: BulletinId
    revision: int
    draft: Draft


class Outcome(Frozen):
    """印发结果: the number that was drawn, or what was found at the last moment."""

    document_number: str | None = None
    findings: tuple[Finding, ...] = ()


class Entered(Frozen):
    """列入: a fact of an issue for which it is named."""

    issue_id: IssueId
    number: int


def periodic(
    kind: BulletinKind, period: Period, division: Division, rules: BulletinRules, book: RuleBook, at: datetime
) -> Order:
    """Return the order of a period's bulletin."""
    return Order(
        bulletin_id=periodic_id(kind, period, division),
        kind=kind,
        issuer=office(division, level_of(division)),
        period=period,
        top=book.top.value,
        rules=rules,
        counting=_counting(book, at),
    )


def ad_hoc(
    entered: Entered,
    issuer: Post,
    severity: Severity,
    opened_at: datetime,
    rules: BulletinRules,
    book: RuleBook,
    at: datetime,
) -> Order:
    """Return the order of the bulletin that one fact of a serious or major issue demands."""
    division = division_of(issuer)
    return Order(
        bulletin_id=ad_hoc_id(entered.issue_id, entered.number, division, local_day(at).year),
        kind=BulletinKind.AD_HOC,
        issuer=issuer,
        period=since(opened_at, at),
        issue_id=entered.issue_id,
        number=entered.number,
        severity=severity,
        top=book.top.value,
        rules=rules,
        counting=_counting(book, at),
    )


def cut(
    order: Order, stories: Sequence[Story], entered: Sequence[Entered], digest: str, at: datetime
) -> tuple[Cut, tuple[Figure, ...]]:
    """冻结: what the stories come to. Rule: R-BULLETIN-CUT."""
    made = figures(stories, order.period, division_of(order.issuer))
    named = named_of(stories, [(each.issue_id, each.number) for each in entered])
    frozen = Cut(
        at=at,
        issues=len(stories),
        digest=digest,
        figures=figures_digest(made),
        rates=rates_of(made),
        named=named,
    )
    return frozen, made


def drafted(order: Order, frozen: Cut, at: datetime) -> Drafted:
    """Return the first fact of a bulletin: who gets it besides those named, and by which rules it lives."""
    division, level = division_of(order.issuer), level_of(division_of(order.issuer))
    below = {at_level(named.division, Level.TOWNSHIP) for named in frozen.named}
    governments = [government(each, Level.TOWNSHIP) for each in sorted(below)]
    return Drafted(
        at=at,
        said_at=at,
        rule="R-BULLETIN-DRAFT",
        bulletin_id=order.bulletin_id,
        bulletin=order.kind,
        issuer=order.issuer,
        severity=order.severity,
        period=order.period,
        cut=frozen,
        recipients=tuple(dict.fromkeys([*governments, government(division, level)])),
        copies=(general_chief(division, level),),
        top=order.top,
        rules=order.rules,
        counting=order.counting,
    )


def cut_digest(ends: Sequence[tuple[IssueId, int, str]]) -> str:
    """Return one digest over the issues of a cut, each with the number and hash of its last fact."""
    return sha256("".join(f"{issue} {number} {end}\n" for issue, number, end in ends).encode()).hexdigest()


def figures_digest(made: Sequence[Figure]) -> str:
    """Return one digest over figures and their lists."""
    return sha256("".join(f"{figure.model_dump_json()}\n" for figure in made).encode()).hexdigest()


def still_entered(story: Story, entered: Entered) -> bool:
    """Tell whether the fact for which an issue is entered was not taken back."""
    whole = Period(first=local_day(story.issue.opened_at), last=local_day(story.issue.at) + timedelta(days=1))
    return entered.number in entries_in(story, whole)


def _counting(book: RuleBook, at: datetime) -> Counting:
    day = local_day(at)
    calendar = book.calendar.between(day - timedelta(days=7), day + HORIZON)
    return Counting(calendar=calendar, day_ends=book.day_ends.value, batch_notice=book.batch_notice.value)
