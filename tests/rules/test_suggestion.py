from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keywords import Keywords
from domain.suggestion import Suggestion, suggest
from domain.terms import Category, Severity
from reading.entries import Entry
from reading.keywords import read_keywords
from tests.rules.written import RULES

TOLD = Path(__file__).with_name("suggested.txt")
KEYWORDS = read_keywords(RULES / "keywords.yaml")
WORDS = sorted({word for signs in KEYWORDS.categories.values() for sign in signs for word in sign.words})
GRAVE = sorted({word for signs in KEYWORDS.severities.values() for sign in signs for word in sign.words})
DENIALS = [word for negation in KEYWORDS.negations for word in negation.words]
LABELS = ["占", "采", "堆", "建", "污", "漂", *list(Category)[6:]]
TRADITIONAL = str.maketrans("围垦采废弃倾养鱼网电违楼厂", "圍墾採廢棄傾養魚網電違樓廠")

some_texts = st.lists(
    st.one_of(st.sampled_from(WORDS + GRAVE + DENIALS), st.text(max_size=5)), max_size=20
).map("".join)


class Told(NamedTuple):
    label: str
    text: str


def told() -> Iterator[Told]:
    for line in TOLD.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield Told(*line.split(" | "))


def about(text: str) -> Suggestion:
    return suggest(text, KEYWORDS)


def words(text: str) -> list[str]:
    return [reason.word for reason in about(text).reasons if isinstance(reason.suggests, Category)]


@pytest.mark.parametrize("label", LABELS)
def test_of_the_texts_about_a_category_nine_in_ten_suggest_it(label: str) -> None:
    texts = [
        each.text for each in told() if Category.OTHER.value == label == each.label or each.label == label
    ]
    if label == Category.OTHER:
        texts += [each.text for each in told() if each.label == "其他"]

    wrong = [text for text in texts if not Entry.means(label, about(text).category)]

    assert len(texts) >= 8
    assert len(wrong) * 10 <= len(texts), wrong


def test_a_text_without_any_sign_suggests_no_category_and_the_lowest_severity() -> None:
    suggestion = about("今天天气晴朗")

    assert suggestion == Suggestion(
        category=None, severity=Severity.GENERAL, runner_up=None, scores={}, grades={}, reasons=()
    )


@pytest.mark.parametrize(
    "text",
    [
        "巡河未发现非法采砂",
        "沿线没有发现新的排污口",
        "现场无采砂、取土等行为",
        "经核不存在乱倒垃圾、违建",
        "该处并非违法建筑",
        "未见漂浮物",
    ],
)
def test_what_is_denied_suggests_nothing(text: str) -> None:
    assert about(text).category is None


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("未发现采砂,但有人倾倒渣土", Category.DUMPING),
        ("无证采砂", Category.EXTRACTION),
        ("没有采砂许可证就开工采砂", Category.EXTRACTION),
        ("没有污水处理设施", Category.SEWAGE),
        ("垃圾倾倒后无人清理", Category.DUMPING),
        ("厂里的污水未经处理就排放", Category.SEWAGE),
        ("无数垃圾堆在岸边", Category.DUMPING),
        ("从未见过这么多垃圾", Category.DUMPING),
    ],
)
def test_a_denial_ends_with_its_clause_and_is_no_lack_of_a_permit(text: str, category: Category) -> None:
    assert about(text).category is category


def test_what_is_denied_first_and_told_later_counts_where_it_is_told() -> None:
    (reason,) = (one for one in about("上次未发现采砂。昨夜又在采砂").reasons if one.weight == 7)

    assert (reason.word, reason.at) == ("采砂", 12)


@pytest.mark.parametrize(
    ("text", "found", "hidden"),
    [
        ("水面漂浮垃圾", "水面漂浮垃圾", {"垃圾", "漂浮", "水面"}),
        ("建筑垃圾", "建筑垃圾", {"建筑", "垃圾", "建"}),
        ("拦河坝", "拦河坝", {"坝"}),
    ],
)
def test_a_longer_word_hides_its_parts(text: str, found: str, hidden: set[str]) -> None:
    named = words(f"修了{text}")

    assert found in named
    assert hidden.isdisjoint(named)


def test_two_words_that_only_overlap_both_count() -> None:
    assert words("非法采砂船") == ["非法采砂", "采砂船"]


def test_a_name_that_holds_a_word_shows_nothing() -> None:
    assert about("检察建议书由住房和城乡建设局转河长制办公室").category is None


def test_a_sign_counts_once_in_whichever_of_its_words() -> None:
    once, often = about("有人采砂"), about("有人采砂挖砂盗采,天天采砂")

    assert once.scores == often.scores == {Category.EXTRACTION: 7}


def test_a_building_counts_only_where_something_is_built_or_occupied() -> None:
    assert about("厂房在河道内").category is Category.BUILDING
    assert about("别墅的主人来电咨询").scores.get(Category.BUILDING) is None


def test_a_sign_does_not_count_beside_what_speaks_against_it() -> None:
    assert about("河里有垃圾").scores[Category.FLOATING_DEBRIS] == 4
    assert Category.FLOATING_DEBRIS not in about("垃圾倒在河里").scores


def test_a_hint_alone_is_not_enough_and_is_the_runner_up() -> None:
    found = about("消落带")

    assert (found.category, found.runner_up) == (None, Category.OCCUPATION)
    assert found.scores == {Category.OCCUPATION: 1}


def test_of_two_that_weigh_the_same_the_first_told_is_suggested() -> None:
    one, other = about("坍塌。开垦"), about("开垦。坍塌")

    assert one.scores == other.scores
    assert (one.category, one.runner_up) == (Category.BANK_DAMAGE, Category.OCCUPATION)
    assert (other.category, other.runner_up) == (Category.OCCUPATION, Category.BANK_DAMAGE)


@pytest.mark.parametrize("text", ["围垦养鱼", "采砂废弃", "倾倒废渣", "电鱼", "违建楼房"])
def test_traditional_characters_read_the_same(text: str) -> None:
    written = text.translate(TRADITIONAL)

    assert written != text
    assert about(written).scores == about(text).scores != {}


@pytest.mark.parametrize(
    ("one", "other"), [("COD", "ｃｏｄ"), ("劣V类", "劣Ⅴ类"), ("采砂", "采沙"), ("漂着", "飘着")]
)
def test_another_way_to_write_it_reads_the_same(one: str, other: str) -> None:
    assert about(one).scores == about(other).scores != {}


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("河边有一袋垃圾", Severity.GENERAL),
        ("河面漂着几个塑料瓶", Severity.GENERAL),
        ("企业长期在河边堆放炉渣", Severity.SERIOUS),
        ("河滩上发现危险废物", Severity.SERIOUS),
        ("未批先建两栋楼房", Severity.SERIOUS),
        ("大量建筑垃圾倒进河里", Severity.SERIOUS),
        ("饮用水源地附近有排污口", Severity.MAJOR),
        ("河道内违建,严重影响行洪", Severity.MAJOR),
        ("自然保护区内采砂", Severity.MAJOR),
        ("采砂团伙屡禁不止", Severity.MAJOR),
        ("整改后反弹,又堆了垃圾", Severity.MAJOR),
        ("两县交界处垃圾无人管", Severity.MAJOR),
        ("省级督办的违建", Severity.MAJOR),
    ],
)
def test_the_severity_follows_the_criteria(text: str, severity: Severity) -> None:
    assert about(text).severity is severity


def test_a_reason_names_word_place_weight_and_category_in_two_languages() -> None:
    (reason,) = about("夜间采沙").reasons[:1]

    assert (reason.word, reason.at) == ("采沙", 2)
    assert reason.label.zh.startswith("第 3 字“采沙”:乱采 +7(")
    assert reason.label.en == "“采沙” at 3: illegal extraction +7"


@given(some_texts)
def test_any_text_is_answered_and_the_suggestion_follows_from_its_reasons(text: str) -> None:
    found = about(text)

    places = [reason.at for reason in found.reasons]
    sums: dict[Category | Severity, int] = {}
    for reason in found.reasons:
        sums[reason.suggests] = sums.get(reason.suggests, 0) + reason.weight
        assert text[reason.at : reason.at + len(reason.word)] == reason.word
    categories = {of: weight for of, weight in sums.items() if isinstance(of, Category)}
    grades = {of: weight for of, weight in sums.items() if isinstance(of, Severity)}
    enough = [of for of in Severity if grades.get(of, 0) >= KEYWORDS.enough_for_severity.value]
    best = max(categories.values(), default=0)
    assert places == sorted(places)
    assert (found.scores, found.grades) == (categories, grades)
    assert list(found.scores.values()) == sorted(found.scores.values(), reverse=True)
    if found.category is None:
        assert best < KEYWORDS.enough_for_category.value
    else:
        assert categories[found.category] == best >= KEYWORDS.enough_for_category.value
    assert found.runner_up is None or found.runner_up is not found.category
    assert found.severity is (enough[-1] if enough else Severity.GENERAL)


@given(some_texts)
def test_no_word_that_counts_lies_inside_another_that_counts(text: str) -> None:
    spans = {
        (reason.at, reason.at + len(reason.word))
        for reason in about(text).reasons
        if isinstance(reason.suggests, Category)
    }

    assert not [(a, b) for a in spans for b in spans if a != b and b[0] <= a[0] and a[1] <= b[1]]


@given(st.sampled_from(WORDS), st.sampled_from(DENIALS))
def test_whatever_word_is_denied_in_its_clause_does_not_count(word: str, denial: str) -> None:
    far_reaching = KEYWORDS.negations[0].words

    plain = about(f"{word}。")
    denied = about(f"{denial}{word}。") if denial in far_reaching else about(f"未发现{word}。")

    assert not [reason for reason in denied.reasons if reason.word == word]
    assert sum(denied.scores.values()) <= sum(plain.scores.values())


def test_a_changed_list_changes_what_is_suggested() -> None:
    shorter = KEYWORDS.model_copy(
        update={"categories": {Category.OTHER: KEYWORDS.categories[Category.OTHER]}}
    )

    assert about("采砂").category is Category.EXTRACTION
    assert suggest("采砂", shorter).category is None
    assert Keywords.model_validate(KEYWORDS.model_dump()) == KEYWORDS
