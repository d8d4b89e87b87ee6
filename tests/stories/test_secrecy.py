"""The search for a planted reporter finds him wherever he could be: else its silence would prove nothing."""

import base64
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

from intake.seal import Seal
from store.pool import close, open_pool
from store.seal import Keys, fresh_key
from tests.secrecy import PlantedReporter, find_planted, planted
from tests.servers import TestPostgres
from workflows.names import SEARCH_ATTRIBUTES

SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "in a sentence": lambda name: f"由{name}举报".encode(),
    "escaped": lambda name: json.dumps({"who": name}).encode(),
    "escaped in upper case": lambda name: "".join(f"\\u{ord(each):04X}" for each in name).encode(),
    "escaped twice": lambda name: json.dumps(json.dumps(name)).encode(),
    "base64": lambda name: base64.b64encode(name.encode()),
    "base64, later": lambda name: base64.b64encode(b'{"name":"' + name.encode() + b'"}'),
    "base64, at the third place": lambda name: base64.b64encode(b"12" + name.encode() + b"1"),
    "base64 of escapes": lambda name: base64.b64encode(json.dumps(["x", name]).encode()),
    "base64 for addresses": lambda name: base64.urlsafe_b64encode(b"?" + name.encode()),
    "hex": lambda name: name.encode().hex().encode(),
    "HEX": lambda name: name.encode().hex().upper().encode(),
    "gb18030": lambda name: name.encode("gb18030"),
    "utf-16": lambda name: name.encode("utf-16"),
    "address": lambda name: "".join(f"%{byte:02x}" for byte in name.encode()).encode(),
    "html": lambda name: name.encode("ascii", "xmlcharrefreplace"),
    "gzip": lambda name: gzip.compress(name.encode()),
}
PHONES: dict[str, Callable[[str], str]] = {
    "plain": lambda phone: phone,
    "spaces": lambda phone: f"{phone[:3]} {phone[3:7]} {phone[7:]}",
    "dashes": lambda phone: f"+86-{phone[:3]}-{phone[3:7]}-{phone[7:]}",
    "brackets": lambda phone: f"({phone[:3]}) {phone[3:]}",
    "each alone": " ".join,
    "wide": lambda phone: "".join(chr(ord(digit) + 0xFEE0) for digit in phone),
}


@pytest.fixture
def who() -> PlantedReporter:
    """Give a made-up reporter."""
    return planted()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_is_seen_in_every_usual_spelling(spelling: str, who: PlantedReporter) -> None:
    assert who.seen_in(SPELLINGS[spelling](who.name)) == ["name"]


@pytest.mark.parametrize("spelling", PHONES)
def test_a_phone_is_seen_however_it_is_grouped(spelling: str, who: PlantedReporter) -> None:
    assert "phone, separated" in who.seen_in(PHONES[spelling](who.phone).encode())


def test_somebody_else_is_not_taken_for_him(who: PlantedReporter) -> None:
    other = planted()
    told = "".join(spelt(other.phone) for spelt in PHONES.values()).encode()

    assert who.seen_in(b"\n".join(spelt(other.name) for spelt in SPELLINGS.values()) + told) == []


async def test_a_sealed_reporter_is_found_nowhere(
    postgres: TestPostgres,
    database: str,
    temporal_env: WorkflowEnvironment,
    tmp_path: Path,
    who: PlantedReporter,
) -> None:
    pool = await open_pool(postgres.as_role(database, "river_seal"), 1)
    await Seal(Keys.read(fresh_key("2026"))).seal(pool, who.reporter)
    await close(pool)

    assert await find_planted(database, temporal_env.client, [tmp_path], who) == []


@pytest.mark.parametrize(
    "planting",
    [
        "CREATE TABLE notes AS SELECT {} AS text",
        "CREATE SCHEMA aside; CREATE TABLE aside.bodies AS SELECT json_build_object('a', array[{}]) AS text",
        "CREATE TABLE packed AS SELECT convert_to({}, 'UTF8') AS text",
        "CREATE TABLE listed AS SELECT array[{}] AS text",
        "CREATE MATERIALIZED VIEW seen AS SELECT {} AS text",
        "INSERT INTO sealed.openings (token, by_subject, by_role, purpose) VALUES ('', '', '', {})",
        "COMMENT ON TABLE posts IS {}",
    ],
)
async def test_a_name_in_any_table_is_found(
    planting: str, database: str, temporal_env: WorkflowEnvironment, who: PlantedReporter
) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(planting.format(f"'{who.name}'"))
    await connection.close()

    (found,) = await find_planted(database, temporal_env.client, [], who)

    assert found.endswith(": name")


async def start(client: Client, who: PlantedReporter, where: str) -> None:
    attribute = next(key for key in SEARCH_ATTRIBUTES if key == SearchAttributeKey.for_keyword(key.name))
    pairs = [SearchAttributePair(attribute, who.name)] if where == "attributes" else []
    handle = await client.start_workflow(
        "Unheard",
        {"told": who.name if where == "argument" else ""},
        id=who.name if where == "id" else f"unheard/{who.contact[-16:]}",
        task_queue="nobody",
        memo={"who": who.name} if where == "memo" else {},
        search_attributes=TypedSearchAttributes(pairs),
    )
    if where == "signal":
        await handle.signal("told", {"deep": [{"who": who.name}]})
    await handle.terminate(who.name if where == "reason" else "done")


@pytest.mark.parametrize("where", ["argument", "memo", "attributes", "signal", "reason", "id"])
async def test_a_name_anywhere_in_a_workflow_is_found(
    where: str, database: str, temporal_env: WorkflowEnvironment, who: PlantedReporter
) -> None:
    await start(temporal_env.client, who, where)

    found = await find_planted(database, temporal_env.client, [], who)

    assert found
    assert all(each.startswith("workflow ") and each.endswith(": name") for each in found)


@pytest.mark.parametrize("kind", ["log", "xlsx", "name"])
async def test_a_name_in_a_file_is_found(
    kind: str, tmp_path: Path, database: str, temporal_env: WorkflowEnvironment, who: PlantedReporter
) -> None:
    folder = tmp_path / "log" / "deeper"
    folder.mkdir(parents=True)
    file = folder / (f"{who.name}.txt" if kind == "name" else f"worker.{kind}")
    file.write_bytes(b'{"event": "x", "phone": "' + who.phone.encode() + b'"}' if kind == "log" else b"")
    if kind == "xlsx":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f"<t>{who.name}</t>")

    found = await find_planted(database, temporal_env.client, [tmp_path], who)

    assert found
    assert all("file" in each for each in found)


async def test_a_folder_that_is_not_there_is_not_taken_for_a_clean_one(
    tmp_path: Path, database: str, temporal_env: WorkflowEnvironment, who: PlantedReporter
) -> None:
    with pytest.raises(FileNotFoundError):
        await find_planted(database, temporal_env.client, [tmp_path / "absent"], who)
