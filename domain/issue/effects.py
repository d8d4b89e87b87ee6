"""告知: which notices, orders and bulletins a fact causes, to whom, in which words."""

from enum import StrEnum
from typing import NamedTuple

from domain.issue import events as fact
from domain.issue import wording
from domain.issue.events import WhyMoved
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.issue.who import closing_office, in_charge, office_of_level, stage_clock, verifying_office
from domain.model import Frozen
from domain.posts import Post
from domain.terms import Rung, Source, zh
from domain.written import written

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
}


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
            objection = _objection(event)
            text = f"{zh(Rung.BULLETIN)}|{zh(clock)}逾期仍未办结,列入第 {count} 次通报。{objection}"
            return [_Message(Kind.BULLETIN, to, text, issuer)]
        case fact.InterviewCalled(to=to, clock=clock, issuer=issuer):
            by = f"由 {issuer} 组织约谈,形成记录和整改措施"
            return [_notice(to, f"{zh(Rung.INTERVIEW)}|{zh(clock)}逾期仍未办结,{by}。{_objection(event)}")]
        case fact.Referred(to=to, clock=clock):
            run = issue.begun(clock)
            why = "约谈措施未按期落实" if run and run.interviewed_at else "约谈到期后仍未办结"
            what = f"{why},请组卷报批后依管理权限移送"
            return [_notice(to, f"{zh(Rung.REFERRAL)}|{what}。{_objection(event)}")]
        case fact.LapseWithdrawn(to=to, clock=clock, facts=facts):
            listed = "、".join(str(number) for number in facts)
            what = f"第 {listed} 号事实所作{_acts(event)}一并撤回"
            text = f"撤回|{zh(clock)}{WHY_WITHDRAWN[event.why]}而送达在后,{what}。"
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
            why = WHY_MOVED[reason]
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
        case _:
            return _of_the_clocks(issue, event)


def _of_the_clocks(issue: Issue, event: Event) -> list[_Message]:
    """What moves, stops or disputes a limit is told to those whom the limit binds."""
    office = office_of_level(issue)
    bound = (in_charge(issue, stage_clock(issue)), issue.chief) if not issue.is_over else (issue.chief,)
    match event:
        case fact.ExtensionRequested(to=to, clock=clock, amount=amount, last_minute=late):
            mark = "(系时限将尽时才提出)" if late else ""
            what = f"{zh(clock)}时限申请延长{written(str(amount))}{mark}"
            return [_notice(to, f"延期申请|{what},请在时限届满前审批,届满未批即为不准。")]
        case fact.ExtensionGranted(clock=clock, amount=amount):
            what = f"{zh(clock)}时限准予延长{written(str(amount))},{_running(issue)}"
            return [_notice(bound, f"准予延期|{what}。"), *_tell_the_reporter(issue, office)]
        case fact.ExtensionDenied(clock=clock):
            what = f"{zh(clock)}时限不予延长,{_running(issue)}"
            return [_notice(bound, f"不予延期|{what}。"), *_tell_the_reporter(issue, office)]
        case fact.DateSet(clock=clock, set_on=on):
            return [_notice(bound, f"上级限期|{zh(clock)}须于 {on} 前办结,{_running(issue)}。")]
        case fact.ClockSuspended(ground=ground):
            what = f"因{zh(ground)}中止计时,中止期间不作逾期处理,答复举报人的时限照常计算"
            return [_notice((*bound, office), f"中止计时|{what}。")]
        case fact.SuspensionReviewDue(to=to, count=count):
            return [_notice(to, f"中止复核|中止事由是否仍然存在,请复核(第 {count} 次)。")]
        case fact.SuspensionUpheld():
            return [_notice((*bound, office), "继续中止|经复核,中止事由仍然存在。")]
        case fact.ClockResumed(to=to):
            return [_notice((*bound, *to), f"恢复计时|{_running(issue)}。")]
        case fact.Regraded():
            what = f"现为{zh(issue.category)}、{zh(issue.severity)},时限自原起点重新计算:{_running(issue)}"
            return [_notice((*bound, office), f"改定类别等级|{what}。")]
        case fact.EditionAdopted() | fact.CalendarAdopted():
            name = wording.fact_name(type(event).__name__).removeprefix("已")
            return [_notice(bound, f"{name}|{_running(issue)}。")] if event.moves else []
        case fact.Transferred(unit=unit):
            return [_notice((unit, issue.chief), f"转执法|由 {unit} 立案查处,{_running(issue)}。")]
        case _:
            return _of_a_dispute(issue, event, office)


def _of_a_dispute(issue: Issue, event: Event, office: Post) -> list[_Message]:
    match event:
        case fact.HandedBack(unit=unit, count=count):
            what = f"责任单位 {unit} 第 {count} 次退回,时限照常计算"
            return [_notice((office, issue.chief), f"退回|{what},请转办或等候裁定。")]
        case fact.DisputeOpened(units=units, ruler=ruler):
            listed = "、".join(units)
            return [_notice((ruler, office), f"争议裁定|{listed} 对责任有争议,请裁定,{_running(issue)}。")]
        case fact.RulingRaised(ruler=ruler, why=why):
            before = "下一级未裁定" if why == "lapsed" else "原裁定岗位空缺"
            return [_notice((ruler, office), f"争议裁定|{before},现请裁定,{_running(issue)}。")]
        case fact.DisputeRuled(unit=unit, by=by):
            how = "经裁定" if by else "逐级未裁定,不再移转"
            told = (unit, *issue.handed_back, office)
            return [_notice(told, f"争议裁定|{how},由 {unit} 负责,{_running(issue)}。")]
        case fact.DeliveryFailed(addressee=addressee, fact=number):
            return [_notice((office,), f"送达不能|第 {number} 号事实的告知未能送达 {addressee},请核实。")]
        case _:  # what changes nobody's duty tells nobody
            return []


def _tell_the_reporter(issue: Issue, office: Post) -> list[_Message]:
    """延期须告知举报人 [S04 art. 34]; only the office knows who it is. Rule: R-EXTEND-TELL."""
    told = "延期告知|请将延期审批结果及理由告知举报人。"
    return [_notice((office,), told)] if issue.complaints else []


def _acts(event: fact.LapseWithdrawn) -> str:
    """Which acts are taken back; histories from before the fair clocks name the four that there were."""
    return "、".join(map(zh, event.rungs)) or "催办、督办、提级、通报"


def _objection(event: fact.BulletinDrafted | fact.InterviewCalled | fact.Referred) -> str:
    until = event.objection_until
    return f"如有异议,可于 {wording.moment(until)} 前提出,其间不停止执行。" if until else ""


def _notice(to: tuple[Post, ...], text: str) -> _Message:
    return _Message(Kind.NOTICE, to, text)


def _limit(issue: Issue, event: fact.EarlyReminded | fact.Lapsed) -> str:
    run = issue.run(event.clock)
    return wording.limit(event.clock, event.limit_at, provisional=bool(run and run.provisional))


def _running(issue: Issue) -> str:
    return ";".join(
        wording.limit(run.clock, run.limit_at, provisional=run.provisional) for run in issue.clocks
    )
