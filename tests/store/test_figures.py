"""Figures and rows: what moved, stopped or disputed a limit is counted, and shows beside the issue."""

import pytest

from domain.issue import commands as say
from domain.issue.events import read_fact
from domain.issue.letter import write
from domain.terms import Source
from store.figures import board, figures
from store.journal import record
from store.pool import Pool
from tests.histories import golden
from tests.ops.lives import MOVED, rectifying

COUNTED = {
    "extensions_granted": "ExtensionGranted",
    "regraded": "Regraded",
    "editions_adopted": "EditionAdopted",
    "calendars_adopted": "CalendarAdopted",
}


@pytest.mark.parametrize("name", COUNTED)
async def test_figures_count_what_moved_a_limit(name: str, pool: Pool) -> None:
    await record(pool, MOVED[COUNTED[name]]().letter())

    counted = await figures(pool)

    assert {each: getattr(counted, each) for each in COUNTED} == {each: int(each == name) for each in COUNTED}


async def test_figures_count_suspensions_disputes_and_the_upper_rungs(pool: Pool) -> None:
    names = ("suspended_for_a_year", "disputed_and_ruled", "interviewed_and_referred", "extended_then_denied")
    for name in names:
        facts = tuple(read_fact(line["body"]) for line in golden.read(name)["journal"])
        await record(pool, write(None, facts)[0])

    counted = await figures(pool)

    assert (counted.suspensions, counted.reviews, counted.disputes_ruled) == (1, 4, 1)
    assert (counted.interviews, counted.referrals, counted.extensions_denied) == (1, 1, 1)


async def test_the_row_shows_what_stands_still_and_what_is_not_certain(pool: Pool) -> None:
    suspended = rectifying(source=Source.PUBLIC).say(say.SuspendClock)
    await record(pool, suspended.letter())

    (row,) = await board(pool)

    assert (row.is_suspended, row.is_provisional) == (True, True)
