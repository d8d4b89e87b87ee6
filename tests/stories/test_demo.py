"""演示: the scripted people's words lead where the story promises, on any day; told without a server."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from demo import lines, quarrels
from demo.calendars import ASSUMED, assumed_beside, write_rules
from demo.cast import FOR_THE_STATEMENT, OF_NEXT_YEAR, QUARRELS, Part, Scene, Temper, part_of
from demo.ending import KEPT, PROMISED, Ending
from demo.papers import PAPERS
from domain import posts
from domain.issue import commands as say
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.report import Report
from domain.terms import Clock, Level, Stage
from domain.workdays import CHINA, local_day
from reading.calendar import read_calendar
from reading.registry import read_registry
from reading.rulebook import rule_in_force

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules" / "demo.yaml"
NOW = datetime(2026, 11, 23, 9, tzinfo=CHINA)
DAYS = [date(year, month, day) for year in (2026, 2027, 2031) for month, day in ((1, 1), (6, 30), (12, 31))]
BOOK = rule_in_force(RULES, NOW.date())
REGISTRY = read_registry(ROOT / "registry" / "ziyang")
SAMPLES = (ROOT / "samples" / "ziyang_reports.jsonl").read_text(encoding="utf-8").splitlines()
PLACES = {json.loads(line)["id"]: place for place, line in enumerate(SAMPLES)}
QUARRELSOME = [name for name, place in PLACES.items() if part_of(name, place).temper in QUARRELS]


def opened(report_id: str) -> tuple[Issue, list[Event]]:
    """Open the issue of a sample as the desk does."""
    report = Report.model_validate_json(SAMPLES[PLACES[report_id]])
    finder = posts.post_level(report.finder) if report.finder else None
    rules = BOOK.excerpt(
        report.category,
        report.severity,
        report.source,
        local_day(NOW),
        circumstances=report.circumstances,
        finder=finder,
    )
    command = say.OpenIssue(
        id="open-1",
        by=posts.office(report.division, Level.COUNTY),
        said_at=NOW,
        issue_id="512002-2026-000001",
        report=sha256(report_id.encode()).hexdigest(),
        rules=rules,
        **report.model_dump(include={"category", "severity", "source", "finder", "reach", "division"}),
        circumstances=report.circumstances,
    )
    facts = open_issue(command, NOW)
    return retell(facts), facts


def played(report_id: str, until: Callable[[Issue], bool], each: timedelta) -> tuple[Issue, Counter[str]]:
    """Let the people of an issue speak every so often; return the issue and how often each fact came."""
    issue, facts = opened(report_id)
    scene, now = Scene(part_of(report_id, PLACES[report_id])), NOW
    document = "ab" * 16
    for number in range(200):
        now += each
        told = let_time_pass(issue, now)
        issue = after(issue, told)
        base = {"id": f"word-{number}", "said_at": now}
        turn = quarrels.turn(issue, scene, base, document, BOOK)
        word = turn.word if turn.goes_on else lines.line(issue, scene, base, document, REGISTRY)
        heard = decide(issue, word, now) if word else []
        issue, facts = after(issue, heard), [*facts, *told, *heard]
        if until(issue):
            break
    return issue, Counter(type(event).__name__ for event in facts)


@pytest.mark.parametrize("report_id", [name for name in QUARRELSOME if name != OF_NEXT_YEAR])
@pytest.mark.parametrize("each", [0.5, 1.5], ids=["an idle machine", "a busy machine"])
def test_every_quarrel_is_played_and_its_issue_closes(report_id: str, each: float) -> None:
    issue, facts = played(report_id, lambda issue: issue.is_over, timedelta(seconds=each))

    assert issue.stage is Stage.CLOSED
    promised = {
        Temper.GIVEN_TIME: {"ExtensionGranted"},
        Temper.REFUSED_TIME: {"ExtensionDenied"},
        Temper.SUSPENDED: {"ClockSuspended", "SuspensionReviewDue", "SuspensionUpheld", "ClockResumed"},
        Temper.NOT_OURS: {"HandedBack", "DisputeOpened", "DisputeRuled"},
        Temper.WORSE: {"Regraded"},
    }
    assert promised[part_of(report_id, PLACES[report_id]).temper] <= set(facts)


def test_whoever_is_refused_again_and_again_gives_in() -> None:
    scene = Scene(Part(Temper.NOT_OURS))
    issue, _ = played("LS037", lambda issue: issue.stage is Stage.PLANNING, timedelta(seconds=1))

    turns = [quarrels.turn(issue, scene, {"id": "a", "said_at": NOW}, "ab" * 16, None) for _ in range(11)]

    assert [turn.goes_on for turn in turns] == [*[True] * quarrels.ENOUGH, False]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_on_any_day_a_limit_is_provisional_and_the_assumed_calendar_makes_it_certain(
    today: date, tmp_path: Path
) -> None:
    at = datetime(today.year, today.month, today.day, 9, tzinfo=CHINA)
    live = write_rules(RULES, tmp_path, today)
    report = Report.model_validate_json(SAMPLES[PLACES[OF_NEXT_YEAR]])
    kind = (report.category, report.severity, report.source)

    ends = []
    for file in (live, assumed_beside(live)):
        rules = rule_in_force(file, today).excerpt(*kind, today, circumstances=report.circumstances)
        ends.append(rules.counting.ends(rules.clocks[Clock.RECTIFY].limit, at))

    assert [end.provisional for end in ends] == [True, False]


def test_an_assumed_year_says_that_it_is_no_notice(tmp_path: Path) -> None:
    live = write_rules(RULES, tmp_path, NOW.date())

    (path,) = (assumed_beside(live).parent / "calendar").glob("*.yaml")

    assert path.read_text(encoding="utf-8").startswith(f"# {ASSUMED}")
    published = read_calendar(RULES.parent / "calendar" / path.name).published_through
    years = read_calendar(path).years
    assert {years[year].notice for year in years if year > published} == {ASSUMED}
    assert max(years) > published


def test_the_report_whose_limit_is_explained_is_suspended_and_a_part_left_out_fails_the_story() -> None:
    told = ("chain_ok", "retold_equal", *KEPT)
    counts = {**dict.fromkeys(told, True), **dict.fromkeys(PROMISED, 1), "papers": PAPERS}

    assert part_of(FOR_THE_STATEMENT, 0).temper is Temper.SUSPENDED
    assert Ending(counts).is_true
    assert Ending({**counts, "reviews": 0}).left_out == ["reviews"]
    assert Ending({**counts, "papers": PAPERS[1:]}).left_out == ["papers"]
    for name in KEPT:
        assert not Ending({**counts, name: ()}).is_true
