"""核稿: each rule of the lint by what only it finds; a text without any of it goes through."""

from typing import Any

import pytest

from domain.bulletin import lint as rules_of_lint
from domain.bulletin.facts import Named, Rate
from domain.bulletin.lint import Draft, Text, lint, names, percent, quotes
from domain.terms import Category, Severity
from tests.rules.given import COUNTY_CHIEF, TOWNSHIP

ISSUE = "512022-2026-000001"
NAMED = Named(
    issue_id=ISSUE,
    facts=(9,),
    division=TOWNSHIP,
    category=Category.DUMPING,
    severity=Severity.GENERAL,
    chief=COUNTY_CHIEF,
)
RATES = (Rate(key="on_time", count=9, of=12), Rate(key="recurred", count=1, of=3))


def draft(*texts: str, **changes: Any) -> Draft:
    parts = tuple(Text(where=f"第 {n} 段", words=words) for n, words in enumerate(texts, 1))
    made = Draft(texts=parts, named=(NAMED,), rates=RATES, least_denominator=10, longest_quote=12)
    return made.model_copy(update=changes)


def found(of: Draft) -> list[str]:
    return [finding.rule for finding in lint(of)]


PLANTED = [
    ("telephone", "请与 13800138000 联系。"),
    ("telephone", "请与 138 0013-8000 联系。"),
    ("telephone", "请与 １３８００１３８０００ 联系。"),
    ("telephone", "举报人电话 028-26110000。"),
    ("telephone", "请与 138\u200b0013\u200b8000 联系。"),
    ("telephone", "请与 138、0013,8000 联系。"),
    ("telephone", "请与一三八〇〇一三八〇〇〇联系。"),
    ("telephone", "请与①③⑧⓪⓪①③⑧⓪⓪⓪联系。"),
    ("identity", "身份证 511321199003071234。"),
    ("identity", "身份证 51132119900307123X。"),
    ("email", "来信请寄 li.si@example.cn。"),
    ("plate", "车辆川M·A1234停在堤上。"),
    ("plate", "车辆川MA12345停在堤上。"),
    ("rate", "按期办结率达50%。"),
    ("rate", "反弹率为33.3%。"),
    ("rate", "完成率百分之九十五。"),
    ("rate", "按期办结率达50﹪。"),
    ("rate", "按期办结率达500‰。"),
]
"""What is planted, and the one rule that finds it; 33.3% is a rate of three issues."""
CLEAN = (
    "512022-2026-000001、12个问题;请于2026年12月31日前办结,512022-2026-000001 等3个问题按期办结率75%,"
    "全县12个问题已办结9个。"
)


@pytest.mark.parametrize(("rule", "words"), PLANTED)
def test_what_must_not_be_printed_is_found_by_its_rule(rule: str, words: str) -> None:
    assert found(draft("请抓紧办理。", words)) == [rule]
    assert lint(draft("请抓紧办理。", words))[0].where == "第 2 段"


def test_a_text_without_any_of_it_goes_through() -> None:
    assert lint(draft(CLEAN)) == ()


@pytest.mark.parametrize("standing", ["suspended", "disputed"])
def test_whoever_stands_still_or_is_disputed_is_not_named(standing: str) -> None:
    still = NAMED.model_copy(update={standing: True})

    assert found(draft(CLEAN, named=(still,))) == [standing]


@pytest.mark.parametrize("rule", rules_of_lint.RULES, ids=lambda rule: rule.__name__)
def test_without_any_one_rule_something_planted_goes_through(
    rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = {standing: NAMED.model_copy(update={standing: True}) for standing in ("suspended", "disputed")}
    planted = [draft(words) for _, words in PLANTED] + [draft(named=(each,)) for each in still.values()]
    left = tuple(other for other in rules_of_lint.RULES if other is not rule)

    with_all = [bool(lint(each)) for each in planted]
    monkeypatch.setattr(rules_of_lint, "RULES", left)

    assert all(with_all)
    assert not all(bool(lint(each)) for each in planted)


@pytest.mark.parametrize("pattern", range(len(rules_of_lint._PATTERNS)))
def test_without_any_one_form_something_planted_goes_through(
    pattern: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = rules_of_lint._PATTERNS
    monkeypatch.setattr(rules_of_lint, "_PATTERNS", forms[:pattern] + forms[pattern + 1 :])

    assert not all(lint(draft(words)) for _, words in PLANTED)


# ---------------------------------------------------------------- the words of reports

REPORT = "桥下第三个排口每天夜里两点偷排黑水"


def test_twelve_letters_of_a_report_are_a_quote_and_eleven_are_none() -> None:
    twelve, eleven = Text(where="一", words=REPORT[2:14]), Text(where="二", words=REPORT[2:13] + "问题")

    assert [each.where for each in quotes((twelve, eleven), [(ISSUE, REPORT)], 12)] == ["一"]


def test_blanks_and_punctuation_hide_no_quote() -> None:
    text = Text(where="一", words="“第三个排口,每天 夜里两点偷排”")

    assert quotes((text,), [(ISSUE, REPORT)], 12)
    assert quotes((text,), [(ISSUE, "另一件事,说的是别的地方的垃圾堆放")], 12) == ()


# ---------------------------------------------------------------- whoever reported


def test_a_name_is_found_however_it_is_spaced_and_only_its_place_comes_back() -> None:
    texts = (Text(where="一", words="请抓紧。"), Text(where="二", words="感谢欧 阳·明澈反映。"))

    assert names(texts, ["欧阳明澈", "13800138000"]) == ("二",)
    assert names(texts, ["欧阳明"]) == ("二",)
    assert names(texts, ["李四"]) == ()


@pytest.mark.parametrize("written", ["张\u200b三丰", "张\n三 丰", "张\ufe0f三丰", "张·三、丰"])
def test_no_unseen_letter_hides_a_name(written: str) -> None:
    assert names((Text(where="一", words=f"感谢{written}反映。"),), ["张三丰"]) == ("一",)


@pytest.mark.parametrize("who", ["138 0013 8000", "WeChat: Li-Si_99"])
def test_a_telephone_or_another_contact_is_found_too(who: str) -> None:
    text = Text(where="一", words="联系 13800138000 或 wechat:lisi_99。")

    assert names((text,), [who]) == ("一",)


def test_one_letter_and_nothing_are_no_name() -> None:
    text = Text(where="一", words="李家坝段已清运。")

    assert names((text,), ["李", "", " "]) == ()


@pytest.mark.parametrize(
    ("count", "of", "written"),
    [(9, 12, "75"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 16, "6.3"), (0, 9, "0"), (5, 5, "100")],
)
def test_a_rate_is_written_with_one_decimal_halves_up(count: int, of: int, written: str) -> None:
    assert percent(Rate(key="on_time", count=count, of=of)) == written
