"""The herald: every turn of a post is heard by the open issues below it, once, whatever breaks."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.service import RPCError, RPCStatusCode

from activities.herald import ANNOUNCE_WITHIN, LOOK_EVERY, UNREACHED, Announcement, Herald
from domain.issue.commands import AnnounceHolder, AnnounceVacancy
from domain.posts import Post
from domain.roster import Absence, Capacity, Roster, Tenure
from domain.terms import PostKind
from store.journal import record
from store.pool import Pool
from store.roster import keep_roster, load_posts, roster_now
from store.turns import Answer, to_announce
from tests.rules.test_roster_property import LOOK, WITHIN
from tests.store.conftest import ROSTER, Row
from tests.store.letters import COUNTY_CHIEF, TOWN_CHIEF, closed, escalated

ISSUE, OTHER = "512022-2026-000001", "512022-2026-000002"
CITY_CHIEF = "chief:512000000000:R03-01"
TOWN = ROSTER[0]


class Ear:
    """An issue's ear: remembers what it was told, and answers, or is out of reach for a while."""

    def __init__(self, answer: Answer = "heard", deaf: int = 0) -> None:
        self.told: list[tuple[str, Announcement]] = []
        self.alarms: list[tuple[str, str]] = []
        self._answer = answer
        self._deaf = deaf

    async def __call__(self, issue_id: str, command: Announcement) -> Answer:
        self.told.append((issue_id, command))
        if self._deaf:
            self._deaf -= 1
            raise RPCError("gone", RPCStatusCode.UNAVAILABLE, b"")
        return self._answer

    async def alarm(self, _pool: Pool, kind: str, subject: str, _text: str) -> None:
        self.alarms.append((kind, subject))

    def words(self) -> list[tuple[str, type[Announcement], Post]]:
        return [(issue_id, type(word), word.post) for issue_id, word in self.told]


def herald(ear: Ear) -> Herald:
    return Herald("", ear, ear.alarm)


async def vacate(pool: Pool, *posts: Post) -> None:
    await load_posts(
        pool, [Row(row.post, row.name_zh, row.level, None) for row in ROSTER if row.post in posts]
    )


async def fill(pool: Pool, *posts: Post) -> None:
    await load_posts(pool, [row for row in ROSTER if row.post in posts])


async def test_at_first_nothing_has_changed(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear()

    await herald(ear).look(staffed)

    assert ear.words() == []


async def test_open_issues_hear_of_a_vacancy_and_of_a_new_holder(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear()

    await vacate(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)
    await fill(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)

    assert ear.words() == [(ISSUE, AnnounceVacancy, TOWN_CHIEF), (ISSUE, AnnounceHolder, TOWN_CHIEF)]
    assert {word.by for _, word in ear.told} == {f"{PostKind.ROSTER}:512000000000"}
    assert len({word.id for _, word in ear.told}) == 2


async def test_what_was_heard_is_not_said_again(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear()

    await vacate(staffed, TOWN_CHIEF)
    for one in (herald(ear), herald(ear), herald(ear)):
        await one.look(staffed)

    assert len(ear.told) == 1


async def test_an_issue_that_has_no_use_for_it_is_left_alone(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear("refused")

    await vacate(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)
    await herald(ear).look(staffed)

    assert len(ear.told) == 1


async def test_an_open_issue_that_no_workflow_runs_is_told_until_its_successor_hears(staffed: Pool) -> None:
    """Between the end of a broken run and its successor nobody hears, and the issue is not over."""
    await record(staffed, escalated().letter())
    ear, successor = Ear("over"), Ear()

    await vacate(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)
    await herald(successor).look(staffed)
    await herald(successor).look(staffed)

    assert len(ear.told) == len(successor.told) == 1


async def test_who_is_out_of_reach_hears_the_same_word_later(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear(deaf=2)

    await vacate(staffed, TOWN_CHIEF)
    for _ in range(4):
        await herald(ear).look(staffed)

    assert len(ear.told) == 3
    assert len(set(ear.told)) == 1


async def test_two_workers_say_one_word(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    await record(staffed, escalated(2).letter())
    ear = Ear()

    await vacate(staffed, TOWN_CHIEF, CITY_CHIEF)
    await asyncio.gather(*(herald(ear).look(staffed) for _ in range(4)))

    assert set(ear.words()) == {
        (issue, AnnounceVacancy, post) for issue in (ISSUE, OTHER) for post in (TOWN_CHIEF, CITY_CHIEF)
    }
    assert len({(issue, word.id, word.said_at) for issue, word in ear.told}) == 4
    assert await to_announce(staffed) == []


async def test_an_issue_that_is_over_hears_nothing(staffed: Pool) -> None:
    await record(staffed, closed().letter())
    ear = Ear()

    await vacate(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)

    assert ear.words() == []


async def test_an_issue_elsewhere_hears_nothing(staffed: Pool) -> None:
    elsewhere = [
        Row("chief:512022114000:R03-01", "镇级河长", TOWN.level, "H-1"),
        Row("chief:512022113000:R03-02", "镇级河长", TOWN.level, "H-1"),
    ]
    await load_posts(staffed, elsewhere)
    await record(staffed, escalated().letter())
    ear = Ear()

    await load_posts(staffed, [row._replace(holder=None) for row in elsewhere])
    await herald(ear).look(staffed)

    assert ear.words() == []


async def test_a_turn_that_was_undone_before_it_was_said_is_said_as_it_stands(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear()

    await vacate(staffed, TOWN_CHIEF)
    await fill(staffed, TOWN_CHIEF)
    await vacate(staffed, TOWN_CHIEF)
    await herald(ear).look(staffed)

    assert ear.words() == [(ISSUE, AnnounceVacancy, TOWN_CHIEF)]


async def test_an_issue_that_was_numbered_after_the_turn_knows_it(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    await staffed.execute("INSERT INTO reports VALUES ('LS1', '{}', now())")
    await staffed.execute(
        "INSERT INTO issue_numbers VALUES ('LS1', '512022', 2026, 1, $1, now() + $2)",
        ISSUE,
        timedelta(minutes=2),
    )
    await record(staffed, escalated().letter())
    ear = Ear()

    await herald(ear).look(staffed)

    assert ear.words() == []


async def test_a_post_that_left_the_roster_is_vacant_and_a_new_one_is_held(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    whole = await roster_now(staffed)
    posts = {post: name for post, name in whole.posts.items() if post != TOWN_CHIEF}
    ear = Ear()

    await keep_roster(
        staffed, whole.model_copy(update={"posts": posts, "tenures": _without(whole, TOWN_CHIEF)}), "x"
    )
    await herald(ear).look(staffed)
    await keep_roster(staffed, whole, "x")
    await herald(ear).look(staffed)

    assert ear.words() == [(ISSUE, AnnounceVacancy, TOWN_CHIEF), (ISSUE, AnnounceHolder, TOWN_CHIEF)]


def _without(whole: Roster, post: Post) -> Sequence[Tenure]:
    return tuple(tenure for tenure in whole.tenures if tenure.post != post)


async def test_an_absence_that_begins_is_noticed_when_its_moment_comes(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    whole = await roster_now(staffed)
    begins = await staffed.fetchval("SELECT clock_timestamp()") + timedelta(milliseconds=400)
    leave = Absence(person="H-1", from_at=begins, until_at=begins + timedelta(milliseconds=400))
    await keep_roster(staffed, whole.model_copy(update={"absences": (leave,)}), "x")
    ear = Ear()
    one = herald(ear)

    async with asyncio.timeout(10):
        while len(ear.told) < 2:
            await one.look(staffed)
            await asyncio.sleep(0.02)

    assert ear.words() == [(ISSUE, AnnounceVacancy, TOWN_CHIEF), (ISSUE, AnnounceHolder, TOWN_CHIEF)]
    vacant, held = (word.said_at for _, word in ear.told)
    assert begins <= vacant < begins + timedelta(milliseconds=400) <= held


async def test_an_expired_deputy_makes_a_post_vacant_of_which_the_holder_left(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    whole = await roster_now(staffed)
    past = await staffed.fetchval("SELECT now() - interval '1 day'")
    expired = Tenure(post=COUNTY_CHIEF, person="H-2", capacity=Capacity.DEPUTY, until_at=past)
    ear = Ear()

    await keep_roster(
        staffed, whole.model_copy(update={"tenures": (*_without(whole, COUNTY_CHIEF), expired)}), "x"
    )
    await herald(ear).look(staffed)

    assert ear.words() == [(ISSUE, AnnounceVacancy, COUNTY_CHIEF)]


async def test_the_operator_is_alarmed_where_an_issue_stands_before_nobody(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    await vacate(staffed, COUNTY_CHIEF)
    ear = Ear("refused")  # it does not move on
    one = herald(ear)

    await one.look(staffed)
    at_first = list(ear.alarms)
    await one.look(staffed)

    assert (at_first, ear.alarms) == ([], [(UNREACHED, COUNTY_CHIEF)])


async def test_nobody_is_alarmed_while_somebody_acts(staffed: Pool) -> None:
    await record(staffed, escalated().letter())
    ear = Ear()
    one = herald(ear)

    for _ in range(3):
        await one.look(staffed)

    assert ear.alarms == []


async def test_a_post_that_nobody_knew_is_held_from_now_on(pool: Pool) -> None:
    await load_posts(pool, ROSTER[1:])
    await record(pool, escalated().letter())
    ear = Ear()

    await load_posts(pool, ROSTER)
    await herald(ear).look(pool)

    assert ear.words() == [(ISSUE, AnnounceHolder, TOWN_CHIEF)]


def test_the_herald_looks_as_often_as_the_promise_of_a_minute_was_tried_with() -> None:
    assert timedelta(seconds=LOOK_EVERY) == LOOK
    assert timedelta(seconds=2 * LOOK_EVERY + 2 * ANNOUNCE_WITHIN) <= WITHIN


async def test_issues_that_are_stuck_keep_no_news_from_the_others(
    staffed: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.herald.AT_A_TIME", 1)
    for running in (1, 2):
        await record(staffed, escalated(running).letter())
    heard: list[str] = []

    async def say(issue_id: str, _: Announcement) -> Answer:
        if issue_id == ISSUE:
            raise TimeoutError
        heard.append(issue_id)
        return "heard"

    await vacate(staffed, TOWN_CHIEF)
    one = Herald("", say, Ear().alarm)
    for _ in range(3):
        await one.look(staffed)

    assert heard == [OTHER]
