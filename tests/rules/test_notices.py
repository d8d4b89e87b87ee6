import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import Effect, effects_of
from domain.issue.evolve import evolve
from domain.issue.fact_base import Event
from domain.issue.letter import write
from domain.issue.message import Kind
from domain.issue.state import Issue
from domain.issue.wording import FACTS, told
from domain.terms import Severity, Source, Stage
from tests.rules.given import (
    CITY,
    CITY_OFFICE,
    COUNTY,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    FARMING,
    GENERAL_CHIEF,
    MONDAY,
    PATROLLER,
    REASON,
    TOWNSHIP_CHIEF,
    TOWNSHIP_OFFICE,
    WATER,
    Facts,
    an_issue,
    at,
    opened,
    opening,
    say,
    wait,
    walk,
    word,
)

Told = dict[str, list[Effect]]


def effects(issue: Issue, facts: Facts) -> Told:
    """Let facts happen; return what each kind of fact causes."""
    caused: Told = {}
    for fact in facts:
        issue = evolve(issue, fact)
        caused.setdefault(type(fact).__name__, []).extend(effects_of(issue, fact))
    return caused


def found() -> Issue:
    return an_issue(source=Source.PATROL, finder=PATROLLER)


def after_word(stage: Stage, kind: type[Command], **more: object) -> list[Effect]:
    """Return what the last fact of a word causes that is said at a stage."""
    severity = more.pop("severity", Severity.GENERAL)
    issue = walk(an_issue(source=Source.PATROL, finder=PATROLLER, severity=severity), stage)
    if kind is c.AcceptPlan:
        issue, _ = say(issue, word(issue, c.SubmitPlan))
    facts = say(issue, word(issue, kind, **more))[1]
    return effects(issue, facts)[type(facts[-1]).__name__]


SERIOUS = Severity.SERIOUS


@pytest.mark.parametrize(
    ("stage", "kind", "more", "addressees", "says"),
    [
        (Stage.DISCOVERED, c.RecordStop, {}, [TOWNSHIP_OFFICE], "【待交办】"),
        (Stage.DISCOVERED, c.NothingToStop, {}, [TOWNSHIP_OFFICE], "【待交办】"),
        (Stage.DISCOVERED, c.ReportCannotStop, {}, [COUNTY_CHIEF, COUNTY_OFFICE], "制止无效,由县级河长"),
        (Stage.STOPPED, c.Assign, {}, [WATER, TOWNSHIP_CHIEF], "【交办】"),
        (Stage.PLANNING, c.SubmitPlan, {"severity": SERIOUS}, [COUNTY_CHIEF], "请审定"),
        (Stage.PLANNING, c.AcceptPlan, {"severity": SERIOUS}, [WATER], "【方案同意】"),
        (Stage.RECTIFYING, c.ReportRectified, {}, [COUNTY_OFFICE], "【待核查】"),
        (Stage.VERIFYING, c.AcceptRectification, {}, [COUNTY_OFFICE], "【待销号】"),
        (Stage.VERIFYING, c.AcceptRectification, {"severity": SERIOUS}, [CITY_OFFICE], "【待销号】"),
        (Stage.VERIFYING, c.RejectRectification, {}, [WATER, TOWNSHIP_CHIEF], "第 1 次退回"),
        (Stage.ACCEPTED, c.Close, {}, [PATROLLER, TOWNSHIP_CHIEF], "回头看日期:2027-02-21"),
        (Stage.DISCOVERED, c.Dismiss, {}, [PATROLLER, TOWNSHIP_CHIEF], "【无效】"),
        (Stage.DISCOVERED, c.MergeInto, {}, [PATROLLER, TOWNSHIP_CHIEF], "512022-2026-000999"),
        (Stage.RECTIFYING, c.Reassign, {}, [FARMING, TOWNSHIP_CHIEF], FARMING),
        (Stage.RECTIFYING, c.AnnounceVacancy, {}, [COUNTY_CHIEF, COUNTY_OFFICE], "岗位空缺,由县级河长"),
        (Stage.RECTIFYING, c.AttachReport, {}, [], ""),
    ],
)
def test_a_word_is_told_to_those_who_act_next(
    stage: Stage, kind: type[Command], more: dict[str, object], addressees: list[str], says: str
) -> None:
    told = after_word(stage, kind, **more)

    assert [effect.addressee for effect in told] == addressees
    assert all(says in effect.text and effect.kind is Kind.NOTICE for effect in told)


def test_an_opening_is_told_to_the_chief_and_the_office() -> None:
    issue, facts = opened(opening())

    told = effects_of(issue, facts[0])

    assert [effect.addressee for effect in told] == [TOWNSHIP_CHIEF, TOWNSHIP_OFFICE]
    assert told[0].text == (
        "【立案】512022-2026-000123 乱堆 · 蟠龙河·蟠龙镇段 · 一般:发现渠道:视频监控,请乡镇级河长组织制止。"
    )
    assert told[0].number == 1


def test_a_failed_stop_is_told_to_the_office() -> None:
    issue = an_issue()

    told = effects(issue, say(issue, word(issue, c.ReportCannotStop))[1])

    assert [effect.addressee for effect in told["StoppingFailed"]] == [TOWNSHIP_OFFICE]


def test_each_rung_has_its_act_its_addressees_and_its_issuer() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))

    told = effects(issue, wait(issue, at("12-10 17:30"))[1])

    acts = {
        kind: (sent[0].kind, [effect.addressee for effect in sent], sent[0].issuer)
        for kind, sent in told.items()
    }
    acts["Escalated"] = (acts["Escalated"][0], acts["Escalated"][1][:3], acts["Escalated"][2])
    assert acts == {
        "EarlyReminded": (Kind.NOTICE, [WATER, TOWNSHIP_CHIEF], None),
        "Lapsed": (Kind.NOTICE, [WATER, TOWNSHIP_CHIEF, TOWNSHIP_OFFICE], None),
        "Ordered": (Kind.ORDER, [WATER, TOWNSHIP_CHIEF], TOWNSHIP_OFFICE),
        "Escalated": (Kind.NOTICE, [COUNTY_CHIEF, TOWNSHIP_CHIEF, WATER], None),
        "BulletinDrafted": (Kind.BULLETIN, [WATER, f"government:{COUNTY}", GENERAL_CHIEF], f"office:{CITY}"),
    }
    assert "整改时限 2026-11-26 17:30已届满" in told["Lapsed"][0].text
    assert "责任河长提级为县级河长" in told["Escalated"][0].text
    assert "列入第 1 次通报" in told["BulletinDrafted"][0].text


def test_one_rejection_too_many_says_why_it_climbs() -> None:
    issue = walk(an_issue(rules={"rejections": 0}), Stage.VERIFYING)

    told = effects(issue, say(issue, word(issue, c.RejectRectification))[1])

    assert "核查多次不合格" in told["Escalated"][0].text


def test_a_withdrawn_lapse_is_countermanded_to_everybody_who_was_told() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))
    in_time = word(issue, c.ReportRectified, at("11-26 12:00"))
    issue, _ = wait(issue, at("12-03 18:00"))

    told = effects(issue, say(issue, in_time, at("12-03 18:00"))[1])["LapseWithdrawn"]

    assert [effect.addressee for effect in told] == [WATER, TOWNSHIP_CHIEF, TOWNSHIP_OFFICE, COUNTY_CHIEF]
    assert {effect.kind for effect in told} == {Kind.COUNTERMAND}


def test_a_provisional_limit_is_told_as_such() -> None:
    issue = walk(an_issue(said_at=at("12-30 08:00")), Stage.STOPPED)

    told = effects(issue, say(issue, word(issue, c.Assign, at("12-30 09:00")))[1])["Assigned"]

    assert "整改时限 2027-01-04 17:30(暂定)" in told[0].text


def lived_through() -> list[tuple[Issue, Event]]:
    """Every kind of fact that a word with a reason makes, and the ladder's, with the issue that each made."""
    seen: list[tuple[Issue, Event]] = []

    def hear(issue: Issue, facts: Facts) -> Issue:
        for fact in facts:
            issue = evolve(issue, fact)
            seen.append((issue, fact))
        return issue

    def speak(issue: Issue, *words: type[Command]) -> Issue:
        for kind in words:
            issue = hear(issue, say(issue, word(issue, kind))[1])
        return issue

    speak(an_issue(), c.NothingToStop)
    speak(an_issue(source=Source.PUBLIC), c.ReportCannotStop, c.ReplyToReporter, c.AttachReport, c.Dismiss)
    issue = speak(an_issue(), c.RecordStop, c.Assign, c.Reassign)
    hear(issue, wait(issue, MONDAY + timedelta(days=90))[1])
    speak(issue, c.ReportRectified, c.RejectRectification, c.ReportRectified, c.AcceptRectification, c.Close)
    return seen


def test_every_text_is_chinese_and_carries_no_reason_and_no_evidence() -> None:
    seen = lived_through()
    texts = [effect.text for issue, fact in seen for effect in effects_of(issue, fact)]

    assert len(texts) > 30
    for text in texts:
        assert re.match(r"^【[一-鿿]+】512022-2026-000123 乱堆 · ", text)
        assert REASON not in text
        assert "abab" not in text
        assert not re.search(r"[a-z]{4,}", re.sub(r"\b(unit|chief|general|office):\S+", "", text))


def test_one_act_for_one_addressee() -> None:
    seen = lived_through()

    for issue, fact in seen:
        acts = [(effect.number, effect.kind, effect.addressee) for effect in effects_of(issue, fact)]
        assert len(acts) == len(set(acts))
        assert all(number == issue.number for number, _, _ in acts)


def test_every_kind_of_fact_has_its_chinese_name() -> None:
    kinds = {kind.__name__ for kind in Event.__subclasses__()}

    assert set(FACTS) == kinds


def test_a_letter_takes_facts_in_order_and_leaves_the_rest() -> None:
    first = opened(opening())[1]
    issue, more = wait(an_issue(), MONDAY + timedelta(days=30))

    letter, stands, left = write(None, (*first, *more), limit=3)
    second, end, nothing = write(stands, left)

    assert [line.number for line in letter.lines] == [1, 2, 3]
    assert (letter.before, letter.tail, second.before) == ("0" * 64, stands.tail, stands.tail)
    assert (nothing, end) == ((), issue)
    assert second.head.chief == issue.chief
    assert second.head.is_overdue


@pytest.mark.parametrize(
    ("facts", "error"),
    [(lambda: (), ValueError), (lambda: tuple(say(found(), word(found(), c.RecordStop))[1]), TypeError)],
)
def test_a_letter_begins_at_the_beginning(
    facts: Callable[[], tuple[Event, ...]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        write(None, facts())


def test_what_is_told_late_says_when_it_was_due() -> None:
    due = at("11-26 17:30")

    in_time = told("【催办】请立即办理。", due, due + timedelta(minutes=1))
    late = told("【催办】请立即办理。", due, due + timedelta(hours=2))

    assert in_time == "【催办】请立即办理。"
    assert late == "【催办】请立即办理。(本告知应于 2026-11-26 17:30 发出,迟至 2026-11-26 19:30 送达)"
