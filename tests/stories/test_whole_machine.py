"""整机: the service as `make up` runs it: a named report lives on, and its reporter is found nowhere."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from temporalio.client import Client

from connection import data_converter
from demo.calendars import write_rules
from domain.workdays import local_day
from machine.ports import any_free_port
from machine.service import Addresses, Machine, Program, WishedPorts
from ops.one_machine import LOGINS, PROGRAMS, STEPS
from ops.signing import read_signing_key
from tests.intake.passes import AUDIENCE, ISSUER
from tests.intake.passes import claims as claims_of
from tests.secrecy import find_planted, planted

ROOT = Path(__file__).resolve().parents[2]
COUNTY = "512022000000"
PATIENCE = 90.0


@pytest_asyncio.fixture(loop_scope="session")
async def machine(tmp_path: Path) -> AsyncIterator[Addresses]:
    """Give the whole service, living under limits of seconds."""
    rules = write_rules(ROOT / "rules" / "demo.yaml", tmp_path, local_day(datetime.now(UTC)))
    ours = {"RIVER_RULES": str(rules), "RIVER_LOG_LEVEL": "debug", "RIVER_LOG_FORMAT": "json"}
    programs = [
        Program(p.name, p.command, p.folder, {**p.environment, **ours}, p.logins, p.secrets) for p in PROGRAMS
    ]
    ports = WishedPorts(ui=any_free_port(), grpc=any_free_port(), postgres=any_free_port())
    one = Machine(tmp_path / "machine", programs, STEPS, ports, logins=LOGINS, say=lambda _: None)
    try:
        yield await one.start()
    finally:
        await one.stop()


def pass_of(addresses: Addresses, role: str, post: str) -> dict[str, str]:
    """Return the header that shows a token of the machine's own."""
    key = read_signing_key(Path(addresses.prepared["RIVER_TOKEN_KEY"]))
    said = claims_of(role, COUNTY, [post], iss=ISSUER, aud=AUDIENCE)
    moments = {name: int(said[name].timestamp()) for name in ("iat", "exp")}
    return {"Authorization": f"Bearer {key.sign({**said, **moments})}"}


async def ops(addresses: Addresses, *words: str) -> bytes:
    """Return all that an operator's command prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", *words),
        cwd=ROOT,
        env={**os.environ, **addresses.environment()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return out


async def until(what: str, ask: Any) -> Any:
    """Ask until there is an answer."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if answer := await ask():
            return answer
        await asyncio.sleep(0.5)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


async def test_a_named_reporter_is_found_nowhere_in_the_whole_service(
    machine: Addresses, tmp_path: Path
) -> None:
    somebody = planted()
    by = {"name": somebody.name, "phone": somebody.phone, "contact": somebody.contact}
    told = {"text": "桥下有人倾倒建筑垃圾。", "where": {"reach": "R03-01"}, "reporter": by}
    office = pass_of(machine, "office", f"office:{COUNTY}")
    seen: list[bytes] = []
    address = f"http://127.0.0.1:{machine.prepared['RIVER_HTTP_PORT']}"
    mute, quiet = await asyncio.open_connection("127.0.0.1", int(machine.prepared["RIVER_HTTP_PORT"]))
    async with httpx.AsyncClient(base_url=address, timeout=30) as door:

        async def get(path: str, headers: dict[str, str] = office) -> httpx.Response:
            answer = await door.get(path, headers=headers)
            seen.append(answer.content + str(answer.headers).encode())
            return answer

        answer = await door.post("/reports", json=told, headers={"Idempotency-Key": "whole-machine-1"})
        assert answer.status_code == 201, answer.text
        seen.append(answer.content)
        receipt, secret = answer.json()["receipt"], {"X-Receipt-Secret": answer.json()["secret"]}

        async def issue() -> str | None:
            number: str | None = (await get(f"/reports/{receipt}", secret)).json().get("issue")
            return number

        async def lapsed() -> bool:
            facts = (await get(f"/issues/{number}/facts")).text
            return "Ordered" in facts and "Escalated" in facts

        number = await until("the issue is open", issue)
        opened = await door.post(f"/leads/{receipt}/reporter", json={"purpose": "回访核实"}, headers=office)
        assert opened.json() == by
        await until("it has climbed", lapsed)
        for path in (
            f"/leads/{receipt}",
            "/leads",
            f"/issues/{number}",
            "/issues",
            f"/issues/{number}/explain",
        ):
            assert (await get(path)).status_code == 200
        await get(f"/reports/{receipt}", secret)
        await get("/open311/v2/requests.json")
        await get("/openapi.json")
    asked = (("explain", number), ("drafts",), ("verify",), ("inbox", f"office:{COUNTY}"), ("seal", "status"))
    seen += [await ops(machine, *words) for words in asked]
    client = await Client.connect(
        machine.temporal, namespace=machine.namespace, data_converter=data_converter
    )
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    for place, content in enumerate(seen):
        (outputs / str(place)).write_bytes(content)
    written = tmp_path / "written"
    shutil.copytree(machine.folder, written, ignore=shutil.ignore_patterns("*.lock", "*.pid"))

    found = await find_planted(machine.owner_url, client, [outputs, written], somebody)

    assert found == []
    assert len(seen) > 10
    async with asyncio.timeout(PATIENCE):
        assert await mute.read() == b""  # whoever connects and says nothing is hung up on
    quiet.close()
