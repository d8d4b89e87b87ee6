"""举报人封存: a reporter comes back as he was, only to whom it is due, and is shown nowhere on the way."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import rich.pretty
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from intake.problems import Problem
from intake.seal import OPENERS, Reporter, Seal
from reading.callers import Caller, Role
from reading.complaints import complaint
from store.pool import Pool, close, open_pool
from store.seal import Broken, Keys, NotConfigured, UnknownKey, fresh_key
from tests.secrecy import PlantedReporter, planted
from tests.servers import TestPostgres

ROOT = Path(__file__).parents[2]
OFFICE = Caller(subject="H-512022-001", roles=frozenset({Role.OFFICE}), division="512022000000")
WHY = "核实举报内容"

WORDS = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(postgres: TestPostgres, database: str) -> AsyncIterator[Pool]:
    """Give a pool of the role that alone reads sealed reporters."""
    pool = await open_pool(postgres.as_role(database, "river_seal"), 4)
    yield pool
    await close(pool)


@pytest.fixture
def who() -> PlantedReporter:
    """Give a made-up reporter."""
    return planted()


def a_seal() -> Seal:
    return Seal(Keys.read(fresh_key("2026")))


async def test_a_reporter_comes_back_as_he_was_and_sees_that_he_was_opened(
    pool: Pool, who: PlantedReporter
) -> None:
    seal = a_seal()
    token = await seal.seal(pool, who.reporter)

    opened = await seal.open(pool, token, OFFICE, WHY, "乐河办〔2026〕1号")

    assert opened == who.reporter
    assert opened.phone.get_secret_value() == who.phone
    assert [(each.role, each.purpose) for each in await seal.openings(pool, token)] == [("office", WHY)]


async def test_the_same_reporter_has_another_token_each_time(pool: Pool, who: PlantedReporter) -> None:
    seal = a_seal()

    tokens = {await seal.seal(pool, who.reporter) for _ in range(10)}

    assert len(tokens) == 10
    assert {len(token) for token in tokens} == {22}


@given(
    WORDS.map(lambda text: text[:64]), WORDS.map(lambda text: text[:32]), WORDS.map(lambda text: text[:200])
)
def test_any_reporter_is_written_and_read_back_and_fills_one_block(
    name: str, phone: str, contact: str
) -> None:
    words = {"name": name, "phone": phone, "contact": contact}
    if not "".join(words.values()).strip():
        return
    from intake.seal import _written  # noqa: PLC0415 - what lies in the row, without a database

    reporter, keys = Reporter.model_validate(words), Keys.read(fresh_key("k"))
    sealed = keys.seal("A" * 22, _written(reporter))

    assert Reporter.model_validate_json(keys.open("A" * 22, sealed)) == reporter
    assert len(sealed.cipher) == 2048 + 16


@pytest.mark.parametrize("role", [role for role in Role if role not in OPENERS])
async def test_nobody_else_opens_a_seal(role: Role, pool: Pool, who: PlantedReporter) -> None:
    seal = a_seal()
    token = await seal.seal(pool, who.reporter)

    with pytest.raises(Problem) as refused:
        await seal.open(pool, token, OFFICE.model_copy(update={"roles": frozenset({role})}), WHY)

    assert refused.value.status == 403
    assert await seal.openings(pool, token) == []


async def test_an_auditor_opens_as_an_auditor(pool: Pool, who: PlantedReporter) -> None:
    seal = a_seal()
    token = await seal.seal(pool, who.reporter)
    roles = frozenset({Role.AUDITOR, Role.OPERATOR})

    await seal.open(pool, token, OFFICE.model_copy(update={"roles": roles}), WHY)

    assert [each.role for each in await seal.openings(pool, token)] == ["auditor"]


@pytest.mark.parametrize(
    "purpose", ["", " ", "查", "x" * 201, "核实\n内容", "核实\x00内容", "核实\u202e内容", "核\ud800实"]
)
async def test_without_a_purpose_nothing_is_opened(purpose: str, pool: Pool, who: PlantedReporter) -> None:
    seal = a_seal()
    token = await seal.seal(pool, who.reporter)

    with pytest.raises(Problem) as refused:
        await seal.open(pool, token, OFFICE, purpose)

    assert (refused.value.status, await seal.openings(pool, token)) == (422, [])


@pytest.mark.parametrize("ticket", ["", "x" * 65, "1\x00"])
async def test_a_paper_with_a_malformed_number_opens_nothing(ticket: str, pool: Pool) -> None:
    with pytest.raises(Problem, match="paper"):
        await a_seal().open(pool, "A" * 22, OFFICE, WHY, ticket)


@pytest.mark.parametrize("token", ["", "A" * 22, "A\x00", "\ud800", "' OR true --"])
async def test_an_unknown_token_is_not_found(token: str, pool: Pool) -> None:
    with pytest.raises(Problem) as refused:
        await a_seal().open(pool, token, OFFICE, WHY)

    assert (refused.value.status, await a_seal().openings(pool, token)) == (404, [])


async def test_an_opening_that_fails_is_counted_too(pool: Pool, who: PlantedReporter) -> None:
    token = await a_seal().seal(pool, who.reporter)

    with pytest.raises(Broken):  # another key under the same id
        await a_seal().open(pool, token, OFFICE, WHY)

    assert len(await a_seal().openings(pool, token)) == 1


DIES = """
import asyncio, os, signal, sys
from intake.seal import Seal
from store.pool import open_pool
from store.seal import Keys
from tests.intake.test_seal import OFFICE, WHY

async def main():
    pool = await open_pool(sys.argv[1], 1)
    opened = await Seal(Keys.read(os.environ["KEYS"])).open(pool, sys.argv[2], OFFICE, WHY)
    os.write(1, opened.name.get_secret_value().encode())
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_an_opening_is_counted_though_the_process_dies_at_once(
    postgres: TestPostgres, database: str, pool: Pool, who: PlantedReporter
) -> None:
    key = fresh_key("2026")
    seal = Seal(Keys.read(key))
    token = await seal.seal(pool, who.reporter)
    command = [sys.executable, "-c", DIES, postgres.as_role(database, "river_seal"), token]

    died = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env={**os.environ, "KEYS": key}, capture_output=True, check=False
    )

    assert (died.returncode, who.name) == (-signal.SIGKILL, died.stdout.decode().splitlines()[-1])
    assert len(await seal.openings(pool, token)) == 1


async def test_without_a_key_no_reporter_is_taken(pool: Pool, who: PlantedReporter) -> None:
    with pytest.raises(NotConfigured):
        await Seal(Keys.read(None)).seal(pool, who.reporter)

    assert await pool.fetchval("SELECT count(*) FROM sealed.reporters") == 0


async def test_no_log_line_and_no_error_says_who_reports(
    postgres: TestPostgres,
    database: str,
    pool: Pool,
    who: PlantedReporter,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    seal, errors = a_seal(), list[str]()
    outside = await open_pool(postgres.as_role(database, "river_service"), 1)
    with structlog.testing.capture_logs() as events:
        token = await seal.seal(pool, who.reporter)
        await seal.open(pool, token, OFFICE, WHY)
        for attempt in (
            seal.seal(outside, who.reporter),
            Seal(Keys.read(None)).seal(pool, who.reporter),
            Seal(Keys.read(fresh_key("other"))).open(pool, token, OFFICE, WHY),
            a_seal().open(pool, token, OFFICE, WHY),
            seal.open(pool, token, OFFICE, ""),
        ):
            try:
                await attempt
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not tell
                errors.append("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))
    asyncio.get_running_loop().set_debug(False)
    await close(outside)

    said = "\n".join([*errors, *map(repr, events), caplog.text, *capfd.readouterr()])
    assert len(errors) == 5
    assert {event["event"] for event in events} == {"reporter_sealed", "seal_opened"}
    assert token in said
    assert who.seen_in(said.encode()) == []


def test_a_reporter_is_shown_as_nothing(who: PlantedReporter) -> None:
    reporter = who.reporter

    shown = f"{reporter} {reporter!r} {rich.pretty.pretty_repr(reporter)} {reporter.model_dump()}"
    shown += reporter.model_dump_json() + TypeAdapter(Any).dump_json(reporter).decode()

    assert (repr(reporter), str(reporter)) == ("Reporter()", "")
    assert who.seen_in(shown.encode()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda who: {"name": who.name + "\x00"},
        lambda who: {"name": who.name + "\n"},
        lambda who: {"name": "\u202e" + who.name},
        lambda who: {"name": who.name + "\ud800"},
        lambda who: {"name": who.name * 20},
        lambda who: {"phone": who.phone * 20},
        lambda who: {"phone": int(who.phone)},
        lambda who: {"name": [who.name]},
        lambda who: {"contact": who.contact * 20},
        lambda who: {"name": who.name, "address": who.contact},
        lambda who: who.name,
    ],
)
def test_what_is_wrong_with_a_reporter_is_said_without_his_words(wrong: Any, who: PlantedReporter) -> None:
    with pytest.raises(ValidationError) as refused:
        Reporter.model_validate(wrong(who))

    complaints = [complaint(error) for error in refused.value.errors()]
    said = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(complaints)
    assert complaints
    assert who.seen_in(said.encode()) == []


@pytest.mark.parametrize("nobody", [{}, {"name": ""}, {"name": " ", "phone": ""}])
def test_a_reporter_is_somebody(nobody: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="a name, a phone or another way"):
        Reporter.model_validate(nobody)


async def test_a_key_that_is_not_there_any_more_is_named(pool: Pool, who: PlantedReporter) -> None:
    token = await Seal(Keys.read(fresh_key("2025"))).seal(pool, who.reporter)

    with pytest.raises(UnknownKey, match="2025"):
        await a_seal().open(pool, token, OFFICE, WHY)
