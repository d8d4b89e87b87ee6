"""通报的告知: who is told what by each fact of a bulletin. A person's words go into no notice."""

from domain.bulletin import facts as fact
from domain.bulletin.facts import BulletinFact
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import Awaited, zh
from domain.issue.wording import moment
from domain.model import Frozen
from domain.posts import Post


class Told(Frozen):
    """告知: one line for one post's inbox; a bulletin itself is told as such."""

    to: Post
    text: str
    is_bulletin: bool = False


def title(bulletin: Bulletin) -> str:
    """Return how a bulletin is called: 关于2026年11月河湖问题办理情况的通报."""
    first, kind = bulletin.period.first, bulletin.kind.value
    if kind == "adhoc":
        return "关于河湖问题逾期未办结的通报"
    quarter = "一二三四"[(first.month - 1) // 3]
    when = {"monthly": f"{first.year}年{first.month}月", "quarterly": f"{first.year}年第{quarter}季度"}
    return f"关于{when.get(kind, f'{first.year}年度')}河湖问题办理情况的通报"


def told(bulletin: Bulletin, event: BulletinFact) -> tuple[Told, ...]:
    """告知: `bulletin` is the state that the fact made. Rule: R-BULLETIN-TOLD."""
    head = f"{title(bulletin)}({bulletin.bulletin_id})"
    texts = _texts(bulletin, event)
    return tuple(
        Told(to=to, text=f"【{label}】{head}:{text}", is_bulletin=isinstance(event, fact.Issued))
        for posts, label, text in texts
        for to in dict.fromkeys(posts)
    )


def _texts(bulletin: Bulletin, event: BulletinFact) -> list[tuple[tuple[Post, ...], str, str]]:
    office = (bulletin.issuer,)
    waits = (bulletin.wait.post,) if bulletin.wait else ()
    match event:
        case fact.Drafted():
            return [(office, "通报起草", "初稿已按冻结数据生成,请核稿报批。")]
        case fact.HearingOpened(until=until, to=to):
            return [(to, "征求意见", f"贵单位列入通报,如有意见请于 {moment(until)} 前提出。")]
        case fact.Replied():
            return [(office, "陈述意见", "被通报单位已提出意见,请核实。")]
        case fact.HearingClosed():
            return [(office, "征求意见结束", "请核稿报批。")]
        case fact.Checked(findings=findings) if findings:
            return [(office, "核稿未通过", f"发现 {len(findings)} 处不得印发的内容,请改稿。")]
        case fact.Submitted():
            return [(waits, "待签发", "请审签。")]
        case fact.Returned():
            return [(office, "退回修改", "签发人已退回,请改稿后再报。")]
        case fact.Reminded(awaited=awaited, to=to):
            return [((to,), "提醒", f"{zh(awaited)}尚未办理,请尽快办理。")]
        case fact.PassedOn(awaited=awaited, silent=silent, to=to):
            return [((to, silent, *office), "转办", f"{silent} 未办理{zh(awaited)},现由 {to} 办理。")]
        case fact.Issued(document_number=number):
            return [(bulletin.receivers, "通报", f"{number} 已印发,请签收。")]
        case fact.Withdrawn():
            return [((*office, *bulletin.named_posts), "撤回", "该通报不再印发。")]
        case fact.Struck(issue_id=issue_id):
            return [(office, "除名", f"{issue_id} 的逾期已撤回,不再点名,请重新核稿。")]
        case _:
            return _of_corrections(bulletin, event)


def _of_corrections(bulletin: Bulletin, event: BulletinFact) -> list[tuple[tuple[Post, ...], str, str]]:
    office = (bulletin.issuer,)
    match event:
        case fact.CorrectionDue(issue_id=issue_id):
            approver = (bulletin.approved_by,) if bulletin.approved_by else ()
            return [((*office, *approver), "应予更正", f"{issue_id} 的逾期在印发后撤回,请拟更正。")]
        case fact.CorrectionProposed() if bulletin.wait and bulletin.wait.awaited is Awaited.CORRECTION:
            return [((bulletin.wait.post,), "更正待签发", "请审签更正。")]
        case fact.CorrectionReturned():
            return [(office, "更正退回", "请另拟更正。")]
        case fact.Corrected(count=count):
            return [
                (bulletin.receivers, "更正", f"{bulletin.document_number} 第 {count} 次更正,请一并阅知。")
            ]
        case _:
            return []
