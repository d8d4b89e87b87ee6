import re
from pathlib import Path

import pytest

from domain.posts import answers_for
from domain.report import Report
from domain.terms import Category, Circumstance, Origin, Severity, Source
from reading.registry import Registry, read_registry
from reading.reports import Rejected, read_reports
from samples.choices import CHOICES

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
MIRRORED = frozenset((Path(__file__).parent / "mirrored_ledger_ids.txt").read_text().split())
ZIYANGS_OWN = {"LS002", "LS012", "LS015", "LS018", "LS040", "LS047", "LS052", "LS084", "LS088"}
PRIVATE = {
    "a mobile number": r"(?<!\d)1[3-9]\d{9}(?!\d)",
    "a landline number": r"(?<!\d)0\d{2,3}[-— ]?\d{7,8}(?!\d)",
    "an identity number": r"(?<!\d)\d{17}[\dXx](?!\d)",
    "a mail address": r"[\w.]+@[\w.]+",
    "a person's name": r"[\u4e00-\u9fff](某某|某(?![一-龥]*(水库|河|项目))|先生|女士|老汉|大爷|大妈)",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(ROOT / "registry" / "ziyang")


@pytest.fixture(scope="module")
def reports(registry: Registry) -> list[Report]:
    lines = [line for _, line in read_reports(SAMPLES / "ziyang_reports.jsonl", registry)]
    assert [line.reason.en for line in lines if isinstance(line, Rejected)] == []
    return [line for line in lines if isinstance(line, Report)]


@pytest.fixture(scope="module")
def story(registry: Registry) -> list[Report | Rejected]:
    return [line for _, line in read_reports(SAMPLES / "story_reports.jsonl", registry)]


def test_every_choice_became_one_report(reports: list[Report]) -> None:
    assert [report.id for report in reports] == list(CHOICES)
    assert len({report.id for report in reports}) == len(reports) == 61


def test_all_of_ziyangs_own_entries_are_there_and_the_others_are_marked_as_borrowed(
    reports: list[Report],
) -> None:
    assert {report.id for report in reports if not report.borrowed} == ZIYANGS_OWN
    assert all(report.true_place for report in reports)


def test_the_samples_spread_over_counties_reaches_and_categories(reports: list[Report]) -> None:
    assert {report.division[:6] for report in reports} == {"512002", "512021", "512022"}
    assert len({report.reach for report in reports}) >= 20
    assert len({report.category for report in reports}) >= 10


@pytest.mark.parametrize(
    ("severity", "share"), [(Severity.GENERAL, 0.6), (Severity.SERIOUS, 0.3), (Severity.MAJOR, 0.1)]
)
def test_severities_are_mixed_as_in_practice(reports: list[Report], severity: Severity, share: float) -> None:
    found = sum(report.severity == severity for report in reports) / len(reports)

    assert found == pytest.approx(share, abs=0.03)


def test_a_serious_matter_stands_on_the_reach_whose_county_chief_is_vacant(
    reports: list[Report], registry: Registry
) -> None:
    serious = [report for report in reports if report.severity == Severity.SERIOUS]

    assert any(registry.vacant_posts(report.division, report.reach) for report in serious)


def test_every_finder_is_a_post_of_the_registry_that_answers_for_the_place(
    reports: list[Report], registry: Registry
) -> None:
    found = [report for report in reports if report.finder]

    assert {report.source for report in found} == {Source.PATROL, Source.INSPECTION}
    for report in found:
        assert report.finder in registry.posts
        assert answers_for(report.finder, report.division, report.reach), report.id


def test_what_was_left_by_a_storm_is_marked_so_where_the_text_says_it(reports: list[Report]) -> None:
    after_storm = [report for report in reports if Circumstance.AFTER_STORM in report.circumstances]

    assert [report.id for report in after_storm] == ["LS016"]
    assert "暴雨后" in after_storm[0].text
    assert after_storm[0].category == Category.FLOATING_DEBRIS


def test_no_sample_leads_to_a_mirror(reports: list[Report], story: list[Report | Rejected]) -> None:
    linked = {line.id for line in (*reports, *story) if isinstance(line, Report) and line.source_url}

    assert linked & MIRRORED == set()
    assert len(linked) > 30


@pytest.mark.parametrize("what", PRIVATE)
@pytest.mark.parametrize("file", ["ziyang_reports.jsonl", "story_reports.jsonl"])
def test_no_sample_names_a_person(file: str, what: str) -> None:
    text = re.sub(r'"source_url": "[^"]*"', "", (SAMPLES / file).read_text(encoding="utf-8"))

    assert re.findall(PRIVATE[what], text) == []


def test_the_story_holds_one_of_each_special_line(
    story: list[Report | Rejected], reports: list[Report], registry: Registry
) -> None:
    by_id = {report.id: report for report in reports}
    again, same_thing, recurrence, stock, hazardous, unfounded, *bad = story

    assert again == by_id["LS077"]
    assert isinstance(same_thing, Report)
    assert same_thing.id not in by_id
    assert (same_thing.reach, same_thing.category) == (by_id["LS077"].reach, by_id["LS077"].category)
    assert isinstance(recurrence, Report)
    earlier = by_id[recurrence.recurrence_of or ""]
    assert (recurrence.reach, recurrence.category) == (earlier.reach, earlier.category)
    assert isinstance(stock, Report)
    assert stock.origin == Origin.STOCK
    assert stock.plan_on is not None
    assert isinstance(hazardous, Report)
    assert hazardous.circumstances == (Circumstance.HAZARDOUS,)
    assert isinstance(unfounded, Report)
    assert unfounded.id == "LS021"
    unknown_category, broken = bad
    assert isinstance(unknown_category, Rejected)
    assert "category" in unknown_category.reason.en
    assert isinstance(broken, Rejected)
    assert "JSON" in broken.reason.en
