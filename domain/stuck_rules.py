"""卡住的判断: what is trouble and what only takes its time, who can tell, and what is whose consequence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.bulletin.state import Bulletin
from domain.bulletin.terms import Awaited
from domain.issue import events as fact
from domain.issue.fact_base import Event
from domain.model import Label
from domain.posts import Post
from domain.stuck import Kind, Stuck


class Source(StrEnum):
    """来源: who can tell that something is stuck."""

    POSTGRES = "postgres"
    TEMPORAL = "temporal"


class Patience(NamedTuple):
    """耐心: what takes no longer than this is no trouble yet."""

    machine: timedelta = timedelta(minutes=2)
    """A letter, an effect, an activity, a kept word; longer than an outage that nobody need hear of."""
    mark: timedelta = timedelta(minutes=15)
    """A mark: longer than the widest spread of wake-ups, which is ten minutes."""
    attempts: int = 10
    """Tries of an activity or of an effect."""
    person: timedelta = timedelta(days=1)
    """A receipt, or the answer to a review that was asked for."""
    events: int = 10_000
    """Events of a history: the server warns at 10,240 and ends the run at 51,200."""
    archive: timedelta = timedelta(days=3)
    """The export of a finished issue's history."""


PATIENCE = Patience()

BY: Mapping[Kind, frozenset[Source]] = {
    **dict.fromkeys(Kind, frozenset({Source.POSTGRES})),
    **dict.fromkeys(
        (Kind.TASK_FAILING, Kind.ACTIVITY_RETRYING, Kind.LETTER_WAITING, Kind.DIVERGED, Kind.WORKER_MISSING),
        frozenset({Source.TEMPORAL}),
    ),
    **dict.fromkeys((Kind.RUN_MISSING, Kind.JOURNAL_MISSING, Kind.HISTORY_LONG), frozenset(Source)),
    **dict.fromkeys((Kind.MARK_PASSED, Kind.EFFECT_UNDELIVERABLE), frozenset()),
}
"""Who must answer before a kind can be looked for; either will do where nobody is named."""

CAUSES: Mapping[Kind, frozenset[Kind]] = {
    Kind.MARK_PASSED: frozenset(
        {Kind.TASK_FAILING, Kind.LETTER_WAITING, Kind.DIVERGED, Kind.RUN_MISSING, Kind.HEAD_BEHIND}
    ),
    Kind.WORD_WAITING: frozenset({Kind.TASK_FAILING, Kind.DIVERGED, Kind.RUN_MISSING}),
    Kind.JOURNAL_MISSING: frozenset({Kind.TASK_FAILING, Kind.LETTER_WAITING, Kind.DIVERGED}),
}
"""What follows from what: a consequence goes away with its cause, and has no repair of its own."""


def unlooked(silent: Iterable[Source]) -> tuple[Kind, ...]:
    """Return the kinds that nobody can look for while some sources do not answer."""
    gone = frozenset(silent)
    return tuple(kind for kind in Kind if (BY[kind] & gone if BY[kind] else gone == frozenset(Source)))


def each_once(found: Sequence[Stuck], at_rest: Iterable[str] = ()) -> tuple[Stuck, ...]:
    """一事一名: one trouble is named once, by its cause; `at_rest` is what a missing worker explains.

    What two sources tell is told by the one that knows since when. Rule: R-STUCK-ONCE
    """
    at = {(each.kind, each.subject) for each in found}
    resting = frozenset(at_rest)
    told: dict[tuple[Kind, str, str], Stuck] = {}
    for each in found:
        causes = CAUSES.get(each.kind, frozenset())
        if causes and (each.subject in resting or any((cause, each.subject) in at for cause in causes)):
            continue
        key = each.kind, each.subject, each.whose if each.kind is Kind.NO_RECEIPT else ""
        if key not in told or (told[key].since is None and each.since):
            told[key] = each
    order = list(Kind)
    return tuple(sorted(told.values(), key=lambda each: (order.index(each.kind), _since(each), each.subject)))


def _since(each: Stuck) -> float:
    return each.since.timestamp() if each.since else float("inf")


class Asked(NamedTuple):
    """催问: a person was asked and has not answered: since when, how often, whose turn it is."""

    since: datetime
    times: int
    whose: Post


def unruled(facts: Iterable[Event]) -> Asked | None:
    """争议未裁定: a ruling that did not come in time, however far it was raised since.

    Rule: R-STUCK-RULING
    """
    asked: Asked | None = None
    for each in facts:
        match each:
            case (
                fact.DisputeOpened() | fact.DisputeRuled() | fact.RectificationReported() | fact.Transferred()
            ):
                asked = None
            case fact.RulingRaised(why="lapsed", ruler=ruler, said_at=said_at):
                since, count = (asked.since, asked.times) if asked else (said_at, 0)
                asked = Asked(since, count + 1, ruler)
            case fact.RulingRaised(ruler=ruler) if asked:
                asked = asked._replace(whose=ruler)
            case _:  # the others leave the dispute where it is
                pass
    return asked


def unreviewed(facts: Iterable[Event], before: datetime) -> Asked | None:
    """中止未复核: a review that was asked for before a moment and not answered. Rule: R-STUCK-REVIEW."""
    asked: Asked | None = None
    for each in facts:
        match each:
            case fact.SuspensionUpheld() | fact.ClockResumed() | fact.ClockSuspended():
                asked = None
            case fact.SuspensionReviewDue(to=(whose, *_), said_at=said_at):
                since, count = (asked.since, asked.times) if asked else (said_at, 0)
                asked = Asked(since, count + 1, whose)
            case _:  # the others leave the suspension where it is
                pass
    return asked if asked and asked.since < before else None


def unapproved(bulletin: Bulletin) -> Asked | None:
    """通报未审批: whoever approves was reminded, or was silent until the next was asked.

    Rule: R-STUCK-APPROVAL
    """
    wait = bulletin.wait
    if wait is None or wait.awaited is Awaited.SUBMISSION or not (wait.turn or wait.reminded_at):
        return None
    return Asked(wait.reminded_at or wait.since, wait.turn + bool(wait.reminded_at), wait.post)


class Failure(NamedTuple):
    """故障: why a workflow task failed, as the server kept it; `trace` is searched and never shown."""

    cause: str
    kind: str = ""
    message: str = ""
    trace: str = ""


class Cause(StrEnum):
    """原因 of a failing workflow task; each wants another repair."""

    NON_DETERMINISM = "non_determinism"
    PAYLOAD = "payload"
    DISAGREES = "disagrees"
    TIMED_OUT = "timed_out"
    BUG = "bug"


CAUSE_LABELS: Mapping[Cause, Label] = {
    Cause.NON_DETERMINISM: Label("代码与历史不符(非确定性)", "non-determinism"),
    Cause.PAYLOAD: Label("数据无法解码", "a payload that cannot be decoded"),
    Cause.DISAGREES: Label("规则在办理中被改动", "a rule was changed under a running issue"),
    Cause.TIMED_OUT: Label("任务超时", "its task times out"),
    Cause.BUG: Label("程序错误", "a bug"),
}

MENDED = frozenset({Cause.BUG, Cause.TIMED_OUT})
"""What goes on where it stood once the code is mended; the others need a successor without that history."""


def cause_of(failure: Failure) -> Cause:
    """失败原因: told apart because waking helps only where the history itself is sound.

    Rule: R-STUCK-CAUSE
    """
    if "NON_DETERMINISTIC" in failure.cause:
        return Cause.NON_DETERMINISM
    if "TIMED_OUT" in failure.cause:
        return Cause.TIMED_OUT
    if failure.kind == "JournalDisagreesError":
        return Cause.DISAGREES
    undecoded = failure.message.startswith("Failed decoding") or "from_payload" in failure.trace
    return Cause.PAYLOAD if undecoded else Cause.BUG
