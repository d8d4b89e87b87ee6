"""告知: which notices, orders and bulletins a fact causes, to whom, in which words."""

from domain.issue import events as fact
from domain.issue import wording
from domain.issue.clock_notices import of_the_clocks
from domain.issue.events import WhyMoved
from domain.issue.fact_base import Event
from domain.issue.message import Kind, Message, notice, running
from domain.issue.state import Issue
from domain.issue.who import closing_office, office_of_level, verifying_office
from domain.model import Frozen
from domain.posts import Post
from domain.terms import Rung, Source, zh

WHY_MOVED: dict[WhyMoved, str] = {
    "vacant": "岗位空缺",
    "cannot_stop": "制止无效",
    "regraded": "等级改定",
    "nobody": "无人在岗",
}


WHY_WITHDRAWN = {
    "acted": "在时限内已办理",
    "moved": "时限在届满前已改定",
    "held": "约谈已按期举行",
    "stopped": "计时在届满前已中止",
}


class Effect(Frozen):
    """对外告知: one outward act, done once for each (issue, fact, kind, addressee)."""

    number: int
    kind: Kind
    addressee: Post
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


def _messages(issue: Issue, event: Event) -> list[Message]:
    match event:
        case fact.EarlyReminded(to=to):
            return [notice(to, f"{zh(Rung.EARLY)}|{_limit(issue, event)}将届满,请抓紧办理。")]
        case fact.Lapsed(to=to):
            return [notice(to, f"{zh(Rung.REMINDER)}|{_limit(issue, event)}已届满,尚未办结,请立即办理。")]
        case fact.Ordered(to=to, issuer=issuer, clock=clock):
            text = f"{zh(Rung.ORDER)}|{zh(clock)}逾期未办结,责令限期办结并书面报告。"
            return [Message(Kind.ORDER, to, text, issuer)]
        case fact.Escalated(to=to, chief=chief, reason=reason):
            why = "逾期未办结" if reason == "lapsed" else "核查多次不合格"
            return [notice(to, f"{zh(Rung.ESCALATION)}|{why},责任河长提级为{wording.post(chief)}({chief})。")]
        case fact.BulletinDrafted(to=to, issuer=issuer, clock=clock, count=count):
            objection = _objection(event)
            text = f"{zh(Rung.BULLETIN)}|{zh(clock)}逾期仍未办结,列入第 {count} 次通报。{objection}"
            return [Message(Kind.BULLETIN, to, text, issuer)]
        case fact.InterviewCalled(to=to, clock=clock, issuer=issuer):
            by = f"由 {issuer} 组织约谈,形成记录和整改措施"
            return [notice(to, f"{zh(Rung.INTERVIEW)}|{zh(clock)}逾期仍未办结,{by}。{_objection(event)}")]
        case fact.Referred(to=to, clock=clock):
            run = issue.begun(clock)
            why = "约谈措施未按期落实" if run and run.interviewed_at else "约谈到期后仍未办结"
            what = f"{why},请组卷报批后依管理权限移送"
            return [notice(to, f"{zh(Rung.REFERRAL)}|{what}。{_objection(event)}")]
        case fact.LapseWithdrawn(to=to, clock=clock, facts=facts):
            listed = "、".join(str(number) for number in facts)
            what = f"第 {listed} 号事实所作{_acts(event)}一并撤回"
            text = f"撤回|{zh(clock)}{WHY_WITHDRAWN[event.why]}而送达在后,{what}。"
            return [Message(Kind.COUNTERMAND, to, text)]
        case _:
            return _progress(issue, event)


def _progress(issue: Issue, event: Event) -> list[Message]:
    """What the next in the chain must know, and what flows back to who found it [S01 art. 11]."""
    office, finder = office_of_level(issue), tuple(post for post in (issue.finder,) if post)
    match event:
        case fact.Opened(source=source):
            found = f"发现渠道:{zh(Source(source))}"
            return [notice((issue.chief, office), f"立案|{found},请{wording.post(issue.chief)}组织制止。")]
        case fact.Stopped() | fact.StoppingNotNeeded():
            return [notice((office,), "待交办|请明确责任单位。")]
        case fact.StoppingFailed():
            return [notice((office,), "制止无效|已上报上一级河长。")]
        case fact.ChiefMoved(chief=chief, reason=reason):
            why = WHY_MOVED[reason]
            return [notice((chief, office), f"责任河长变更|{why},由{wording.post(chief)}({chief})负责。")]
        case fact.Assigned(unit=unit) | fact.Reassigned(unit=unit):
            return [notice((unit, issue.chief), f"交办|责任单位 {unit},{running(issue)}。")]
        case fact.PlanSubmitted(done_on=done_on):
            return [notice((issue.chief,), f"整改方案|责任单位已报送,拟于 {done_on} 前完成,请审定。")]
        case fact.PlanAccepted() if issue.unit:
            return [notice((issue.unit,), f"方案同意|请按方案整改,{running(issue)}。")]
        case fact.RectificationReported():
            return [notice((verifying_office(issue),), f"待核查|责任单位报告整改完成,{running(issue)}。")]
        case fact.RectificationRejected(count=count) if issue.unit:
            return [notice((issue.unit, issue.chief), f"核查退回|第 {count} 次退回,{running(issue)}。")]
        case fact.RectificationAccepted():
            return [notice((closing_office(issue),), f"待销号|核查合格,{running(issue)}。")]
        case fact.Closed(look_backs_on=days):
            listed = "、".join(str(day) for day in days)
            return [notice((*finder, issue.chief), f"销号|已销号,回头看日期:{listed or '不设'}。")]
        case fact.Dismissed():
            return [notice((*finder, issue.chief), "无效|经现场核实不属实,作无效处理。")]
        case fact.Merged(into=into):
            return [notice((*finder, issue.chief), f"并案|并入 {into} 一并办理。")]
        case _:
            return of_the_clocks(issue, event)


def _acts(event: fact.LapseWithdrawn) -> str:
    """Which acts are taken back; histories from before the fair clocks name the four that there were."""
    return "、".join(map(zh, event.rungs)) or "催办、督办、提级、通报"


def _objection(event: fact.BulletinDrafted | fact.InterviewCalled | fact.Referred) -> str:
    until = event.objection_until
    return f"如有异议,可于 {wording.moment(until)} 前提出,其间不停止执行。" if until else ""


def _limit(issue: Issue, event: fact.EarlyReminded | fact.Lapsed) -> str:
    run = issue.run(event.clock)
    return wording.limit(event.clock, event.limit_at, provisional=bool(run and run.provisional))
