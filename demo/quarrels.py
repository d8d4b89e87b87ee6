"""争执: what people say about a clock: more time, a court, another unit, another grade, another year."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from demo.cast import Part, Scene, Temper
from domain import posts
from domain.issue import commands as say
from domain.issue.caps import cap
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.who import above, in_charge, office_of_level, stage_clock
from domain.rulebook import RuleBook
from domain.terms import Clock, Level, Severity, Stage, SuspensionGround
from domain.workdays import local_day

ENOUGH = 10
"""Words of a quarrel: whoever was refused so often gives in, and the issue goes on."""

A_WHILE = timedelta(seconds=2)


class Turn(NamedTuple):
    """轮到谁: whether the quarrel goes on, and the word that is due now, if one is."""

    goes_on: bool
    word: Command | None = None


class Voice(NamedTuple):
    """怎么说: the part that is played, what every word holds (id and moment), a document, the rule book."""

    part: Part
    base: dict[str, Any]
    document: str
    book: RuleBook | None


OVER, WAITS = Turn(goes_on=False), Turn(goes_on=True)


def turn(issue: Issue, scene: Scene, base: dict[str, Any], document: str, book: RuleBook | None) -> Turn:
    """Return what a quarrel has come to, read from the issue alone: a word that got lost is said again."""
    quarrel = _QUARRELS.get(scene.part.temper)
    if quarrel is None or issue.stage not in (Stage.PLANNING, Stage.RECTIFYING):
        return OVER
    now = quarrel(issue, Voice(scene.part, base, document, book))
    scene.quarrelled += now.word is not None
    return now if scene.quarrelled <= ENOUGH else OVER


def _ask_for_time(issue: Issue, voice: Voice) -> Turn:
    """延期: who gets more time needs it; silence would be a no."""
    run = issue.run(Clock.RECTIFY)
    if run is None or (run.is_overdue and not run.granted):
        return OVER
    if run.decided:
        first = run.first_limit_at or run.limit_at
        needs_it = bool(run.granted) and voice.base["said_at"] < first + A_WHILE
        return WAITS if needs_it else OVER
    asked = issue.asked_for(Clock.RECTIFY)
    if asked is None:
        who, amount = in_charge(issue, Clock.RECTIFY), cap(issue, run)
        return _says(say.RequestExtension(**voice.base, by=who, amount=amount, reason="施工方案须分段实施"))
    if voice.part.temper is Temper.REFUSED_TIME:
        return _says(say.DenyExtension(**voice.base, by=asked.head, reason="逾期责任在己,不予延期"))
    return _says(say.GrantExtension(**voice.base, by=asked.head, reason="理由属实,准予延期"))


def _wait_for_a_court(issue: Issue, voice: Voice) -> Turn:
    """中止: stopped for a lawsuit; upheld once when its forced review has come; then resumed."""
    stop, run = issue.suspended, issue.begun(Clock.RECTIFY)
    if run is None:
        return OVER
    head = above(issue, stage_clock(issue))
    if stop is None:
        stood = [rest.until for rest in run.rests if rest.why == "suspended"]
        if stood:
            return WAITS if voice.base["said_at"] < stood[-1] + A_WHILE else OVER
        ground = SuspensionGround.LITIGATION
        return _says(say.SuspendClock(**voice.base, by=head, ground=ground, document=voice.document))
    if _was_upheld(issue):
        review = issue.run(Clock.REVIEW)
        if review and voice.base["said_at"] < review.started_at + A_WHILE:
            return WAITS
        return _says(say.ResumeClock(**voice.base, by=head, reason="法院已判决,诉讼终结"))
    if stop.asked:
        return _says(say.UpholdSuspension(**voice.base, by=head, document=voice.document))
    return WAITS


def _was_upheld(issue: Issue) -> bool:
    """A review that lapses ends at its limit; one that ended before was answered."""
    reviews = [run for run in issue.ended if run.clock is Clock.REVIEW]
    return any(run.ended_at is not None and run.ended_at < run.limit_at for run in reviews)


def _hand_back(issue: Issue, voice: Voice) -> Turn:
    """争议: handed back, given to another unit, handed back again: the lowest chief above both rules."""
    if issue.ruled_by or issue.unit is None:
        return OVER
    if issue.dispute:
        by, unit = issue.dispute.ruler, issue.dispute.units[0]
        return _says(say.RuleOnDispute(**voice.base, by=by, unit=unit, reason="主责在首接单位,另一单位配合"))
    if issue.is_handed_back:
        county = posts.at_level(issue.division, Level.COUNTY)
        other = f"unit:{county}:{voice.part.other}"
        by = office_of_level(issue)
        return _says(say.Reassign(**voice.base, by=by, unit=other, reason="原单位称不属其职责"))
    return _says(say.HandBack(**voice.base, by=issue.unit, reason="不属本单位职责"))


def _grade_higher(issue: Issue, voice: Voice) -> Turn:
    """改定等级: found on the spot to be serious; limits are counted anew from their own starts."""
    if voice.book is None or issue.severity is not Severity.GENERAL:
        return OVER
    rules = voice.book.excerpt(
        issue.category,
        Severity.SERIOUS,
        issue.source,
        local_day(issue.opened_at),
        origin=issue.origin,
        circumstances=issue.circumstances,
        finder=posts.post_level(issue.finder) if issue.finder else None,
        recurring=issue.recurrence_of is not None,
    )
    by = posts.office(issue.division, issue.rules.top)
    return _says(say.Regrade(**voice.base, by=by, reason="堵塞桥洞,影响行洪", rules=rules))


def _wait_for_the_calendar(issue: Issue, _: Voice) -> Turn:
    """新日历: its limit is provisional until an operator says the notice; see `operators.py`."""
    return OVER if issue.past_calendars else WAITS


def _says(word: Command) -> Turn:
    return Turn(goes_on=True, word=word)


_QUARRELS: Mapping[Temper, Callable[[Issue, Voice], Turn]] = {
    Temper.GIVEN_TIME: _ask_for_time,
    Temper.REFUSED_TIME: _ask_for_time,
    Temper.SUSPENDED: _wait_for_a_court,
    Temper.NOT_OURS: _hand_back,
    Temper.WORSE: _grade_higher,
    Temper.NEXT_YEAR: _wait_for_the_calendar,
}
"""One quarrel a temper."""
