"""The account on one page: every figure of it, in the words of the statement, and a picture that agrees."""

import re
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO

import pypdf
import pytest

from domain.issue import commands as c
from domain.issue import wording
from domain.issue.evolve import retell
from domain.issue.explain import Account, explain
from domain.issue.state import Issue
from domain.issue.statement import statement, sums
from domain.terms import zh
from printing.account import ANNEX, account_html, account_pdf
from printing.timeline import LATE, RAN, scale_of, timeline
from tests.rules.explained import BEGUN, NAMES, live, lives
from tests.rules.given import at


@cache
def told(name: str) -> tuple[Issue, Account]:
    journal, as_of = lives()[name]
    issue = retell(journal)
    return issue, explain(issue, at(as_of))


@cache
def paused(times: int) -> tuple[Issue, Account]:
    """Return a life whose clock was stopped and went on so many times."""
    day = datetime(2026, 11, 24, 9)  # noqa: DTZ001 - as it is read in China
    words = [
        (f"{day + timedelta(hours=2 * turn + after):%m-%d %H:%M}", kind)
        for turn in range(times)
        for after, kind in enumerate((c.SuspendClock, c.ResumeClock))
    ]
    issue = retell(live(*BEGUN, *words))
    return issue, explain(issue, issue.at + timedelta(hours=9))


@cache
def read(name: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(account_pdf(*told(name))))


def flat(text: str) -> str:
    return re.sub(r"\s|\u3000", "", text)


def on_paper(reader: pypdf.PdfReader) -> str:
    return flat("".join(page.extract_text() for page in reader.pages))


def chinese(account: Account) -> list[str]:
    return statement(account).partition("\n\nAccount of")[0].splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_an_account_is_one_page_and_says_every_line_of_the_statement(name: str) -> None:
    _, account = told(name)

    said = on_paper(read(name))

    assert len(read(name).pages) == 1
    for line in chinese(account):
        assert flat(line) in said, line


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_account_is_on_the_page(name: str) -> None:
    issue, account = told(name)
    said = on_paper(read(name))

    figures = [issue.issue_id, account.digest, account.edition, account.calendar_version]
    figures.append(wording.moment(account.as_of))
    for clock in account.clocks:
        figures += [wording.moment(each) for each in (clock.started_at, clock.first_limit_at, clock.limit_at)]
        figures += [wording.moment(each.until) for each in clock.stretches]
        figures += [wording.moment(each.at) for each in (*clock.passed, *clock.undone, *clock.withdrawn)]
        figures += [each.zh for each in sums(clock)]
        figures += [each.by for each in clock.changes if each.by]
    assert [figure for figure in figures if flat(figure) not in said] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_statement_is_attached_whole_in_both_languages(name: str) -> None:
    (attached,) = read(name).attachments[ANNEX]

    assert attached.decode() == statement(told(name)[1])


def test_a_life_of_thirty_stretches_fits_on_one_page_whole() -> None:
    issue, account = paused(7)
    reader = pypdf.PdfReader(BytesIO(account_pdf(issue, account)))

    assert sum(len(clock.stretches) for clock in account.clocks) > 30
    assert len(reader.pages) == 1
    said = on_paper(reader)
    assert "其余见" not in said
    assert [line for line in chinese(account) if flat(line) not in said] == []


@pytest.mark.parametrize("times", [14, 60])
def test_what_can_fit_in_no_way_is_named_and_left_to_the_annex(times: int) -> None:
    issue, account = paused(times)
    reader = pypdf.PdfReader(BytesIO(account_pdf(issue, account)))

    assert len(reader.pages) == 1
    assert f"其余见本文件所附《{ANNEX}》" in on_paper(reader)
    assert flat(chinese(account)[3]) in on_paper(reader)
    assert f"{len(account.clocks)}.{zh(account.clocks[-1].clock)}" in on_paper(reader)
    assert reader.attachments[ANNEX][0].decode() == statement(account)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_has_a_bar_for_each_stretch_and_red_only_after_a_limit(name: str) -> None:
    _, account = told(name)

    drawn = timeline(account).partition("节点")[0]

    still = [each for clock in account.clocks for each in clock.stretches if not each.is_running]
    beyond = [
        each
        for clock in account.clocks
        for each in clock.stretches
        if each.is_running and each.until > clock.limit_at and each.until > each.since
    ]
    legend = 1
    assert drawn.count('fill="url(#still)"') == len(still) + legend
    assert drawn.count(f'height="11.0" fill="{LATE}"') == len(beyond)
    assert drawn.count(f'fill="{RAN}"') >= legend


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_happened_stands_at_the_edge_because_it_lies_beyond(name: str) -> None:
    _, account = told(name)

    scale = scale_of(account)

    moments = [each.until for clock in account.clocks for each in clock.stretches]
    assert all(scale.since <= moment <= scale.until for moment in (*moments, account.as_of))


def test_a_later_bar_stands_further_right_and_a_longer_one_is_wider() -> None:
    _, account = told("late")
    scale = scale_of(account)

    ends = [scale.x(each.until) for clock in account.clocks for each in clock.stretches]

    assert ends == sorted(ends)
    assert scale.x(account.as_of) == max(ends)


def test_a_title_that_people_wrote_is_text_on_the_page() -> None:
    issue, account = told("late")

    page = account_html(issue.model_copy(update={"title": "<script>alert(1)</script>"}), account)

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_same_account_is_the_same_bytes() -> None:
    assert account_pdf(*told("suspended")) == account_pdf(*told("suspended"))
