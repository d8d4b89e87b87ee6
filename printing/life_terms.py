"""一生之词表: what page and terminal call the fields of facts, and what happens to clocks and effects."""

from domain.issue.message import Kind
from domain.issue.steps import Happened
from domain.model import Label

HAPPENED: dict[Happened, Label] = {
    "started": Label("起算", "started"),
    "moved": Label("改期", "moved"),
    "stopped": Label("停止计时", "stopped"),
    "resumed": Label("恢复计时", "resumed"),
    "passed": Label("过节点", "passed a mark"),
    "withdrawn": Label("节点撤回", "a mark taken back"),
    "ended": Label("结束", "ended"),
}
STATES: dict[str, Label] = {
    "unsigned": Label("待签发", "unsigned"),
    "queued": Label("待送", "queued"),
    "delivered": Label("已送达", "delivered"),
    "undeliverable": Label("送达不能", "undeliverable"),
    "countermanded": Label("已撤回", "countermanded"),
    "skipped": Label("已放弃", "given up"),
}
UNKNOWN = Label("台账无此告知", "not in the ledger")
KINDS: dict[Kind, Label] = {
    Kind.NOTICE: Label("告知", "notice"),
    Kind.ORDER: Label("督办单", "order"),
    Kind.BULLETIN: Label("通报", "bulletin"),
    Kind.COUNTERMAND: Label("撤回", "countermand"),
}
FIELDS = {
    "report": "线索摘要",
    "category": "类别",
    "severity": "等级",
    "origin": "来源类型",
    "source": "发现渠道",
    "finder": "发现者",
    "reach": "河段",
    "division": "行政区划",
    "seen_at": "所见时刻",
    "circumstances": "情节",
    "recurrence_of": "反弹自",
    "plan_on": "方案期限",
    "title": "地点",
    "chief": "责任河长",
    "vacant": "空缺岗位",
    "rules": "规则",
    "calendar": "日历",
    "photos": "照片",
    "manifest": "附件摘要",
    "reason": "理由",
    "unit": "责任单位",
    "units": "各责任单位",
    "measures": "措施数",
    "responsible": "负责岗位",
    "done_on": "完成日期",
    "before": "整改前照片",
    "after": "整改后照片",
    "record": "记录摘要",
    "recheck": "复核摘要",
    "look_backs_on": "回头看",
    "onsite": "现场记录摘要",
    "into": "并入",
    "reply": "答复摘要",
    "post": "岗位",
    "level": "层级",
    "clock": "时限",
    "clocks": "时限",
    "limit_at": "届满",
    "provisional": "暂定",
    "to": "收件",
    "issuer": "签发",
    "count": "次数",
    "objection_until": "异议截止",
    "facts": "所涉事实",
    "why": "原因",
    "rungs": "所涉节点",
    "amount": "时长",
    "ground": "事由",
    "document": "文书摘要",
    "ruler": "裁定者",
    "addressee": "收件",
}
"""What the fields of facts are called; a field that has no name here is shown by its own."""
