"""时限说明书: the account of an issue on one page: a picture, a table, and the words of the statement."""

import sys
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from domain.issue import wording
from domain.issue.explain import Account, ClockAccount
from domain.issue.state import Issue
from domain.issue.statement import STANDINGS, head, statement, sums, told
from domain.terms import zh
from domain.written import written
from printing.html import render
from printing.pdf import Annex, LaidOut
from printing.timeline import timeline

ANNEX = "时限说明书.txt"


class Form(NamedTuple):
    """How the words are set: their size in points, their columns, and whether the lines of a clock run on."""

    size: float
    columns: int = 2
    runs_on: bool = False


_FORMS = (
    *(Form(size) for size in (8.5, 8.0, 7.5, 7.0, 6.5)),
    *(Form(size, columns=3, runs_on=True) for size in (6.5, 6.0, 5.5, 5.0)),
)
"""From comfortable to what can still be read on paper."""

_CLOCKS, _LINES = 36, 240
"""Of so many clocks, the latest, there is a row in the picture and in the table; more lines never fit."""


class Row(NamedTuple):
    """One clock in the table."""

    clock: str
    limit: str
    source: str
    edition: str
    started: str
    ends: str
    moved: str
    ran: str
    still: str
    elapsed: str
    standing: str
    is_late: bool


def account_pdf(issue: Issue, account: Account) -> bytes:
    """Return the account as a PDF of one page, the statement in both languages attached; raises NotInstalled.

    The words shrink until all of them fit; only what does not fit in the least form is left to the annex.
    """

    def on_one_page(form: Form, shown: int | None = None) -> LaidOut | None:
        pages = LaidOut(account_html(issue, account, form, shown))
        return pages if pages.count == 1 else None

    annex = Annex(ANNEX, statement(account))
    lines = sum(1 + len(lines) for _, lines in _sections(account))
    if lines <= _LINES and len(account.clocks) <= _CLOCKS:
        first = bisect_left(_FORMS, 1, key=lambda form: on_one_page(form) is not None)
        if first < len(_FORMS) and (whole := on_one_page(_FORMS[first])):
            return whole.pdf(annex)
    few = range(min(lines, _LINES))
    too_many = bisect_left(few, 1, key=lambda shown: on_one_page(_FORMS[-1], shown) is None)
    return LaidOut(account_html(issue, account, _FORMS[-1], max(0, too_many - 1))).pdf(annex)


def account_html(issue: Issue, account: Account, form: Form = _FORMS[0], shown: int | None = None) -> str:
    """Return the page; `shown` is how many lines of the statement stand on it, all if it is left out."""
    said = [line.zh for line in head(account)]
    latest = account.clocks[-_CLOCKS:]
    first = 1 + len(account.clocks) - len(latest)
    return render(
        "account.html",
        issue=issue,
        subject=wording.subject(issue),
        chief=wording.post(issue.chief),
        stage=zh(issue.stage),
        title=said[0],
        by=said[1:],
        rows=[(place, _row(clock)) for place, clock in enumerate(latest, first)],
        picture=Markup(timeline(account.model_copy(update={"clocks": latest}), first)),  # noqa: S704 - drawn here
        sections=list(_cut(account, shown)),
        rest=ANNEX if shown is not None or first > 1 else "",
        form=form,
    )


def _row(clock: ClockAccount) -> Row:
    ran, still, elapsed = sums(clock)
    ends = wording.moment(clock.limit_at)
    return Row(
        clock=zh(clock.clock),
        limit=written(clock.limit),
        source=wording.ground(clock.source),
        edition=clock.edition,
        started=wording.moment(clock.started_at),
        ends=f"{ends}(暂定)" if clock.provisional else ends,
        moved="、".join(dict.fromkeys(filter(None, (each.by for each in clock.changes)))) or "—",
        ran=ran.zh,
        still=still.zh,
        elapsed=elapsed.zh,
        standing=STANDINGS[clock.standing].zh,
        is_late=clock.is_late,
    )


def _sections(account: Account) -> Iterator[tuple[str, list[str]]]:
    for place, clock in enumerate(account.clocks, 1):
        first, *lines = (line.zh for line in told(place, clock))
        yield first, [line.strip() for line in lines]


def _cut(account: Account, shown: int | None) -> Iterator[tuple[str, list[str]]]:
    """Yield the sections as far as so many lines go, their first lines among them."""
    left = sys.maxsize if shown is None else shown
    for first, lines in _sections(account):
        if left <= 0:
            return
        yield first, lines[: left - 1]
        left -= 1 + len(lines)
