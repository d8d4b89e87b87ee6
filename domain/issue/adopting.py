"""改定与适用: one rule for each command by which other limits, or another calendar, come to an open issue."""

from collections.abc import Callable, Mapping
from typing import Any

from domain import posts
from domain.excerpt import Excerpt
from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.evolve import after
from domain.issue.fact_base import Event, Move
from domain.issue.grounds import gives_a_reason, said, stands_above
from domain.issue.reckon import all_again
from domain.issue.state import Issue
from domain.issue.who import chiefs_from, closing_office, first_chief
from domain.model import Label
from domain.refusals import AlreadyDone, Incomplete, NotYours, require
from domain.terms import Circumstance, Clock, Level, Severity
from domain.workdays import Calendar, local_day

GRADES = list(Severity)

NEEDED = frozenset(
    {
        *(Clock.ASSIGN, Clock.RECTIFY, Clock.VERIFY, Clock.CLOSE),
        *(Clock.REPLY, Clock.WHOLE, Clock.RULING, Clock.ENFORCEMENT),
    }
)
"""Clocks that every kind of issue may come to run."""


def moved_by(issue: Issue, command: say.Regrade | say.AdoptEdition | say.AdoptCalendar) -> frozenset[Clock]:
    """Return the clocks whose end a word of these would move."""
    match command:
        case say.Regrade(rules=rules):
            under = rules.model_copy(update={"calendar": issue.rules.calendar})
        case say.AdoptEdition(rules=rules):
            under = rules
        case say.AdoptCalendar(calendar=calendar):
            under = issue.rules.model_copy(update={"calendar": calendar})
    return frozenset(move.clock for move in all_again(issue, under))


def _regrade(issue: Issue, command: say.Regrade) -> list[Event]:
    """改定类别等级: every limit anew from its own start; only who would close it may grade it lower.

    Rule: R-REGRADE
    """
    name = NAMES[name_of(command)]
    rules = command.rules
    gives_a_reason(command, command.reason)
    kind = (rules.category, rules.severity)
    require(
        kind != (issue.category, issue.severity),
        AlreadyDone(command=name, what=Label("类别等级未变", "it has this category and severity")),
    )
    require(
        (rules.edition, rules.digest) == (issue.rules.edition, issue.rules.digest),
        Incomplete(
            command=name,
            what=Label(f"同一版规则 {issue.rules.edition} 的摘录", f"an excerpt of {issue.rules.edition}"),
        ),
    )
    _is_whole(command, rules)
    _is_of_the_same_book(issue, command)
    _stays_hazardous(issue, command)
    under = rules.model_copy(update={"calendar": issue.rules.calendar})
    moves = all_again(issue, under)
    if GRADES.index(rules.severity) < GRADES.index(issue.severity):
        _may_lower(issue, command)
    _may_lengthen(issue, command, moves)
    stands = said(command, issue.at, "R-REGRADE")
    told: list[Event] = [
        fact.Regraded(
            **stands,
            category=rules.category,
            severity=rules.severity,
            reason=command.reason,
            rules=rules,
            moves=moves,
        )
    ]
    return [*told, *_to_its_level(after(issue, told), stands)]


def _may_lower(issue: Issue, command: Command) -> None:
    """降级: not by those whom the higher grade burdens. Rule: R-REGRADE-LOWER."""
    closer = closing_office(issue)
    require(
        command.by == closer,
        NotYours(
            by=command.by,
            command=NAMES[name_of(command)],
            why=Label(f"降低等级须由销号单位 {closer} 办理", f"only {closer}, which closes it, may lower it"),
        ),
    )


def _may_lengthen(issue: Issue, command: Command, moves: tuple[Move, ...]) -> None:
    """放宽: whoever calls it by another name to win time must stand above who has to act.

    Rule: R-REGRADE-LONGER
    """
    ends = {run.clock: run.limit_at for run in (*issue.clocks, *issue.still)}
    if any(move.limit_at > ends[move.clock] for move in moves):
        stands_above(issue, command)


def _is_of_the_same_book(issue: Issue, command: say.Regrade) -> None:
    """What another kind cannot change, the excerpt of another kind does not change. Rule: R-REGRADE."""
    rules, now = command.rules, issue.rules
    kept = ["who", "top", "day_ends", "batch_notice", "photos", "seen_within", "flood_season"]
    kept += ["verify", "close", "chief"] if rules.severity is now.severity else []
    differing = [name for name in kept if getattr(rules, name) != getattr(now, name)]
    require(
        not differing,
        Incomplete(
            command=NAMES[name_of(command)],
            what=Label(
                f"本问题自身的规则摘录({'、'.join(differing)} 不同)",
                f"an excerpt taken for this issue ({', '.join(differing)} differ)",
            ),
        ),
    )


def _is_whole(command: Command, rules: Excerpt) -> None:
    """A limit that no excerpt holds could not be counted, and the issue would stand for ever."""
    missing = sorted(NEEDED - rules.clocks.keys())
    require(
        rules.fair is not None and not missing,
        Incomplete(
            command=NAMES[name_of(command)],
            what=Label(
                f"完整的规则摘录(缺少 {'、'.join(missing) or '计时规则'})",
                f"a whole excerpt (it lacks {', '.join(missing) or 'the fair clocks'})",
            ),
        ),
    )


def _stays_hazardous(issue: Issue, command: say.Regrade) -> None:
    is_hazardous = Circumstance.HAZARDOUS in issue.circumstances
    require(
        not (is_hazardous and command.rules.severity is Severity.GENERAL),
        Incomplete(
            command=NAMES[name_of(command)],
            what=Label("危险废物至少定为较严重", "a severity of serious at least: the waste is hazardous"),
        ),
    )


def _to_its_level(issue: Issue, stands: dict[str, Any]) -> list[Event]:
    """升级后的责任河长: at least of the level that the new grade begins with. Rule: R-REGRADE-CHIEF."""
    chain = chiefs_from(issue, Level.VILLAGE)
    passed, first = first_chief(issue)
    if issue.chief not in chain or chain.index(issue.chief) >= chain.index(first):
        return []
    level = posts.post_level(first)
    return [
        *(fact.PostPassed(**{**stands, "rule": "R-VACANT"}, post=post, reason="vacant") for post in passed),
        fact.ChiefMoved(**stands, chief=first, level=level, reason="regraded"),
    ]


def _adopt_edition(issue: Issue, command: say.AdoptEdition) -> list[Event]:
    """适用新版规则: only by this recorded word; what has ended stays as it was. Rule: R-ADOPT-EDITION."""
    name = NAMES[name_of(command)]
    rules, now = command.rules, issue.rules
    require(
        (rules.category, rules.severity) == (issue.category, issue.severity),
        Incomplete(command=name, what=Label("与问题相符的规则摘录", "an excerpt of its own kind")),
    )
    require(
        (rules.edition, rules.digest) != (now.edition, now.digest),
        AlreadyDone(command=name, what=Label(f"已适用 {now.edition}", f"it lives under {now.edition}")),
    )
    require(
        rules.top == now.top,
        Incomplete(
            command=name,
            what=Label("同一部署的摘录", "an excerpt of this deployment"),
        ),
    )
    _is_whole(command, rules)
    _knows_as_much(issue, command, rules.calendar)
    stands = said(command, issue.at, "R-ADOPT-EDITION")
    return [fact.EditionAdopted(**stands, rules=rules, moves=all_again(issue, rules))]


def _adopt_calendar(issue: Issue, command: say.AdoptCalendar) -> list[Event]:
    """适用新日历: the yearly notice makes certain what was provisional. Rule: R-ADOPT-CALENDAR."""
    require(
        command.calendar != issue.rules.calendar,
        AlreadyDone(
            command=NAMES[name_of(command)],
            what=Label(f"已适用日历 {command.calendar.version}", f"it counts by {command.calendar.version}"),
        ),
    )
    _knows_as_much(issue, command, command.calendar)
    _says_the_same_by_the_same_name(issue, command)
    under = issue.rules.model_copy(update={"calendar": command.calendar})
    stands = said(command, issue.at, "R-ADOPT-CALENDAR")
    return [fact.CalendarAdopted(**stands, calendar=command.calendar, moves=all_again(issue, under))]


def _says_the_same_by_the_same_name(issue: Issue, command: say.AdoptCalendar) -> None:
    """A notice that was corrected is another version, or nobody could tell which days were counted."""
    known, calendar = issue.rules.calendar, command.calendar
    shown = (local_day(issue.opened_at), known.reaches)
    same = calendar.days(*shown) == known.days(*shown)
    require(
        calendar.version != known.version or same,
        Incomplete(
            command=NAMES[name_of(command)],
            what=Label(
                f"新的版本号:日历 {known.version} 的日子有改动",
                f"a version of its own: days of calendar {known.version} were changed",
            ),
        ),
    )


def _knows_as_much(issue: Issue, command: Command, calendar: Calendar) -> None:
    """A calendar may know more years than the one before, never fewer, and is of the same name."""
    known = issue.rules.calendar
    require(
        calendar.name == known.name and calendar.reaches >= known.reaches,
        Incomplete(
            command=NAMES[name_of(command)],
            what=Label(
                f"同名且不少于 {known.reaches} 的日历", f"a calendar of {known.name} up to {known.reaches}"
            ),
        ),
    )


ADOPTING: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.Regrade: _regrade,
    say.AdoptEdition: _adopt_edition,
    say.AdoptCalendar: _adopt_calendar,
}
"""One rule a command."""
