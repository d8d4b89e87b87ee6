"""通报的样子: what a supervisor reads of a bulletin on the screens of the engine."""

from domain.bulletin.clock import BulletinMark
from domain.bulletin.facts import HearingClosed, Reminded
from domain.bulletin.messages import title
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import zh
from domain.issue.wording import moment


def subject(bulletin_id: str) -> str:
    """Return the line by which a bulletin is known before it is drafted."""
    return f"通报 · {bulletin_id}"


def timer_line(bulletin: Bulletin, mark: BulletinMark) -> str:
    """Return what a timer waits for, in one line."""
    if mark.fact is HearingClosed or bulletin.wait is None:
        return f"征求意见到期 · {moment(mark.at)}"
    what = "提醒" if mark.fact is Reminded else "转下一人"
    return f"{zh(bulletin.wait.awaited)}无回音:{what} · {bulletin.wait.post}"


def details(bulletin: Bulletin, trouble: str) -> str:
    """Return the bulletin as a Markdown table; no person's words are in it."""
    rows = [
        ("状态", zh(bulletin.state)),
        ("期间", f"{bulletin.period.first} 至 {bulletin.period.last}"),
        ("截面", f"{moment(bulletin.cut.at)},{bulletin.cut.issues} 个问题"),
        ("点名", f"{len(bulletin.named)} 个问题"),
        ("意见", f"{len(bulletin.replies)} 份"),
        ("核稿", "、".join(f"{each.where}:{each.what}" for each in bulletin.findings) or _looked(bulletin)),
    ]
    if bulletin.wait:
        rows.append(("等候", f"{zh(bulletin.wait.awaited)}:`{bulletin.wait.post}`"))
    if bulletin.document_number:
        rows.append(("文号", bulletin.document_number))
    if bulletin.corrections or bulletin.corrections_due:
        due = f",应更正 {len(bulletin.corrections_due)} 处" if bulletin.corrections_due else ""
        rows.append(("更正", f"{len(bulletin.corrections)} 次{due}"))
    if trouble:
        rows.append(("故障", trouble))
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"**{title(bulletin)}**\n\n| | |\n|---|---|\n{table}"


def _looked(bulletin: Bulletin) -> str:
    return "待核" if bulletin.needs_a_look else "未发现问题"
