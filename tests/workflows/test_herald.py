"""The herald on a real server: an issue stands before somebody, or the operator is alarmed."""

import asyncio
import random
from collections.abc import Iterable

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.herald import UNREACHED, Herald
from domain import posts
from domain.issue import commands as c
from domain.posts import Post
from domain.roster import Capacity, Roster, Tenure, who_acts
from domain.terms import Level
from ops.repair_plan import World
from ops.repair_round import repair_one
from store.pool import Pool
from store.repairs import Asked
from store.roster import keep_roster, roster_and_time
from tests.workflows.shell import Living, settings_for, shell
from tests.workflows.words import COUNTY_CHIEF, PROVINCE_OFFICE, REACH, TOWNSHIP, TOWNSHIP_CHIEF
from voices import words_to

CITY_CHIEF = posts.chief(TOWNSHIP, Level.CITY, REACH)
GENERAL_CHIEF = posts.general_chief(TOWNSHIP, Level.CITY)
HEADS = (TOWNSHIP_CHIEF, COUNTY_CHIEF, CITY_CHIEF, GENERAL_CHIEF)
POSTS = (*HEADS, PROVINCE_OFFICE)


class Operator:
    """Hears alarms."""

    def __init__(self) -> None:
        self.heard: set[tuple[str, str]] = set()

    async def alarm(self, _pool: Pool, kind: str, subject: str, _text: str) -> None:
        self.heard.add((kind, subject))


def held(by_somebody: Iterable[Post]) -> Roster:
    tenures = tuple(Tenure(post=post, person="H-1", capacity=Capacity.HOLDER) for post in by_somebody)
    return Roster(posts=dict.fromkeys(POSTS, "岗位"), tenures=tenures)


async def look(pool: Pool, issue: Living, *heralds: Herald) -> None:
    """Let every worker look, until what they said is told."""
    await asyncio.gather(*(herald.look(pool) for herald in heralds))
    await issue.journal()


@pytest.mark.parametrize("seed", range(5))
async def test_an_issue_stands_before_somebody_or_the_operator_is_alarmed(
    temporal_env: WorkflowEnvironment, database: str, seed: int
) -> None:
    chance, operator = random.Random(seed), Operator()  # noqa: S311 - a game, and the same one each time
    async with shell(temporal_env, database, f"issues-herald-{seed}") as one:
        heralds = [Herald("", words_to(one.client), operator.alarm) for _ in range(2)]
        await keep_roster(one.pool, held(POSTS), "whole")
        issue = await one.open()
        await issue.journal()

        for _ in range(4):
            await keep_roster(one.pool, held(post for post in POSTS if chance.random() < 0.5), "random")
            if (await issue.issue()).chief in HEADS[:-1] and chance.random() < 0.5:
                await issue.say(c.ReportCannotStop)
            for _ in range(2):
                await look(one.pool, issue, *heralds)

            known, now = await roster_and_time(one.pool)
            chief = (await issue.issue()).chief
            assert who_acts(known, chief, now) or (UNREACHED, chief) in operator.heard
            assert who_acts(known, chief, now) or chief == PROVINCE_OFFICE

        facts = await issue.kinds()
        announced = await one.pool.fetch("SELECT * FROM turns_announced WHERE answer = 'heard'")
        assert facts.count("VacancyAnnounced") + facts.count("HolderAnnounced") == len(announced)


async def test_a_vacancy_moves_the_issue_and_a_holder_is_heard_of(
    temporal_env: WorkflowEnvironment, database: str
) -> None:
    async with shell(temporal_env, database, "issues-herald") as one:
        herald = Herald("", words_to(one.client), Operator().alarm)
        await keep_roster(one.pool, held(POSTS), "whole")
        issue = await one.open()
        await issue.journal()

        await keep_roster(one.pool, held(POSTS[1:]), "the town's chief left")
        await look(one.pool, issue, herald, herald)
        await keep_roster(one.pool, held(POSTS), "and there is another")
        await look(one.pool, issue, herald, herald)

        assert (await issue.issue()).chief == COUNTY_CHIEF
        told = [kind for kind in await issue.kinds() if kind != "Opened"]
        assert told == ["VacancyAnnounced", "ChiefMoved", "HolderAnnounced"]


async def test_an_issue_whose_run_was_ended_by_hand_hears_of_a_vacancy_once_it_is_settled(
    temporal_env: WorkflowEnvironment, database: str
) -> None:
    async with shell(temporal_env, database, "issues-herald-settled") as one:
        herald = Herald("", words_to(one.client), Operator().alarm)
        world = World(one.pool, one.client, settings_for(database, "issues-herald-settled"))
        await keep_roster(one.pool, held(POSTS), "whole")
        issue = await one.open()
        await issue.journal()
        await issue.handle.terminate()

        await keep_roster(one.pool, held(POSTS[1:]), "the town's chief left")
        await herald.look(one.pool)
        asked = Asked("settle", {}, (issue.issue_id,), "run ended by hand", "T-7", "OP-1")
        await repair_one(world, issue.issue_id, asked, "OP-1")
        await look(one.pool, issue, herald)

        assert "VacancyAnnounced" in await issue.kinds()
        assert (await issue.issue()).chief == COUNTY_CHIEF
