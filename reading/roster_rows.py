"""名册的行: a line of each dated table of a roster, every cell told apart from what only looks like it."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from domain.model import FIRST_YEAR, LAST_YEAR_OF_DAYS, Frozen
from domain.posts import Post
from domain.roster import Capacity, ChannelKind, PersonCode
from domain.terms import Level, PostKind
from domain.workdays import CHINA

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{2}))?")

_CAPACITIES = {
    "holder": Capacity.HOLDER,
    "在任": Capacity.HOLDER,
    "正职": Capacity.HOLDER,
    "deputy": Capacity.DEPUTY,
    "副职": Capacity.DEPUTY,
    "acting": Capacity.ACTING,
    "递补": Capacity.ACTING,
    "代理": Capacity.ACTING,
}
_CHANNELS = {kind.value: kind for kind in ChannelKind} | {
    "企业微信": ChannelKind.WECOM,
    "钉钉": ChannelKind.DINGTALK,
    "飞书": ChannelKind.FEISHU,
    "短信": ChannelKind.SMS,
    "邮箱": ChannelKind.EMAIL,
    "邮件": ChannelKind.EMAIL,
}
_ANSWERS = {"": True, "yes": True, "是": True, "no": False, "否": False}
_ADDRESSES = {
    ChannelKind.EMAIL: re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    ChannelKind.SMS: re.compile(r"\+?[0-9][0-9 -]{4,24}"),
}


class CellError(ValueError):
    """What is wrong with a cell, and what to write instead; Chinese first."""


def _moment(text: str, ends: timedelta) -> datetime | None:
    """Read a day, or a day with a time, in China; `ends` is added to a day without a time."""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    unread = CellError(
        "不是日期,请写成 2026-12-01 或 2026-12-01 14:00(北京时间) (write a day, or a day and a time)"
    )
    if not found:
        raise unread
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        clock = time(int(found[4]), int(found[5])) if found[4] else None
    except ValueError:
        raise unread from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR_OF_DAYS:
        raise CellError(f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR_OF_DAYS} 之间 (no year of this service)")
    return datetime.combine(day, clock or time(), CHINA) + (timedelta() if clock else ends)


def _from(value: object) -> object:
    return _moment(value, timedelta()) if isinstance(value, str) else value


def _until(value: object) -> object:
    return _moment(value, timedelta(days=1)) if isinstance(value, str) else value


def _capacity(value: object) -> object:
    if value not in _CAPACITIES:
        raise CellError("身份应为 holder(在任)、deputy(副职)或 acting(递补) (holder, deputy or acting)")
    return _CAPACITIES[str(value)]


def _channel(value: object) -> object:
    if value not in _CHANNELS:
        raise CellError(f"渠道应为 {'、'.join(ChannelKind)} 之一 (one of {', '.join(ChannelKind)})")
    return _CHANNELS[str(value)]


def _works(value: object) -> object:
    if value not in _ANSWERS:
        raise CellError("应为 yes(是)或 no(否),留空即 yes (yes or no; nothing means yes)")
    return _ANSWERS[str(value)]


def _kind(value: object) -> object:
    if value not in PostKind.__members__.values():
        raise CellError(f"岗位种类应为 {'、'.join(PostKind)} 之一 (one of {', '.join(PostKind)})")
    return value


def _level(value: object) -> object:
    named = {level.name.lower(): level for level in Level}
    if value not in named:
        raise CellError(f"层级应为 {'、'.join(named)} 之一 (one of {', '.join(named)})")
    return named[str(value)]


def _days(value: object) -> object:
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= 250:  # noqa: PLR2004 - a year's working days
        raise CellError("应为 1 至 250 个工作日 (1 to 250 working days)")
    return int(text)


def _words(value: object) -> object:
    return tuple(str(value).split())


def _nothing(value: object) -> object:
    return value or None


From = BeforeValidator(_from)
Until = BeforeValidator(_until)


class TenureRow(Frozen):
    """任职: one line of `tenures.csv`; a day as `until` is the last day of office."""

    post: Post
    person: PersonCode
    capacity: Annotated[
        Literal[Capacity.HOLDER, Capacity.DEPUTY, Capacity.ACTING], BeforeValidator(_capacity)
    ]
    from_at: Annotated[datetime | None, From, Field(alias="from")]
    until_at: Annotated[datetime | None, Until, Field(alias="until")]


class AbsenceRow(Frozen):
    """不在岗: one line of `absences.csv`; why somebody is away is not asked."""

    person: PersonCode
    from_at: Annotated[datetime, From, Field(alias="from")]
    until_at: Annotated[datetime | None, Until, Field(alias="until")]
    cover: Annotated[PersonCode | None, BeforeValidator(_nothing)]


class SuccessionRow(Frozen):
    """递补规则: one line of `succession.csv`; `successors` are posts, divided by spaces."""

    kind: Annotated[PostKind, BeforeValidator(_kind)]
    level: Annotated[Level, BeforeValidator(_level)]
    successors: Annotated[tuple[str, ...], BeforeValidator(_words)]
    hand_over_days: Annotated[int, BeforeValidator(_days)]
    source: str = Field(min_length=1, max_length=200)


class ChannelRow(Frozen):
    """联系渠道: one line of `people/channels.csv`; of one person's lines the first is tried first."""

    person: PersonCode
    kind: Annotated[ChannelKind, BeforeValidator(_channel)]
    address: str = Field(min_length=1, max_length=300)
    works: Annotated[bool, BeforeValidator(_works)]

    def looks_right(self) -> bool:
        """Tell whether the address looks like one of its kind."""
        wanted = _ADDRESSES.get(self.kind)
        return bool(wanted.fullmatch(self.address)) if wanted else not re.search(r"\s", self.address)
