"""术语: the closed lists of the glossary, each term with its Chinese label."""

from enum import IntEnum, StrEnum

from domain.model import Label


class Level(IntEnum):
    """层级: where a chief stands."""

    VILLAGE = 1
    TOWNSHIP = 2
    COUNTY = 3
    CITY = 4
    PROVINCE = 5


class Severity(StrEnum):
    """问题等级: 一般, 较严重, 重大 [S23]."""

    GENERAL = "GENERAL"
    SERIOUS = "SERIOUS"
    MAJOR = "MAJOR"


class Category(StrEnum):
    """问题类别: the 四乱 [S20], then the other kinds met in practice [S31]."""

    OCCUPATION = "OCCUPATION"
    EXTRACTION = "EXTRACTION"
    DUMPING = "DUMPING"
    BUILDING = "BUILDING"
    SEWAGE = "SEWAGE"
    FLOATING_DEBRIS = "FLOATING_DEBRIS"
    ABNORMAL_WATER = "ABNORMAL_WATER"
    ILLEGAL_FISHING = "ILLEGAL_FISHING"
    BANK_DAMAGE = "BANK_DAMAGE"
    OTHER = "OTHER"


class Origin(StrEnum):
    """存量 or 增量: on the ledger before the service began, or found since."""

    STOCK = "STOCK"
    NEW = "NEW"


class Source(StrEnum):
    """发现渠道: how an issue came to light."""

    PATROL = "PATROL"
    PUBLIC = "PUBLIC"
    HOTLINE = "HOTLINE"
    CAMERA = "CAMERA"
    SATELLITE = "SATELLITE"
    INSPECTION = "INSPECTION"
    ORDER = "ORDER"
    TRANSFER = "TRANSFER"
    MEDIA = "MEDIA"


class Circumstance(StrEnum):
    """特殊情形 named at opening, which bend a limit."""

    HAZARDOUS = "HAZARDOUS"
    AFTER_STORM = "AFTER_STORM"
    FLOOD_BLOCKING = "FLOOD_BLOCKING"


class Stage(StrEnum):
    """阶段 of the life of an issue."""

    DISCOVERED = "discovered"
    STOPPED = "stopped"
    PLANNING = "planning"
    RECTIFYING = "rectifying"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    MERGED = "merged"
    TRANSFERRED = "transferred"


ENDS = frozenset({Stage.CLOSED, Stage.DISMISSED, Stage.MERGED})
"""The stages that nothing leaves."""


class Clock(StrEnum):
    """时限: what is being waited for, and is counted."""

    REGISTER = "REGISTER"
    STOP = "STOP"
    ASSIGN = "ASSIGN"
    PLAN = "PLAN"
    RECTIFY = "RECTIFY"
    VERIFY = "VERIFY"
    CLOSE = "CLOSE"
    REPLY = "REPLY"
    WHOLE = "WHOLE"
    RULING = "RULING"
    ENFORCEMENT = "ENFORCEMENT"
    LOOK_BACK = "LOOK_BACK"
    REVIEW = "REVIEW"
    SUSPENSION = "SUSPENSION"


class SuspensionGround(StrEnum):
    """中止事由: the legal grounds on which a clock may be stopped [S05 art. 44, 53–54, S12]."""

    LEGAL_NOTICE = "legal notice"
    RECONSIDERATION = "reconsideration"
    LITIGATION = "litigation"
    ASSESSMENT = "expert assessment"
    EMERGENCY = "flood or disaster emergency"
    COURT = "court enforcement"


class Rung(IntEnum):
    """逾期处置阶梯的一级: how far a lapse has been driven."""

    EARLY = 0
    REMINDER = 1
    ORDER = 2
    ESCALATION = 3
    BULLETIN = 4
    INTERVIEW = 5
    REFERRAL = 6


class PostKind(StrEnum):
    """岗位: the kinds of post that may speak to an issue or be spoken to."""

    GENERAL_CHIEF = "general"
    CHIEF = "chief"
    OFFICE = "office"
    UNIT = "unit"
    GOVERNMENT = "government"
    POLICE = "police"
    PROCURATOR = "procurator"
    LIAISON = "liaison"
    PATROLLER = "patroller"
    CLEANER = "cleaner"
    ROSTER = "roster"


RUNGS: dict[Rung, Label] = {
    Rung.EARLY: Label("提醒", "early reminder"),
    Rung.REMINDER: Label("催办", "reminder"),
    Rung.ORDER: Label("督办单", "order"),
    Rung.ESCALATION: Label("提级督办", "escalation"),
    Rung.BULLETIN: Label("通报", "bulletin"),
    Rung.INTERVIEW: Label("约谈", "interview"),
    Rung.REFERRAL: Label("问责移送", "referral"),
}
"""Beside the others, because the dictionary below could not tell rung 2 from level 2."""

LABELS: dict[StrEnum | IntEnum, Label] = {
    Level.VILLAGE: Label("村级", "village"),
    Level.TOWNSHIP: Label("乡镇级", "township"),
    Level.COUNTY: Label("县级", "county"),
    Level.CITY: Label("市级", "city"),
    Level.PROVINCE: Label("省级", "province"),
    Severity.GENERAL: Label("一般", "general"),
    Severity.SERIOUS: Label("较严重", "serious"),
    Severity.MAJOR: Label("重大", "major"),
    Category.OCCUPATION: Label("乱占", "illegal occupation"),
    Category.EXTRACTION: Label("乱采", "illegal extraction"),
    Category.DUMPING: Label("乱堆", "illegal dumping"),
    Category.BUILDING: Label("乱建", "illegal building"),
    Category.SEWAGE: Label("污水直排", "sewage discharge"),
    Category.FLOATING_DEBRIS: Label("漂浮物", "floating debris"),
    Category.ABNORMAL_WATER: Label("水体异样", "abnormal water"),
    Category.ILLEGAL_FISHING: Label("非法捕捞", "illegal fishing"),
    Category.BANK_DAMAGE: Label("护岸损毁", "bank damage"),
    Category.OTHER: Label("其他", "other"),
    Origin.STOCK: Label("存量", "stock"),
    Origin.NEW: Label("增量", "new"),
    Source.PATROL: Label("日常巡河", "patrol"),
    Source.PUBLIC: Label("公众举报", "public report"),
    Source.HOTLINE: Label("热线转办", "hot-line"),
    Source.CAMERA: Label("视频监控", "camera"),
    Source.SATELLITE: Label("遥感图斑", "satellite plot"),
    Source.INSPECTION: Label("督查暗访", "inspection"),
    Source.ORDER: Label("上级交办", "superior's order"),
    Source.TRANSFER: Label("部门移交", "department transfer"),
    Source.MEDIA: Label("媒体曝光", "media"),
    Circumstance.HAZARDOUS: Label("危险或不明废物", "hazardous or unknown waste"),
    Circumstance.AFTER_STORM: Label("暴雨之后", "after a storm"),
    Circumstance.FLOOD_BLOCKING: Label("阻碍行洪", "flood-blocking"),
    Stage.DISCOVERED: Label("发现", "discovered"),
    Stage.STOPPED: Label("已制止", "stopped"),
    Stage.PLANNING: Label("整改方案中", "planning"),
    Stage.RECTIFYING: Label("处理整改", "rectifying"),
    Stage.VERIFYING: Label("核查", "verifying"),
    Stage.ACCEPTED: Label("待销号", "accepted"),
    Stage.CLOSED: Label("销号", "closed"),
    Stage.DISMISSED: Label("无效", "dismissed"),
    Stage.MERGED: Label("并案", "merged"),
    Stage.TRANSFERRED: Label("转执法", "transferred to enforcement"),
    Clock.REGISTER: Label("登记", "register"),
    Clock.STOP: Label("制止", "stop"),
    Clock.ASSIGN: Label("交办", "assign"),
    Clock.PLAN: Label("整改方案", "plan"),
    Clock.RECTIFY: Label("整改", "rectify"),
    Clock.VERIFY: Label("核查", "verify"),
    Clock.CLOSE: Label("销号", "close"),
    Clock.REPLY: Label("答复", "reply"),
    Clock.WHOLE: Label("全程", "whole"),
    Clock.RULING: Label("争议裁定", "ruling"),
    Clock.ENFORCEMENT: Label("执法", "enforcement"),
    Clock.LOOK_BACK: Label("回头看", "look-back"),
    Clock.REVIEW: Label("中止复核", "review of the suspension"),
    Clock.SUSPENSION: Label("最长中止", "longest suspension"),
    SuspensionGround.LEGAL_NOTICE: Label("法定公告期", "legal notice"),
    SuspensionGround.RECONSIDERATION: Label("行政复议", "reconsideration"),
    SuspensionGround.LITIGATION: Label("行政诉讼", "litigation"),
    SuspensionGround.ASSESSMENT: Label("专家鉴定评估", "expert assessment"),
    SuspensionGround.EMERGENCY: Label("防汛抢险救灾", "flood or disaster emergency"),
    SuspensionGround.COURT: Label("法院强制执行", "court enforcement"),
    PostKind.GENERAL_CHIEF: Label("总河长", "general chief"),
    PostKind.CHIEF: Label("河长", "chief"),
    PostKind.OFFICE: Label("河长办", "chief office"),
    PostKind.UNIT: Label("责任单位", "responsible unit"),
    PostKind.GOVERNMENT: Label("政府", "government"),
    PostKind.POLICE: Label("河道警长", "river police chief"),
    PostKind.PROCURATOR: Label("检察长", "procurator"),
    PostKind.LIAISON: Label("联络员单位", "liaison unit"),
    PostKind.PATROLLER: Label("巡河员", "patroller"),
    PostKind.CLEANER: Label("保洁员", "cleaner"),
    PostKind.ROSTER: Label("责任人名册", "roster"),
}


def zh(term: StrEnum | IntEnum) -> str:
    """Return the Chinese name of a term."""
    return _label(term).zh


def en(term: StrEnum | IntEnum) -> str:
    """Return the English name of a term."""
    return _label(term).en


def _label(term: StrEnum | IntEnum) -> Label:
    return RUNGS[term] if isinstance(term, Rung) else LABELS[term]
