"""一生之词: a life fact by fact in the words that a page and a terminal share."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from domain.issue import wording
from domain.issue.clocks import next_mark
from domain.issue.explain import Standing
from domain.issue.message import Kind
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.statement import STANDINGS
from domain.issue.steps import Change, Fate, Step, Trace
from domain.issue.views import timer_line
from domain.model import Label
from domain.terms import zh
from printing.life_terms import FIELDS, HAPPENED, KINDS, STATES, UNKNOWN

_BESIDE = {"at", "said_at", "rule", "by", "command", "kind", "starts", "moves", "issue_id"}
"""Fields of a fact that are told in words of their own, or say nothing here."""


class Turn(NamedTuple):
    """一项之前后: what something was and is."""

    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether the fact changed it."""
        return self.before != self.after


class ClockTurn(NamedTuple):
    """一个时限之前后: its standing and its end around a fact, and what the fact did to it."""

    clock: str
    before: str
    after: str
    happened: str
    is_late: bool


class Told(NamedTuple):
    """告知 as it is shown: to whom, in which words, and what became of it."""

    kind: str
    addressee: str
    text: str
    fate: str
    is_amiss: bool


class Entry(NamedTuple):
    """一步 in words: everything that is told of one fact."""

    number: int
    kind: str
    name: str
    at: str
    origin: tuple[str, ...]
    carried: str
    rule: str
    hash: str
    details: tuple[tuple[str, str], ...]
    states: tuple[Turn, ...]
    clocks: tuple[ClockTurn, ...]
    effects: tuple[Told, ...]


class Story(NamedTuple):
    """一生 with everything that is known around it; `source` says where it was told from."""

    steps: Sequence[Step]
    entered_at: Sequence[datetime]
    fates: Sequence[Fate]
    traces: Mapping[int, Trace]
    source: Label


def entries(story: Story) -> list[Entry]:
    """Return every fact of a life in words, in order."""
    fates = {(fate.effect.number, fate.effect.kind, fate.effect.addressee): fate for fate in story.fates}
    return [_entry(story, step, fates) for step in story.steps]


def _entry(story: Story, step: Step, fates: Mapping[tuple[int, Kind, str], Fate]) -> Entry:
    trace = story.traces.get(step.number)
    kind = type(step.fact).__name__
    return Entry(
        number=step.number,
        kind=kind,
        name=wording.FACTS.get(kind, kind),
        at=wording.moment(step.fact.at),
        origin=tuple(_origin(step, trace)),
        carried=_carried(story, step, trace),
        rule=step.fact.rule,
        hash=step.after.tail,
        details=tuple(_details(step)),
        states=tuple(_states(step)),
        clocks=tuple(_clocks(step)),
        effects=tuple(
            _told(fates.get((each.number, each.kind, each.addressee)), each.kind, each.addressee, each.text)
            for each in step.effects
        ),
    )


def _origin(step: Step, trace: Trace | None) -> Iterator[str]:
    """Whose word made it, said when and heard when; or which mark had come."""
    fact = step.fact
    if fact.command:
        said = wording.moment(fact.said_at)
        yield f"指令 {fact.command},{fact.by} 于 {said} 说"
        if trace and trace.heard and trace.heard_at:
            yield f"听到 {wording.moment(trace.heard_at)}(运行 {trace.run} 事件 {trace.heard})"
        return
    if step.mark and step.before:
        yield f"节点 {wording.moment(step.mark.at)} {timer_line(step.before, step.mark)}"
        if trace and trace.fired and trace.fired_at:
            yield f"计时器 {wording.moment(trace.fired_at)} 响(运行 {trace.run} 事件 {trace.fired})"
        return
    yield f"随前一事实而来,{wording.moment(fact.said_at)}"


def _carried(story: Story, step: Step, trace: Trace | None) -> str:
    entered = f"{wording.moment(story.entered_at[step.number - 1])} 入日志"
    if trace is None:
        return entered
    facts = f"事实 {trace.first}" if trace.first == trace.last else f"事实 {trace.first}–{trace.last}"
    taken = f"{wording.moment(trace.taken_at)} 收妥"
    return f"第 {trace.letter} 封信({facts}),{entered},{taken}(运行 {trace.run} 事件 {trace.taken})"


def _details(step: Step) -> Iterator[tuple[str, str]]:
    body = step.fact.model_dump(exclude_defaults=True, exclude=_BESIDE)
    for name, value in body.items():
        yield f"{FIELDS.get(name, '')} {name}".strip(), _value(name, value)


def _value(name: str, value: Any) -> str:
    match name, value:
        case "rules", {"edition": edition, "digest": digest}:
            return f"{edition} ({digest})"
        case "calendar", {"name": called, "version": version}:
            return f"{called} {version}"
        case _, list() | tuple():
            return "、".join(_value("", each) for each in value)
        case _, datetime():
            return wording.moment(value)
        case _, StrEnum() | IntEnum():
            return f"{zh(value)} {value}"
        case _:
            return str(value)


def _states(step: Step) -> Iterator[Turn]:
    before = dict(_standing(step.before)) if step.before else {}
    for name, after in _standing(step.after):
        yield Turn(name, before.get(name, "—"), after)


def _standing(issue: Issue) -> Iterator[tuple[str, str]]:
    yield "阶段 stage", f"{zh(issue.stage)} {issue.stage}"
    yield "责任河长 chief", f"{wording.post(issue.chief)} {issue.chief}"
    yield "责任单位 unit", issue.unit or "—"
    yield "层级 level", zh(issue.level)
    yield "处置 rung", f"{zh(issue.rung)}" if issue.is_overdue else "未逾期"
    mark = next_mark(issue)
    yield "下一节点 next mark", f"{wording.moment(mark.at)} {zh(mark.clock)}·{zh(mark.rung)}" if mark else "—"


def _clocks(step: Step) -> Iterator[ClockTurn]:
    """Every clock that runs or stands still around a fact, and the one that it ended."""
    happened: dict[tuple[str, int], list[Change]] = {}
    for change in step.changes:
        happened.setdefault((change.clock, change.after.number), []).append(change)
    before = dict(_shown(step.before)) if step.before else {}
    after = dict(_shown(step.after))
    runs = {(run.clock, run.number): run for run in _runs(step.before)}
    runs |= {(run.clock, run.number): run for run in _runs(step.after)}
    for key, run in runs.items():
        changes = happened.get((run.clock, run.number), [])
        yield ClockTurn(
            clock=zh(run.clock),
            before=before.get(key, "—"),
            after=after.get(key, "—"),
            happened="、".join(HAPPENED[change.happened].zh for change in changes),
            is_late=run.is_overdue,
        )


def _runs(issue: Issue | None) -> tuple[Run, ...]:
    return (*issue.clocks, *issue.still) if issue else ()


def _shown(issue: Issue) -> Iterator[tuple[tuple[str, int], str]]:
    for run in _runs(issue):
        still: Standing = "suspended" if issue.suspended and run in issue.suspended.clocks else "verifying"
        standing = STANDINGS["running" if run in issue.clocks else still].zh
        late = f",{zh(run.rung)}" if run.is_overdue else ""
        provisional = "(暂定)" if run.provisional else ""
        yield (
            (run.clock, run.number),
            f"{standing}{late},{wording.moment(run.limit_at)} 届满{provisional}",
        )


def _told(fate: Fate | None, kind: Kind, addressee: str, text: str) -> Told:
    state = STATES.get(fate.state, Label(fate.state, fate.state)) if fate else UNKNOWN
    when = f" {wording.moment(fate.delivered_at)}" if fate and fate.delivered_at else ""
    why = f":{fate.last_error}" if fate and fate.last_error else ""
    tries = f"(已试 {fate.attempts} 次)" if fate and fate.state == "queued" and fate.attempts else ""
    is_amiss = fate is None or fate.state == "undeliverable"
    return Told(KINDS[kind].zh, addressee, text, f"{state.zh} {state.en}{when}{tries}{why}", is_amiss)
