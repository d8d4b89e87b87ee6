"""看板: the lives as they unfold, for people who would rather look than read."""

from datetime import UTC, datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from domain.terms import Category, Level, Rung, Severity, Stage, zh
from store.figures import BoardRow, Figures

ROWS = 18
_COLOURS = {
    Rung.ORDER: "yellow",
    Rung.ESCALATION: "dark_orange",
    Rung.BULLETIN: "red",
    Rung.INTERVIEW: "bold red",
    Rung.REFERRAL: "bold red",
}
_ORDER = list(Stage)


def board(rows: list[BoardRow], counted: Figures, seconds: int) -> Group:
    """Draw the issues that matter most now, and the counts below."""
    table = Table(title="河湖长制问题办理 · 演示", title_justify="left", expand=False)
    for name in ("问题编号", "类别", "等级", "河段", "阶段", "责任河长", "逾期处置", "下一节点"):
        table.add_column(name, no_wrap=True)
    for row in rows[:ROWS]:
        table.add_row(
            row.issue_id,
            zh(Category(row.category)),
            zh(Severity(row.severity)),
            row.title,
            zh(Stage(row.stage)),
            zh(Level(row.level)),
            _lapse(row),
            _countdown(row),
        )
    counts = {
        "立案": counted.issues,
        "销号": counted.closed,
        "无效": counted.dismissed,
        "并案": counted.merged,
        "提级": counted.escalated,
        "通报": counted.bulletins,
        "延期": counted.extensions_granted,
        "中止": counted.suspensions,
        "裁定": counted.disputes_ruled,
        "事实": counted.facts,
    }
    line = f"{seconds:3d} 秒  " + "  ".join(f"{name} {count}" for name, count in counts.items())
    return Group(table, Text(line, style="bold"))


def _lapse(row: BoardRow) -> Text:
    if not row.is_overdue:
        return Text("—", style="green")
    rung = Rung(row.rung)
    return Text(zh(rung), style=_COLOURS.get(rung, "cyan"))


def _countdown(row: BoardRow) -> str:
    if row.next_mark_at is None:
        return ""
    left = row.next_mark_at - datetime.now(UTC)
    when = f"{left.days:+d} 天" if left.days > 0 else f"{round(left.total_seconds()):+d} 秒"
    return f"{when}{' 中止' if row.is_suspended else ''}{' 暂定' if row.is_provisional else ''}"
