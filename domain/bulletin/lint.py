"""核稿: what a bulletin must not contain: reporters, their words, who stands still, rates of too few."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from domain.bulletin.facts import Finding, Named, Rate
from domain.model import Frozen, IssueId


class Text(Frozen):
    """待核的文字: one piece of what people wrote, and where it stands."""

    where: str
    words: str


class Draft(Frozen):
    """待核的稿: what people wrote, who is named, which rates the cut knows, and the bounds."""

    texts: tuple[Text, ...]
    named: tuple[Named, ...]
    rates: tuple[Rate, ...]
    least_denominator: int
    longest_quote: int


_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("identity", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)"), "身份证号"),
    (
        "telephone",
        re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)"),
        "电话号码",
    ),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "电子邮箱"),
    (
        "plate",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·.]?[A-HJ-NP-Z0-9]{5,6}"
        ),
        "车牌号",
    ),
)
"""举报人信息 that can be told by its form."""

_SPACED = re.compile(r"[\s\-‐-―()()·.]+")
_UNSEEN = frozenset({"Cf", "Mn"})
"""Letters without a width, and marks that sit on others."""
_NUMERALS = str.maketrans("〇零一幺二三四五六七八九", "001123456789")
_ISSUE = re.compile(r"(?<!\d)\d{6}-\d{4}-\d{6}(?!\d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%|\d\s*‰|百分之([零〇一二三四五六七八九十百点\d.]+)")


def plain(words: str) -> str:
    """Return a text in one form of letters, without unseen ones: no trick of writing hides anything."""
    letters = unicodedata.normalize("NFKC", words)
    return "".join(letter for letter in letters if unicodedata.category(letter) not in _UNSEEN)


def packed(words: str) -> str:
    """Return a text without blanks and punctuation, as it is compared with another."""
    return "".join(letter for letter in plain(words) if letter.isalnum())


def lint(draft: Draft) -> tuple[Finding, ...]:
    """核稿: every rule, each finding named by its rule. Rule: R-LINT."""
    return tuple(finding for rule in RULES for finding in rule(draft))


def no_personal_data(draft: Draft) -> Iterator[Finding]:
    """举报人信息: no telephone, identity card, address or plate, however its digits are written or parted.

    Rule: R-LINT-PERSONAL
    """
    for text in draft.texts:
        words = plain(text.words)
        # Whatever parts digits hides no number; the numbers of issues would become one with their neighbours.
        bare = packed(_ISSUE.sub("问题", words)).translate(_NUMERALS)
        forms = (words, _SPACED.sub("", words), bare)
        for rule, pattern, what in _PATTERNS:
            if any(pattern.search(form) for form in forms):
                yield Finding(rule=rule, where=text.where, what=f"含有{what}")


def nobody_suspended_is_named(draft: Draft) -> Iterator[Finding]:
    """中止不点名: whose clocks stand still on a legal ground is not behind. Rule: R-LINT-SUSPENDED."""
    for named in draft.named:
        if named.suspended:
            yield Finding(rule="suspended", where=named.issue_id, what="该问题已依法中止计时,不得点名")


def nobody_disputed_is_named(draft: Draft) -> Iterator[Finding]:
    """争议不点名: whose issue it is must be ruled first. Rule: R-LINT-DISPUTED."""
    for named in draft.named:
        if named.disputed:
            yield Finding(rule="disputed", where=named.issue_id, what="该问题责任有争议、尚未裁定,不得点名")


def every_rate_is_ours(draft: Draft) -> Iterator[Finding]:
    """比率有据: a percentage in the text is a rate of this cut, and one of enough issues.

    Rule: R-LINT-RATE
    """
    written = {percent(rate) for rate in draft.rates if rate.of >= draft.least_denominator}
    for text in draft.texts:
        for match in _PERCENT.finditer(plain(text.words)):
            if match[1] is None or _number(match[1]) not in written:
                what = f"“{match[0]}”不是本期统计数,或分母不足 {draft.least_denominator}"
                yield Finding(rule="rate", where=text.where, what=what)


RULES: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    no_personal_data,
    nobody_suspended_is_named,
    nobody_disputed_is_named,
    every_rate_is_ours,
)
"""The rules that need no records; `quotes` needs the reports, `names` whoever keeps the seal."""


def quotes(
    texts: Sequence[Text], reports: Sequence[tuple[IssueId, str]], longest: int
) -> tuple[Finding, ...]:
    """举报原文: no stretch of a report's own words of this length, whatever its blanks and punctuation.

    Rule: R-LINT-QUOTE
    """
    stretches = {
        packed(text.words)[at : at + longest]: text.where
        for text in texts
        for at in range(len(packed(text.words)) - longest + 1)
    }
    found = dict[tuple[str, IssueId], Finding]()
    for issue_id, words in reports:
        told = packed(words)
        for at in range(len(told) - longest + 1):
            if where := stretches.get(told[at : at + longest]):
                what = f"与 {issue_id} 的举报原文连续相同 {longest} 字以上"
                found[where, issue_id] = Finding(rule="quote", where=where, what=what)
    return tuple(found.values())


def names(texts: Sequence[Text], who: Sequence[str]) -> tuple[str, ...]:
    """举报人姓名: where a text holds one of these names, telephones or addresses, however it is spaced.

    Only the places come back: whoever asks has not been let in. Rule: R-LINT-NAME
    """
    sought = [packed(each).lower() for each in who if len(packed(each)) >= SHORTEST_NAME]
    held = [(text.where, packed(text.words).lower()) for text in texts]
    return tuple(where for where, words in held if any(each in words for each in sought))


SHORTEST_NAME = 2
"""A name of one letter would be found in every text."""


def percent(rate: Rate) -> str:
    """Return a rate as it is written: one decimal, halves up, none where it is whole."""
    return _number(str(Decimal(rate.count * 100) / rate.of)) if rate.of else ""


def _number(written: str) -> str:
    tenths = Decimal(written).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(tenths.quantize(Decimal(1))) if tenths == tenths.to_integral_value() else str(tenths)
