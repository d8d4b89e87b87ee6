"""退回理由: what pydantic finds wrong with a report, said in Chinese and English."""

from typing import TYPE_CHECKING

from domain.model import Label

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SAYINGS = {
    "missing": Label("缺少字段 {field}", "{field} is missing"),
    "extra_forbidden": Label("没有 {field} 这个字段", "there is no field {field}"),
    "enum": Label("{field} 的取值 {value} 无效,可用:{expected}", "{field} cannot be {value}; use {expected}"),
    "string_too_short": Label("{field} 不能为空", "{field} must not be empty"),
    "string_too_long": Label("{field} 超过 {max_length} 字", "{field} has over {max_length} characters"),
    "string_pattern_mismatch": Label("{field} 的格式不对:{value}", "{field} is not well formed: {value}"),
    "timezone_aware": Label("{field} 必须带时区", "{field} needs a time zone"),
}
_WHOLE = Label(
    "日常巡河或督查暗访发现的,必须用 finder 写明发现岗位",
    "a patrol or an inspection must name the finder's post in finder",
)
_OTHERWISE = Label("{field} 无效:{msg}", "{field} is not valid: {msg}")
_LONGEST_VALUE = 40


def complaint(error: "ErrorDetails") -> Label:
    """Return one finding of pydantic about a report, as its sender should read it."""
    if not error["loc"]:
        return _WHOLE
    saying = _SAYINGS.get(error["type"], _OTHERWISE)
    context = error.get("ctx", {})
    words = {
        **context,
        "expected": str(context.get("expected", "")).replace(" or ", ", ").replace("'", ""),
        "field": ".".join(map(str, error["loc"])),
        "value": repr(error["input"])[:_LONGEST_VALUE],
        "msg": error["msg"].removeprefix("Value error, "),
    }
    return Label(saying.zh.format(**words), saying.en.format(**words))
