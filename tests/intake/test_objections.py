"""Objections over HTTP: filed once, decided once by somebody who took no part, read by the parties only."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain import posts
from domain.issue import events as fact
from domain.issue.events import read_fact
from domain.posts import Post
from domain.terms import Level, Source
from intake import speaking
from reading.callers import Role
from store import inbox, journal
from store.pool import close, open_pool
from tests.intake.front import CITY, COUNTY, PROVINCE, Front, front_door
from tests.intake.speaker import ROUTERS
from tests.workflows.shell import eventually

_queues = itertools.count(1)
REASON = "已按期办结,附照片。"


class Named(NamedTuple):
    """An issue whose bulletin was drafted, whom that names, and who is asked to decide."""

    front: Front
    issue_id: str
    number: int
    named: Post
    issuer: Post

    @property
    def path(self) -> str:
        return f"/issues/{self.issue_id}/objections"

    async def file(self, by: Post | None = None, reason: str = REASON, **more: Any) -> httpx.Response:
        said = {"fact": self.number, "reason": reason, **more}
        return await self.front.post(self.path, said, self.front.token_of(by or self.named), "")

    async def decide(self, by: Post, outcome: str = "upheld", **more: Any) -> httpx.Response:
        said = {"of": self.named, "outcome": outcome, "reason": "经核属实。", **more}
        return await self.front.post(f"{self.path}/{self.number}/decision", said, self.front.token_of(by), "")

    async def listed(self, *roles: Role, by: Post | None = None) -> dict[str, Any]:
        """Return the objection as somebody sees it."""
        token = self.front.tokens.mint(*roles, division=PROVINCE, posts=(by,) if by else ())
        answer = await self.front.get(self.path, token)
        assert answer.status_code == 200, answer.text
        (one,) = answer.json()["objections"]
        seen: dict[str, Any] = one
        return seen


@pytest_asyncio.fixture(loop_scope="session")
async def named(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Named]:
    queue = f"objections-{next(_queues)}"
    async with front_door(temporal_env, database, ROUTERS, queue) as front, front.worker():
        issue = await front.open(at=datetime.now(UTC) - timedelta(days=35), source=Source.CAMERA)
        found: list[Named] = []

        async def is_drafted() -> bool:
            lines = await journal.facts(front.house.pool, issue.issue_id)
            for number, line in enumerate(lines, 1):
                if isinstance(one := read_fact(line.body), fact.BulletinDrafted) and not found:
                    found.append(Named(front, issue.issue_id, number, one.to[0], one.issuer))
            return bool(found)

        await eventually("its bulletin is drafted", is_drafted)
        yield found[0]
        await speaking.fall_silent()


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:river:")


async def test_an_objection_is_filed_once_decided_once_and_told(named: Named) -> None:
    first, again = await named.file(), await named.file()
    asked = first.json()["asked"]["post"]
    decided, repeated = await named.decide(asked), await named.decide(asked)
    other = await named.decide(asked, "stands")
    after = await named.file()

    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json() == again.json()
    assert (decided.status_code, repeated.status_code) == (200, 200), decided.text
    assert decided.json() == repeated.json()
    assert kind_of(other) == (409, "AlreadyDone")
    assert after.json()["decision"]["outcome"] == "upheld"
    pool = named.front.house.pool
    assert any("提出申诉" in line.text for line in await inbox.inbox_of(pool, asked))
    assert any("申诉成立" in line.text for line in await inbox.inbox_of(pool, named.named))
    assert await pool.fetchval("SELECT count(*) FROM objections") == 1


async def test_another_reason_is_not_taken_for_the_first(named: Named) -> None:
    await named.file()

    another = await named.file(reason="另有理由。")

    assert kind_of(another) == (409, "AlreadyDone")
    assert (await named.listed(Role.AUDITOR))["reason"] == REASON


async def test_what_was_written_is_seen_by_offices_auditors_and_the_parties_only(named: Named) -> None:
    asked = (await named.file()).json()["asked"]["post"]
    await named.decide(asked)
    stranger = f"unit:{COUNTY}:housing"

    seen = [
        await named.listed(Role.OFFICE, by=f"office:{COUNTY}"),
        await named.listed(Role.AUDITOR),
        await named.listed(Role.UNIT, by=named.named),
        await named.listed(Role.CHIEF, by=asked),
    ]
    hidden = [
        await named.listed(Role.UNIT, by=stranger),
        await named.listed(Role.CHIEF, by=f"chief:{COUNTY}:R03-01"),
        await named.listed(Role.SUPERVISOR),
        await named.listed(Role.OPERATOR),
    ]

    assert {(one["reason"], one["decision"]["reason"]) for one in seen} == {(REASON, "经核属实。")}
    assert {(one["reason"], one["decision"]["reason"]) for one in hidden} == {(None, None)}
    assert {one["decision"]["outcome"] for one in hidden} == {"upheld"}


async def test_who_is_not_named_took_part_or_stands_below_is_refused(named: Named) -> None:
    stranger = await named.file(by=f"unit:{COUNTY}:housing")
    await named.file()
    own = await named.decide(named.named)
    issuer = await named.decide(named.issuer)
    below = await named.decide(posts.office("512022113000", Level.TOWNSHIP))

    assert [kind_of(each) for each in (stranger, own, issuer, below)] == [(403, "NotYours")] * 4
    for each in (stranger, own, issuer, below):
        assert any(letter > "\u4e00" for letter in each.json()["detail"])
        assert each.json()["detail_en"].isascii()


async def test_what_is_no_measure_is_late_or_lacks_a_reason_is_refused(named: Named) -> None:
    house = named.front.house
    no_measure = await named.file(fact=1)
    beyond = await named.file(fact=4_000)
    blank = await named.file(reason="  ")
    endless = await named.file(reason="字" * 2001)
    named.front.app.state.house = replace(house, now=lambda: datetime.now(UTC) + timedelta(days=60))
    late = await named.file()
    named.front.app.state.house = house
    kept = await named.file()
    named.front.app.state.house = replace(house, now=lambda: datetime.now(UTC) + timedelta(days=60))
    again = await named.file()
    undecided = await named.front.post(
        f"{named.path}/1/decision",
        {"of": named.named, "outcome": "stands", "reason": "无"},
        named.front.token_of(named.issuer),
    )
    named.front.app.state.house = house

    assert [kind_of(each) for each in (no_measure, beyond)] == [(409, "NotAtThisStage")] * 2
    assert (kind_of(blank), kind_of(endless)) == ((422, "Incomplete"), (422, "invalid"))
    assert kind_of(late) == (409, "TooLate")
    assert (kept.status_code, again.status_code) == (201, 200)
    assert kind_of(undecided) == (404, "no-objection")


async def test_nobody_objects_for_a_post_of_somebody_else(named: Named) -> None:
    token = named.front.tokens.mint(Role.OFFICE, division=CITY, posts=(f"office:{CITY}",))

    answer = await named.front.post(
        named.path, {"fact": named.number, "reason": REASON, "by": named.named}, token
    )

    assert kind_of(answer) == (403, "not-your-post")


async def test_while_the_records_are_away_nothing_is_taken_and_that_is_said(named: Named) -> None:
    house = named.front.house
    nowhere = await open_pool("postgresql://river@127.0.0.1:1/river")
    named.front.app.state.house = replace(house, pool=nowhere)

    answer = await named.file()

    named.front.app.state.house = house
    await close(nowhere)
    assert kind_of(answer) == (503, "away")
    assert int(answer.headers["retry-after"]) > 0
    assert (await named.file()).status_code == 201
