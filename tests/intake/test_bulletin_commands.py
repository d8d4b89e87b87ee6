"""Words to bulletins over HTTP: who may, what is refused, said twice, and kept while all is away."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from connection import data_converter
from domain.bulletin import commands as b
from domain.bulletin.facts import read_fact
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinState
from intake import speaking
from intake.bulletin_words import NOT_OFFERED, OFFERED
from intake.door import Door
from reading.callers import Role
from store.bulletins import facts_of
from store.journal import record
from store.pool import close, open_pool
from tests.intake.front import bearer
from tests.intake.speaker import PATHS, Speaker, speaker
from tests.store.letters import COUNTY, closed, escalated
from tests.workflows.shell import eventually

CITY, CITY_OFFICE, COUNTY_OFFICE = "512000000000", "office:512000000000", f"office:{COUNTY}"
COUNTY_GENERAL = f"general:{COUNTY}"
_queues = itertools.count(1)
DUE = "UPDATE commands SET next_try_at = now()"


@pytest_asyncio.fixture(loop_scope="session")
async def here(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Speaker]:
    async with speaker(temporal_env, database, f"bulletins-spoken-to-{next(_queues)}") as one:
        yield one
        await speaking.fall_silent()


async def prepared(here: Speaker) -> str:
    """A bulletin of the county that names nobody and waits to be submitted."""
    await record(here.front.house.pool, closed().letter())
    bulletin = await here.begin(COUNTY)
    await here.reaches(bulletin, BulletinState.PREPARING)
    return bulletin


async def heard(here: Speaker) -> Bulletin:
    """A bulletin of the city in which somebody of a county is named, who is being heard."""
    life = escalated()
    life.wait(15 * 24)
    await record(here.front.house.pool, life.letter())
    return await here.reaches(await here.begin(CITY), BulletinState.HEARING)


async def issued(here: Speaker) -> str:
    bulletin = await prepared(here)
    for kind in (b.SubmitBulletin, b.ApproveBulletin):
        await here.done(bulletin, kind, COUNTY_OFFICE)
    await here.reaches(bulletin, BulletinState.ISSUED)
    return bulletin


async def kinds(here: Speaker, bulletin: str) -> list[str]:
    return [line.kind for line in await facts_of(here.front.house.pool, bulletin)]


def kind_of(answer: dict[str, str]) -> str:
    return answer["type"].removeprefix("urn:river:")


def test_every_word_is_offered_or_says_why_not() -> None:
    assert set(OFFERED) | set(NOT_OFFERED) == set(b.WORDS)
    assert not set(OFFERED) & set(NOT_OFFERED)
    assert {kind: offered.path for kind, offered in OFFERED.items()} == PATHS


async def test_a_bulletin_is_sent_back_submitted_again_approved_signed_for_and_corrected(
    here: Speaker,
) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        await here.done(bulletin, b.ReviseBulletin, COUNTY_OFFICE, remarks=["请抓紧办理。"])
        await here.reaches(bulletin, BulletinState.PREPARING)
        await here.done(bulletin, b.SubmitBulletin, COUNTY_OFFICE)
        await here.done(bulletin, b.ReturnBulletin, COUNTY_OFFICE, reason="请核数")
        await here.done(bulletin, b.SubmitBulletin, COUNTY_OFFICE)
        done = await here.done(bulletin, b.ApproveBulletin, COUNTY_OFFICE)
        await here.reaches(bulletin, BulletinState.ISSUED)
        token = here.front.tokens.mint(Role.CHIEF, posts=(COUNTY_GENERAL,), subject="H-5")
        received = await here.front.post(f"/bulletins/{bulletin}/receive", {}, token)
        for kind in (b.ReturnCorrection, b.ApproveCorrection):
            words = {"reason": "请写明"} if kind is b.ReturnCorrection else {}
            await here.done(bulletin, b.ProposeCorrection, COUNTY_OFFICE, text="第一项更正为三件。")
            await here.reaches(bulletin, BulletinState.ISSUED)
            await here.done(bulletin, kind, COUNTY_OFFICE, **words)
        out = await here.reaches(bulletin, BulletinState.ISSUED)

    assert (done["state"], done["stands"], done["command_zh"]) == ("done", "approved", "签发")
    assert received.status_code == 200, received.text
    assert [(one.post, one.person) for one in out.receipts] == [(COUNTY_GENERAL, "H-5")]
    assert [entry.text for entry in out.corrections] == ["第一项更正为三件。"]


async def test_who_signs_is_who_shows_the_token_and_never_whom_he_names(here: Speaker) -> None:
    async with here.worker():
        bulletin = await issued(here)
        nameless = here.front.tokens.mint(Role.CHIEF, posts=(COUNTY_GENERAL,), subject="who:ever_1")

        named = await here.say(bulletin, b.SignForBulletin, COUNTY_GENERAL, person="H-7")
        odd = await here.front.post(f"/bulletins/{bulletin}/receive", {}, nameless)

    assert named.status_code == 422
    assert (odd.status_code, kind_of(odd.json())) == (403, "not-a-person")
    assert "Received" not in await kinds(here, bulletin)


async def test_the_named_are_heard_though_the_bulletin_is_one_from_above(here: Speaker) -> None:
    async with here.worker():
        hearing = await heard(here)
        (who,) = hearing.named_posts
        token = here.front.tokens.mint(Role.CHIEF, Role.UNIT, division=COUNTY, posts=(who,))
        other = here.front.tokens.mint(
            Role.CHIEF, Role.UNIT, division=COUNTY, posts=(f"unit:{COUNTY}:housing",)
        )
        path = f"/bulletins/{hearing.bulletin_id}"

        unread = await here.front.get(path, token)
        strange = await here.front.post(f"{path}/reply", {"text": "不归我管。"}, other)
        said = await here.front.post(f"{path}/reply", {"text": "已组织清运。"}, token, "reply-1")
        outcome = await here.front.get(f"{path}/commands/reply-1", token)
        then = await here.reaches(hearing.bulletin_id, BulletinState.PREPARING)

    assert (unread.status_code, strange.status_code) == (404, 404)
    assert said.status_code == 200, said.text
    assert [(reply.by, reply.text) for reply in then.replies] == [(who, "已组织清运。")]
    assert (outcome.json()["state"], outcome.json()["stands"]) == ("done", "preparing")
    assert "清运" not in outcome.text


async def test_a_wrong_approver_an_early_word_and_a_text_that_must_not_go_out_are_refused(
    here: Speaker,
) -> None:
    async with here.worker():
        bulletin = await prepared(here)

        early = await here.say(bulletin, b.ApproveBulletin, COUNTY_OFFICE)
        quoted = "经查,张三。电话13800138000"
        await here.done(bulletin, b.ReviseBulletin, COUNTY_OFFICE, remarks=[quoted])
        await here.reaches(bulletin, BulletinState.PREPARING)
        unfit = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE)
        await here.done(bulletin, b.ReviseBulletin, COUNTY_OFFICE, remarks=["请抓紧办理。"])
        await here.reaches(bulletin, BulletinState.PREPARING)
        await here.done(bulletin, b.SubmitBulletin, COUNTY_OFFICE)
        wrong = await here.say(bulletin, b.ApproveBulletin, COUNTY_GENERAL)
        late = await here.say(bulletin, b.ReviseBulletin, COUNTY_OFFICE, remarks=[])

    told = [(each.status_code, kind_of(each.json())) for each in (early, unfit, wrong, late)]
    assert told == [(409, "NotAtThisStage"), (422, "Unfit"), (403, "NotYours"), (409, "NotAtThisStage")]
    for each in (early, unfit, wrong, late):
        assert any(letter > "\u4e00" for letter in each.json()["detail"])
        assert each.json()["detail_en"].isascii()
    assert "13800138000" not in unfit.text


async def test_a_reply_after_the_window_is_late_and_one_sent_within_it_is_not(
    here: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking.answer_to, "__defaults__", (0.4,))
    async with here.worker():
        hearing = await heard(here)
    bulletin, (who,) = hearing.bulletin_id, hearing.named_posts
    kept = await here.say(bulletin, b.ReplyToBulletin, who, "in-time", text="已组织清运。")
    await speaking.fall_silent()

    handle, env = here.handle(bulletin), here.front.env
    async with here.worker():
        late = hearing.until + timedelta(hours=1)
        await env.fast_forward(handle, late - await env.get_current_time(handle))
        await here.reaches(bulletin, BulletinState.PREPARING)
        here.front.app.state.house = replace(here.front.house, now=lambda: late)
        too_late = await here.say(bulletin, b.ReplyToBulletin, who, "late", text="另有情况。")
        again = await here.say(bulletin, b.ReplyToBulletin, who, "in-time", text="已组织清运。")

    assert kept.status_code == 202, kept.text
    assert kept.headers["location"] == f"/bulletins/{bulletin}/commands/in-time"
    facts = [read_fact(line.body) for line in await facts_of(here.front.house.pool, bulletin)]
    assert [fact.text for fact in facts if fact.kind == "Replied"] == ["已组织清运。"]
    assert again.json()["said_at"] == kept.json()["said_at"]
    assert (too_late.status_code, kind_of(too_late.json())) == (409, "TooLate")
    assert "征求意见已结束" in too_late.json()["detail"]


async def test_the_same_id_is_one_fact_and_stands_for_nothing_else(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        words = {"remarks": ["请抓紧办理。"]}

        first = await here.say(bulletin, b.ReviseBulletin, COUNTY_OFFICE, "one", **words)
        again = await here.say(bulletin, b.ReviseBulletin, COUNTY_OFFICE, "one", **words)
        other = await here.say(bulletin, b.ReviseBulletin, COUNTY_OFFICE, "one", remarks=["另一段。"])
        else_ = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE, "one")
        colleague = here.front.tokens.mint(Role.OFFICE, posts=(COUNTY_OFFICE,), subject="H-99")
        theirs = await here.front.post(f"/bulletins/{bulletin}/revise", words, colleague, "one")
        nameless = await here.say(bulletin, b.ReviseBulletin, COUNTY_OFFICE, "", **words)
        await here.reaches(bulletin, BulletinState.PREPARING)

    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert first.json() == again.json()
    for each in (other, else_, theirs):
        assert (each.status_code, kind_of(each.json())) == (422, "id-taken")
    assert (nameless.status_code, kind_of(nameless.json())) == (400, "no-id")
    assert (await kinds(here, bulletin)).count("Revised") == 1


async def test_a_refused_word_said_again_is_refused_though_it_would_be_taken_now(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        first = await here.say(bulletin, b.ApproveBulletin, COUNTY_OFFICE, "early")
        await here.done(bulletin, b.SubmitBulletin, COUNTY_OFFICE)

        again = await here.say(bulletin, b.ApproveBulletin, COUNTY_OFFICE, "early")
        outcome = await here.front.get(
            f"/bulletins/{bulletin}/commands/early", here.front.token_of(COUNTY_OFFICE)
        )

    assert (first.status_code, again.status_code) == (409, 409)
    assert first.json() == again.json()
    assert outcome.json()["state"] == "refused"
    assert kind_of(outcome.json()["refusal"]) == "NotAtThisStage"


async def test_nobody_speaks_for_a_post_of_somebody_else(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        token = here.front.tokens.mint(Role.OFFICE, posts=(COUNTY_OFFICE, CITY_OFFICE), division=CITY)
        path = f"/bulletins/{bulletin}/submit"

        several = await here.front.post(path, {}, token)
        another = await here.front.post(path, {"by": COUNTY_GENERAL}, token)
        own = await here.front.post(path, {"by": COUNTY_OFFICE}, token)

    assert (several.status_code, kind_of(several.json())) == (422, "no-post")
    assert (another.status_code, kind_of(another.json())) == (403, "not-your-post")
    assert own.status_code == 200, own.text


async def test_a_word_said_while_nobody_works_is_kept_and_outlives_the_process(
    here: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking.answer_to, "__defaults__", (0.4,))
    async with here.worker():
        bulletin = await prepared(here)
    kept = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE, "away")
    await speaking.fall_silent()
    await here.front.house.pool.execute(DUE)

    async with here.worker():
        assert await speaking.say_again(here.front.house, 10.0) == 1
        await here.reaches(bulletin, BulletinState.SUBMITTED)

    assert (kept.status_code, kept.json()["state"]) == (202, "pending")
    (submitted,) = [
        line for line in await facts_of(here.front.house.pool, bulletin) if line.kind == "Submitted"
    ]
    assert submitted.said_at.isoformat() == kept.json()["said_at"].replace("Z", "+00:00")


async def test_without_the_records_nothing_is_taken_and_that_is_said(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        nowhere = await open_pool("postgresql://river@127.0.0.1:1/river")
        here.front.app.state.house = replace(here.front.house, pool=nowhere)

        answer = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE)

        here.front.app.state.house = here.front.house
        await close(nowhere)
    assert (answer.status_code, kind_of(answer.json())) == (503, "away")
    assert int(answer.headers["retry-after"]) > 0
    assert await here.front.house.pool.fetchval("SELECT count(*) FROM commands") == 0


async def test_without_temporal_the_word_is_kept(here: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking.answer_to, "__defaults__", (0.4,))
    async with here.worker():
        bulletin = await prepared(here)
        nobody = await Client.connect("127.0.0.1:1", data_converter=data_converter, lazy=True)
        here.front.app.state.house = replace(here.front.house, client=nobody, door=Door(nobody))
        kept = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE, "away")
        here.front.app.state.house = here.front.house
        await speaking.fall_silent()

        again = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE, "away")

    assert kept.status_code == 202, kept.text
    assert again.status_code == 200, again.text
    assert again.json()["said_at"] == kept.json()["said_at"]


async def test_a_withdrawn_bulletin_says_what_it_would_say_though_nobody_runs_it(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        withdrawn = await here.say(bulletin, b.WithdrawBulletin, COUNTY_OFFICE, "last", reason="数据有误")
        await here.handle(bulletin).result()
        await here.reaches(bulletin, BulletinState.WITHDRAWN)
    await here.front.house.pool.execute(
        "UPDATE commands SET state = 'pending', fact = NULL, stage = NULL, answered_at = NULL"
    )

    again = await here.say(bulletin, b.WithdrawBulletin, COUNTY_OFFICE, "last", reason="数据有误")
    after = await here.say(bulletin, b.SubmitBulletin, COUNTY_OFFICE)

    assert (withdrawn.status_code, again.status_code) == (200, 200), again.text
    assert again.json()["stands"] == "withdrawn"
    assert (after.status_code, kind_of(after.json())) == (409, "NotAtThisStage")


async def test_a_bulletin_elsewhere_or_unknown_is_told_to_nobody(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        stranger = here.front.tokens.mint(
            Role.OFFICE, division="512021000000", posts=("office:512021000000",)
        )
        below = here.front.tokens.mint(Role.OFFICE, division="512022113000", posts=("office:512022113000",))

        elsewhere = await here.front.post(f"/bulletins/{bulletin}/submit", {}, stranger)
        draft = await here.front.post(f"/bulletins/{bulletin}/submit", {}, below)
        unknown = await here.say(f"{COUNTY}-2199-monthly-1", b.SubmitBulletin, COUNTY_OFFICE)
        nobody = await here.front.http.post(f"/bulletins/{bulletin}/submit", json={}, headers=bearer(""))

    assert [each.status_code for each in (elsewhere, draft, unknown, nobody)] == [403, 404, 404, 401]
    assert await here.front.house.pool.fetchval("SELECT count(*) FROM commands") == 0


async def test_the_outcome_of_an_unknown_id_is_404(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)

        answer = await here.front.get(
            f"/bulletins/{bulletin}/commands/none", here.front.token_of(COUNTY_OFFICE)
        )

    assert (answer.status_code, kind_of(answer.json())) == (404, "no-command")


async def test_words_that_wait_for_a_bulletin_wait_for_no_issue(here: Speaker) -> None:
    async with here.worker():
        bulletin = await prepared(here)
        issue = await here.front.open()

        await here.done(bulletin, b.SubmitBulletin, COUNTY_OFFICE)
        answer = await here.front.get(f"/issues/{issue.issue_id}", here.front.token_of(COUNTY_OFFICE))

    assert answer.status_code == 200
    await eventually("nothing waits", lambda: _nothing_waits(here))


async def _nothing_waits(here: Speaker) -> bool:
    waits: int = await here.front.house.pool.fetchval("SELECT count(*) FROM commands WHERE state = 'pending'")
    return waits == 0
