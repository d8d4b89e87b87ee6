"""告知: which notices, orders and bulletins a fact causes, to whom, in which words."""

from enum import StrEnum
from typing import NamedTuple

from domain.issue import events as fact
from domain.issue import wording
from domain.issue.events import Event
from domain.issue.ladder import closing_office, office_of_level, verifying_office
from domain.issue.state import Issue
from domain.model import Frozen
from domain.posts import Post
from domain.terms import Rung, Source, zh


class Kind(StrEnum):
    """告知方式."""

    NOTICE = "notice"
    ORDER = "order"
    BULLETIN = "bulletin"
    COUNTERMAND = "countermand"


class Effect(Frozen):
    """对外告知: one outward act, done once for each (issue, fact, kind, addressee)."""

    number: int
    kind: Kind
    addressee: Post
    text: str
    issuer: Post | None = None


class _Message(NamedTuple):
    kind: Kind
    to: tuple[Post, ...]
    text: str
    issuer: Post | None = None


def effects_of(issue: Issue, event: Event) -> tuple[Effect, ...]:
    """Return what a fact causes outside; `issue` is the state that the fact made. Rule: R-EFFECTS."""
    head = f"{issue.issue_id} {wording.subject(issue)}"
    return tuple(
        Effect(
            number=issue.number,
            kind=message.kind,
            addressee=to,
            text=f"【{message.text.partition('|')[0]}】{head}:{message.text.partition('|')[2]}",
            issuer=message.issuer,
        )
        for message in _messages(issue, event)
        for to in dict.fromkeys(message.to)
    )


def _messages(issue: Issue, event: Event) -> list[_Message]:
    match event:
        case fact.EarlyReminded(to=to):
            return [_notice(to, f"{zh(Rung.EARLY)}|{_limit(issue, event)}将届满,请抓紧办理。")]
        case fact.Lapsed(to=to):
            return [_notice(to, f"{zh(Rung.REMINDER)}|{_limit(issue, event)}已届满,尚未办结,请立即办理。")]
        case fact.Ordered(to=to, issuer=issuer, clock=clock):
            text = f"{zh(Rung.ORDER)}|{zh(clock)}逾期未办结,责令限期办结并书面报告。"
            return [_Message(Kind.ORDER, to, text, issuer)]
        case fact.Escalated(to=to, chief=chief, reason=reason):
            why = "逾期未办结" if reason == "lapsed" else "核查多次不合格"
            return [
                _notice(to, f"{zh(Rung.ESCALATION)}|{why},责任河长提级为{wording.post(chief)}({chief})。")
            ]
        case fact.BulletinDrafted(to=to, issuer=issuer, clock=clock, count=count):
            text = f"{zh(Rung.BULLETIN)}|{zh(clock)}逾期仍未办结,列入第 {count} 次通报。"
            return [_Message(Kind.BULLETIN, to, text, issuer)]
        case fact.LapseWithdrawn(to=to, clock=clock, facts=facts):
            listed = "、".join(str(number) for number in facts)
            what = f"第 {listed} 号事实所作催办、督办、提级、通报一并撤回"
            text = f"撤回|{zh(clock)}在时限内已办理而送达在后,{what}。"
            return [_Message(Kind.COUNTERMAND, to, text)]
        case _:
            return _progress(issue, event)


def _progress(issue: Issue, event: Event) -> list[_Message]:
    """What the next in the chain must know, and what flows back to who found it [S01 art. 11]."""
    office, finder = office_of_level(issue), tuple(post for post in (issue.finder,) if post)
    match event:
        case fact.Opened(source=source):
            found = f"发现渠道:{zh(Source(source))}"
            return [_notice((issue.chief, office), f"立案|{found},请{wording.post(issue.chief)}组织制止。")]
        case fact.Stopped() | fact.StoppingNotNeeded():
            return [_notice((office,), "待交办|请明确责任单位。")]
        case fact.StoppingFailed():
            return [_notice((office,), "制止无效|已上报上一级河长。")]
        case fact.ChiefMoved(chief=chief, reason=reason):
            why = "岗位空缺" if reason == "vacant" else "制止无效"
            return [_notice((chief, office), f"责任河长变更|{why},由{wording.post(chief)}({chief})负责。")]
        case fact.Assigned(unit=unit) | fact.Reassigned(unit=unit):
            return [_notice((unit, issue.chief), f"交办|责任单位 {unit},{_running(issue)}。")]
        case fact.PlanSubmitted(done_on=done_on):
            return [_notice((issue.chief,), f"整改方案|责任单位已报送,拟于 {done_on} 前完成,请审定。")]
        case fact.PlanAccepted() if issue.unit:
            return [_notice((issue.unit,), f"方案同意|请按方案整改,{_running(issue)}。")]
        case fact.RectificationReported():
            return [_notice((verifying_office(issue),), f"待核查|责任单位报告整改完成,{_running(issue)}。")]
        case fact.RectificationRejected(count=count) if issue.unit:
            return [_notice((issue.unit, issue.chief), f"核查退回|第 {count} 次退回,{_running(issue)}。")]
        case fact.RectificationAccepted():
            return [_notice((closing_office(issue),), f"待销号|核查合格,{_running(issue)}。")]
        case fact.Closed(look_backs_on=days):
            listed = "、".join(str(day) for day in days)
            return [_notice((*finder, issue.chief), f"销号|已销号,回头看日期:{listed}。")]
        case fact.Dismissed():
            return [_notice((*finder, issue.chief), "无效|经现场核实不属实,作无效处理。")]
        case fact.Merged(into=into):
            return [_notice((*finder, issue.chief), f"并案|并入 {into} 一并办理。")]
        case _:  # what changes nobody's duty tells nobody
            return []


def _notice(to: tuple[Post, ...], text: str) -> _Message:
    return _Message(Kind.NOTICE, to, text)


def _limit(issue: Issue, event: fact.EarlyReminded | fact.Lapsed) -> str:
    run = issue.run(event.clock)
    return wording.limit(event.clock, event.limit_at, provisional=bool(run and run.provisional))


def _running(issue: Issue) -> str:
    return ";".join(
        wording.limit(run.clock, run.limit_at, provisional=run.provisional) for run in issue.clocks
    )
