"""时限说明书: the account of an issue's clocks in words, Chinese first, for whoever disputes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.issue import wording
from domain.issue.explain import Account, ClockAccount, Standing, Stretch
from domain.issue.run import Moved, Passed
from domain.model import Label
from domain.terms import en, zh
from domain.written import written

STANDINGS: dict[Standing, Label] = {
    "running": Label("计时中", "running"),
    "suspended": Label("中止中", "suspended"),
    "verifying": Label("待核查,停止计时", "stands still while it is verified"),
    "ended": Label("已结束", "ended"),
}


def statement(account: Account) -> str:
    """Return the account as text: Chinese, then the same in English."""
    lines = list(_lines(account))
    chinese = "\n".join(line.zh for line in lines)
    english = "\n".join(line.en for line in lines)
    return f"{chinese}\n\n{english}\n"


def _lines(account: Account) -> Iterator[Label]:
    yield from head(account)
    for place, clock in enumerate(account.clocks, 1):
        yield Label("", "")
        yield from told(place, clock)


def head(account: Account) -> Iterator[Label]:
    """Yield the title, and by which rules and which calendar."""
    moment = wording.moment(account.as_of)
    yield Label(
        f"时限说明书 {account.issue_id}(截至 {moment})",
        f"Account of the limits of {account.issue_id} (up to {moment}, China time)",
    )
    reaches = account.calendar_reaches
    yield Label(
        f"规则 {account.edition}(校验码 {account.digest});"
        f"日历 {account.calendar} {account.calendar_version},已知至 {reaches}",
        f"Rules {account.edition} (digest {account.digest}); "
        f"calendar {account.calendar} {account.calendar_version}, known up to {reaches}",
    )


def told(place: int, clock: ClockAccount) -> Iterator[Label]:
    """Yield what is told of one clock, a line each: its limit first, its sum last."""
    by = Label(f"依据 {wording.ground(clock.source)}", f"source {clock.source}")
    yield Label(
        f"{place}. {zh(clock.clock)}时限:{written(clock.limit)}({by.zh},{clock.edition})",
        f"{place}. {en(clock.clock)}: {clock.limit} ({by.en}, {clock.edition})",
    )
    start = wording.moment(clock.started_at)
    first = wording.moment(clock.first_limit_at)
    yield Label(
        f"   起算 {start}(事实 {clock.started}),原定 {first} 届满",
        f"   started {start} (fact {clock.started}), to end {first}",
    )
    yield from (_stretch(each) for each in clock.stretches)
    yield from (_change(each) for each in clock.changes)
    if clock.off:
        days = wording.days(clock.off)
        yield Label(
            f"   不计:放假 {days}(日历 {clock.calendar})",
            f"   not counted: days off {days} ({clock.calendar})",
        )
    if clock.worked:
        days = wording.days(clock.worked)
        yield Label(
            f"   计入:调休上班 {days}(日历 {clock.calendar})",
            f"   counted: worked weekends {days} ({clock.calendar})",
        )
    mark = Label("(暂定:含国务院办公厅尚未公布放假安排的年份)", " (provisional: the notice is not published)")
    ends = wording.moment(clock.limit_at)
    yield Label(
        f"   届满 {ends}{mark.zh if clock.provisional else ''}",
        f"   limit {ends}{mark.en if clock.provisional else ''}",
    )
    marks = [(each, Label("(改期前)", " (before it was moved)")) for each in clock.undone]
    marks += [(each, Label("(已撤回)", " (withdrawn)")) for each in clock.withdrawn]
    marks += [(each, Label("", "")) for each in clock.passed]
    yield from (_mark(each, when) for each, when in sorted(marks, key=lambda mark: mark[0].number))
    yield _sum(clock)


def _mark(passed: Passed, when: Label) -> Label:
    at = wording.moment(passed.at)
    return Label(
        f"   节点 {at} {zh(passed.rung)}(事实 {passed.number}){when.zh}",
        f"   mark {at} {en(passed.rung)} (fact {passed.number}){when.en}",
    )


def _stretch(each: Stretch) -> Label:
    since, until = wording.moment(each.since), wording.moment(each.until)
    facts = f"{each.begun}–{each.ended}" if each.ended else f"{each.begun}–"
    name = Label("计时", "ran  ") if each.is_running else Label("停止", "stood")
    why = Label("", "")
    if each.why == "verifying":
        why = Label(",待核查", ", while it was verified")
    elif each.ground:
        why = Label(f",因{zh(each.ground)},由 {each.by} 决定", f", {en(each.ground)}, by {each.by}")
    length = wording.length(_whole(each.until) - _whole(each.since))
    return Label(
        f"   {name.zh} {since} – {until},{length.zh}(事实 {facts}{why.zh})",
        f"   {name.en} {since} – {until}, {length.en} (facts {facts}{why.en})",
    )


def _change(each: Moved) -> Label:
    at, ends = wording.moment(each.at), wording.moment(each.limit_at)
    by = Label(f",{each.by}", f", {each.by}") if each.by else Label("", "")
    granted = [str(amount) for amount in each.granted]
    limits = " + 延 ".join(map(written, (each.limit, *granted)))
    limit = " + ".join((each.limit, *granted))
    return Label(
        f"   改期 {at} {wording.fact_name(each.kind)}(事实 {each.number}{by.zh}):{limits},改为 {ends} 届满",
        f"   moved {at} {each.kind} (fact {each.number}{by.en}): {limit}, to end {ends}",
    )


def _whole(at: datetime) -> datetime:
    """What is printed are whole seconds, and so is their sum."""
    return at.replace(microsecond=0)


def sums(clock: ClockAccount) -> tuple[Label, Label, Label]:
    """Return how long a clock ran, stood still, and both: in whole seconds, as its stretches are printed."""
    spans = [(each.is_running, _whole(each.until) - _whole(each.since)) for each in clock.stretches]
    ran, still = (_total(spans, is_running=is_running) for is_running in (True, False))
    return wording.length(ran), wording.length(still), wording.length(ran + still)


def _total(spans: list[tuple[bool, timedelta]], *, is_running: bool) -> timedelta:
    return sum((span for running, span in spans if running is is_running), timedelta())


def _sum(clock: ClockAccount) -> Label:
    ran, still, elapsed = sums(clock)
    standing = STANDINGS[clock.standing]
    late = Label(",曾逾期", ", it lapsed") if clock.is_late else Label("", "")
    ended = f" {wording.moment(clock.ended_at)}" if clock.ended_at else ""
    return Label(
        f"   合计 计时 {ran.zh} + 停止 {still.zh} = 经过 {elapsed.zh};{standing.zh}{ended}{late.zh}",
        f"   sum   ran {ran.en} + stood {still.en} = elapsed {elapsed.en}; {standing.en}{ended}{late.en}",
    )
