"""时限告知: which notices a fact about clocks, disputes and editions causes."""

from domain import posts
from domain.issue import events as fact
from domain.issue import wording
from domain.issue.clock_events import WhyResumed
from domain.issue.fact_base import Event
from domain.issue.message import Message, notice, running
from domain.issue.state import Issue
from domain.issue.who import in_charge, office_of_level, stage_clock
from domain.posts import Post
from domain.terms import Level, zh
from domain.written import written

WHY_RESUMED: dict[WhyResumed, str] = {
    "said": "中止事由已消除",
    "went_on": "问题已继续办理,中止随之结束",
    "longest": "中止期满,自动恢复",
}


def of_the_clocks(issue: Issue, event: Event) -> list[Message]:
    """What moves, stops or disputes a limit is told to those whom the limit binds."""
    office = office_of_level(issue)
    bound = (in_charge(issue, stage_clock(issue)), issue.chief) if not issue.is_over else (issue.chief,)
    match event:
        case fact.ExtensionRequested(to=to, clock=clock, amount=amount, last_minute=late):
            mark = "(系时限将尽时才提出)" if late else ""
            what = f"{zh(clock)}时限申请延长{written(str(amount))}{mark}"
            return [notice(to, f"延期申请|{what},请在时限届满前审批,届满未批即为不准。")]
        case fact.ExtensionGranted(clock=clock, amount=amount):
            what = f"{zh(clock)}时限准予延长{written(str(amount))},{running(issue)}"
            return [notice(bound, f"准予延期|{what}。"), *_tell_the_reporter(issue, office)]
        case fact.ExtensionDenied(clock=clock):
            what = f"{zh(clock)}时限不予延长,{running(issue)}"
            return [notice(bound, f"不予延期|{what}。"), *_tell_the_reporter(issue, office)]
        case fact.DateSet(clock=clock, set_on=on):
            return [notice(bound, f"上级限期|{zh(clock)}须于 {on} 24时前办结,{running(issue)}。")]
        case fact.ClockSuspended(ground=ground):
            what = f"因{zh(ground)}中止计时,中止期间不作逾期处理,答复举报人的时限照常计算"
            return [notice((*bound, office), f"中止计时|{what}。")]
        case fact.SuspensionReviewDue(to=to, count=count) if issue.suspended:
            since = f"自 {wording.moment(issue.suspended.since)} 起因{zh(issue.suspended.ground)}中止计时"
            until = "".join(f",并于 {wording.moment(start.limit_at)} 前答复" for start in event.starts)
            ask = f"事由是否仍然存在,请复核{until},届时未答复的提请上一级复核(第 {count} 次)"
            return [notice(to, f"中止复核|{since},{ask}。")]
        case fact.SuspensionUpheld():
            return [notice((*bound, office), "继续中止|经复核,中止事由仍然存在。")]
        case fact.ClockResumed(to=to, why=why):
            return [notice((*bound, *to), f"恢复计时|{WHY_RESUMED[why]},{running(issue)}。")]
        case fact.Regraded():
            what = f"现为{zh(issue.category)}、{zh(issue.severity)},时限自原起点重新计算:{running(issue)}"
            return [notice((*bound, office), f"改定类别等级|{what}。")]
        case fact.EditionAdopted() | fact.CalendarAdopted():
            name = wording.fact_name(type(event).__name__).removeprefix("已")
            return [notice(bound, f"{name}|{running(issue)}。")] if event.moves else []
        case fact.Transferred(unit=unit):
            return [notice((unit, issue.chief), f"转执法|由 {unit} 立案查处,{running(issue)}。")]
        case _:
            return _of_a_dispute(issue, event, office)


def _of_a_dispute(issue: Issue, event: Event, office: Post) -> list[Message]:
    match event:
        case fact.HandedBack(unit=unit, count=count):
            what = f"责任单位 {unit} 第 {count} 次退回,时限照常计算"
            return [notice((office, issue.chief), f"退回|{what},请转办或等候裁定。")]
        case fact.DisputeOpened(units=units, ruler=ruler):
            listed = "、".join(units)
            return [notice((ruler, office), f"争议裁定|{listed} 对责任有争议,请裁定,{running(issue)}。")]
        case fact.RulingRaised(ruler=ruler, why=why):
            before = "下一级未裁定" if why == "lapsed" else "原裁定岗位空缺"
            return [notice((ruler, office), f"争议裁定|{before},现请裁定,{running(issue)}。")]
        case fact.DisputeRuled(unit=unit, by=by):
            how = "经裁定" if by else "逐级未裁定,不再移转"
            told = (unit, *issue.handed_back, office)
            return [notice(told, f"争议裁定|{how},由 {unit} 负责,{running(issue)}。")]
        case fact.DeliveryFailed(addressee=addressee, fact=number):
            reached = _office_above(issue) if addressee == office else office
            return [notice((reached,), f"送达不能|第 {number} 号事实的告知未能送达 {addressee},请核实。")]
        case _:  # what changes nobody's duty tells nobody
            return []


def _tell_the_reporter(issue: Issue, office: Post) -> list[Message]:
    """延期须告知举报人 [S04 art. 34]; only the office knows who it is. Rule: R-EXTEND-TELL."""
    told = "延期告知|请将延期审批结果及理由告知举报人。"
    return [notice((office,), told)] if issue.complaints else []


def _office_above(issue: Issue) -> Post:
    """The office that is told where the office beside the chief cannot be."""
    level = Level(min(max(issue.level, Level.TOWNSHIP) + 1, Level.PROVINCE))
    return posts.office(issue.division, level)
