"""查询条件: which requests a client asks for: which codes, which span of time, which page."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.model import FIRST_YEAR, LAST_YEAR, Label
from intake.open311.services import category_of
from intake.problems import Problem, wrong
from store.lead_rows import Page

SPAN = timedelta(days=90)
"""The longest span of time that may be asked for at once, as the standard says."""
MOST_ON_A_PAGE = 1000
"""The standard's own limit."""
MOST_PAGES = 100_000

_A_SECOND = timedelta(seconds=1)

NOT_A_MOMENT = Label(
    "须为带时区的时间,如 2026-11-24T00:00:00Z", "give a moment with its time zone: 2026-11-24T00:00:00Z"
)
TOO_LONG_A_SPAN = Label("起止时间最多相隔 90 天,且先起后止", "start_date to end_date spans at most 90 days")
NOT_A_STATUS = Label("status 为 open 或 closed", "status is open or closed")
NOT_A_PAGE = Label(f"须为 1 至 {MOST_PAGES} 的整数", f"a whole number from 1 to {MOST_PAGES}")
NOT_A_SIZE = Label(f"须为 1 至 {MOST_ON_A_PAGE} 的整数", f"a whole number from 1 to {MOST_ON_A_PAGE}")


class Asked(NamedTuple):
    """What stands in the address, each argument as often as it was given."""

    service_code: Sequence[str]
    status: Sequence[str]
    start_date: str | None
    end_date: str | None
    page: str | None
    page_size: str | None


def wanted(asked: Asked, now: datetime) -> Page:
    """Return what is asked for; Problem 400 or 404 names what is wrong."""
    since, until = _span(_moment("start_date", asked.start_date), _moment("end_date", asked.end_date), now)
    size = _whole("page_size", asked.page_size, MOST_ON_A_PAGE, NOT_A_SIZE, otherwise=MOST_ON_A_PAGE)
    page = _whole("page", asked.page, MOST_PAGES, NOT_A_PAGE, otherwise=1)
    categories = tuple(category_of(code) for code in listed(asked.service_code))
    statuses = {status.lower() for status in listed(asked.status)}
    if statuses - {"open", "closed"}:
        raise Problem(400, "not-a-status", NOT_A_STATUS)
    return Page(
        since,
        until + _A_SECOND,
        categories or None,
        "closed" in statuses if len(statuses) == 1 else None,
        size,
        (page - 1) * size,
    )


def listed(values: Sequence[str]) -> list[str]:
    """Return what is listed, with commas or by saying an argument several times; empty is not said."""
    return [one.strip() for value in values for one in value.split(",") if one.strip()]


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    if start and end:
        if not timedelta() <= end - start <= SPAN:
            raise Problem(400, "too-long-a-span", TOO_LONG_A_SPAN)
        return start, end
    if start:
        return start, start + SPAN
    last = end or now
    return last - SPAN, last


def _moment(name: str, said: str | None) -> datetime | None:
    if not said or not said.strip():
        return None
    # A plus that a client did not write as %2B arrives as a blank.
    text = said.strip().replace(" ", "+") if "T" in said else said
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_moment(name) from None
    if moment.tzinfo is None or not FIRST_YEAR < moment.year < LAST_YEAR:
        raise _not_a_moment(name)
    return moment.astimezone(UTC).replace(microsecond=0)


def _not_a_moment(name: str) -> Problem:
    return Problem(400, "not-a-moment", NOT_A_MOMENT, [wrong(name, NOT_A_MOMENT)])


def _whole(name: str, said: str | None, most: int, reason: Label, *, otherwise: int) -> int:
    text = (said or "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Problem(400, "not-a-number", reason, [wrong(name, reason)])
    return int(text)
