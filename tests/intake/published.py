"""Publishes bulletins over HTTP and objects to what they rest on, each word by an operation."""

from collections.abc import Mapping
from typing import Any

from domain.bulletin import commands as b
from domain.bulletin.order import periodic
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.indicators import month_of
from domain.issue.words import Command
from domain.posts import Post, general_chief, office
from domain.terms import Level
from domain.workdays import local_day
from reading.callers import Role
from settings import Settings
from store.bulletins import bulletin_of
from tests.intake.life import CITY, Life, by
from tests.intake.passes import token
from tests.ops.test_objections import ISSUE, keep_an_issue_in_the_bulletin
from tests.rules.bulletins import rules
from tests.rules.given import WATER
from tests.workflows.shell import eventually
from tests.workflows.words import book
from voices import bulletins_on
from workflows.names import bulletin_workflow_id, update_name

COUNTY = f"{CITY[:4]}22000000"
COUNTY_OFFICE, CITY_OFFICE = office(COUNTY, Level.COUNTY), office(CITY, Level.CITY)
REASON = {"reason": "请再核实。"}


async def publish(life: Life) -> None:
    """Live three bulletins: one to its end and beyond, one withdrawn, one that somebody replies to."""
    number = await keep_an_issue_in_the_bulletin(life.door.hall.pool)
    await _object(life, number)
    bulletin = await _begun(life, COUNTY, BulletinKind.MONTHLY, BulletinState.PREPARING)
    await _read(life, bulletin)
    for kind, words in (
        (b.ReviseBulletin, {"remarks": ["请抓紧办理。"]}),
        (b.SubmitBulletin, {}),
        (b.ReturnBulletin, REASON),
        (b.SubmitBulletin, {}),
        (b.ApproveBulletin, {}),
    ):
        await _say(life, bulletin, kind, COUNTY_OFFICE, words)
    await _reaches(life, bulletin, BulletinState.ISSUED)
    await _say(life, bulletin, b.SignForBulletin, general_chief(COUNTY, Level.COUNTY), {})
    for kind, words in ((b.ReturnCorrection, REASON), (b.ApproveCorrection, {})):
        await _say(life, bulletin, b.ProposeCorrection, COUNTY_OFFICE, {"text": "第一项予以更正。"})
        await _say(life, bulletin, kind, COUNTY_OFFICE, words)
    withdrawn = await _begun(life, COUNTY, BulletinKind.YEARLY, BulletinState.PREPARING)
    await _say(life, withdrawn, b.WithdrawBulletin, COUNTY_OFFICE, REASON)
    named = await _begun(life, CITY, BulletinKind.MONTHLY, BulletinState.HEARING)
    await _say(life, named, b.ReplyToBulletin, WATER, {"text": "已组织清运。"})
    life.known |= {"bulletin": [bulletin, named, withdrawn], "figure": ["found", "on_time"]}


async def _object(life: Life, number: int) -> None:
    """Whom a bulletin draft names objects; who is asked decides."""
    place = {"number": ISSUE}
    said = {"fact": number, "reason": "已按期办结。", "by": WATER}
    filed = await life.say("file_objection", by(WATER), path_parameters=place, body=said)
    asked = filed["asked"]["post"]
    decision = {"of": WATER, "outcome": "upheld", "reason": "经核属实。", "by": asked}
    await life.say("decide_objection", by(asked), path_parameters={**place, "fact": number}, body=decision)
    listed = await life.say("list_objections", token(Role.AUDITOR, CITY), path_parameters=place)
    assert [one["decision"]["outcome"] for one in listed["objections"]] == ["upheld"]
    life.taken |= {"file_objection": said, "decide_objection": decision}
    life.posts |= {WATER, asked}


async def _begun(life: Life, division: str, kind: BulletinKind, state: BulletinState) -> str:
    """Begin a bulletin of what has happened this month; return its number once it stands so."""
    door, now = life.door, life.door.house.now()
    order = periodic(kind, month_of(local_day(now)), division, rules(), book(), now)
    # Other tests begin bulletins on the same server: theirs have other numbers.
    number = order.bulletin_id.replace(f"-{local_day(now).year}-", "-2100-")
    order = order.model_copy(update={"bulletin_id": number})
    settings = Settings(database_url="postgresql://unused", task_queue=door.house.desk.task_queue)
    await bulletins_on(door.house.client, settings)(order)
    await _reaches(life, order.bulletin_id, state)
    return order.bulletin_id


async def _reaches(life: Life, bulletin: str, state: BulletinState) -> None:
    handle = life.door.house.client.get_workflow_handle(bulletin_workflow_id(bulletin))

    async def is_there() -> bool:
        one = await handle.query("bulletin", result_type=Bulletin | None)
        is_ready = one and one.state is state and not one.needs_a_look
        return bool(is_ready and one == await bulletin_of(life.door.hall.pool, bulletin))

    await eventually(f"{bulletin} is {state}", is_there)


async def _say(life: Life, bulletin: str, kind: type[Command], post: Post, words: Mapping[str, Any]) -> None:
    place, body = {"bulletin": bulletin}, {**words, "by": post}
    done = await life.say(update_name(kind), by(post), path_parameters=place, body=body)
    life.taken.setdefault(update_name(kind), body)
    life.posts.add(post)
    await life.say("bulletin_outcome", by(post), path_parameters={**place, "key": done["id"]})
    # What was written is looked through before the next word.
    if kind in (b.ReviseBulletin, b.ProposeCorrection):
        await _reaches(life, bulletin, BulletinState(done["stands"]))


async def _read(life: Life, bulletin: str) -> None:
    """Read a bulletin that was just drafted, with every figure of it."""
    office_, place = token([*Role], CITY), {"bulletin": bulletin}
    (listed,) = (await life.say("list_bulletins", office_))["bulletins"]
    assert listed["bulletin"] == bulletin
    shown = await life.say("get_bulletin", office_, path_parameters=place)
    assert {each["figure"] for each in shown["figures"]} >= {"found", "closed", "on_time"}
    found = await life.say("get_figure", office_, path_parameters={**place, "figure": "found"})
    assert len(found["issues"]) == found["count"] > 0
    for form, begins in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!DOCTYPE")):
        printed = await life.say("get_bulletin_paper", office_, path_parameters=place, query={"as": form})
        assert printed.startswith(begins), form
