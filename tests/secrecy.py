"""Plants an unmistakable reporter, and afterwards looks for him wherever something is kept."""

import base64
import gzip
import json
import re
import secrets
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import asyncpg
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from intake.seal import Reporter

EXCEPT = {("sealed", "reporters", "cipher")}
"""Where the reporter is meant to be, enciphered."""

_SEPARATOR = rb"(?:[\s.()+-]|\xc2\xb7|%20|&nbsp;){0,2}"
_FEWEST = 8
"""Shorter pieces of base64 are found by chance."""


@dataclass(frozen=True)
class PlantedReporter:
    """A made-up reporter whose name, phone and contact stand nowhere else."""

    name: str
    phone: str
    contact: str

    @property
    def reporter(self) -> Reporter:
        return Reporter.model_validate({"name": self.name, "phone": self.phone, "contact": self.contact})

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[bytes]]:
        words = {"name": self.name, "phone": self.phone, "contact": self.contact}
        patterns = {what: _any_spelling(word) for what, word in words.items()}
        return patterns | {"phone, separated": _digits(self.phone)}

    def seen_in(self, found: bytes) -> list[str]:
        """Return which of his words stand in some bytes, plain or in a usual spelling, packed or not."""
        return [
            what
            for what, word in self._patterns.items()
            if any(word.search(part) for part in _unpacked(found))
        ]


def planted() -> PlantedReporter:
    """Make up a reporter who has never been before."""
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    name = "举报人" + "".join(secrets.choice(letters) for _ in range(8))
    phone = "199" + "".join(secrets.choice("0123456789") for _ in range(8))
    return PlantedReporter(name, phone, f"only-by-post-{secrets.token_hex(8)}")


async def find_planted(
    dsn: str, client: Client, folders: Iterable[Path], planted: PlantedReporter
) -> list[str]:
    """Return every place where a planted reporter can be read; an empty list is what is wanted.

    Looks at every column of every table of a database (`dsn` of its superuser: no table may be closed to the
    search), at every workflow's history, memo and search attributes, at schedules, and at all files below
    `folders`, in which nothing may be missing: a folder that is not there raises FileNotFoundError.
    """
    found = [f"{where}: {what}" async for where, kept in _tables(dsn) for what in planted.seen_in(kept)]
    found += [
        f"{where}: {what}" async for where, kept in _workflows(client) for what in planted.seen_in(kept)
    ]
    found += [f"{where}: {what}" for where, kept in _files(folders) for what in planted.seen_in(kept)]
    return sorted(set(found))


async def _tables(dsn: str) -> AsyncIterator[tuple[str, bytes]]:
    connection = await asyncpg.connect(dsn)
    try:
        columns = await connection.fetch(
            "SELECT nspname, relname, attname, atttypid = 'bytea'::regtype AS is_bytes FROM pg_attribute"
            " JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'm', 'f', 'S')"
            " AND nspname NOT IN ('information_schema', 'pg_catalog', 'pg_toast')"
        )
        for schema, table, column, is_bytes in columns:
            if (schema, table, column) in EXCEPT:
                continue
            read = f'"{column}"' if is_bytes else f"convert_to(\"{column}\"::text, 'UTF8')"
            rows = await connection.fetch(f'SELECT {read} FROM "{schema}"."{table}"')  # noqa: S608 - own names
            yield f"{schema}.{table}.{column}", b"\n".join(row[0] for row in rows if row[0] is not None)
        for kind in ("pg_largeobject", "pg_description"):
            rows = await connection.fetch(f"SELECT t::text FROM {kind} AS t")  # noqa: S608 - the same
            yield kind, "\n".join(row[0] for row in rows).encode()
    finally:
        await connection.close()


async def _workflows(client: Client) -> AsyncIterator[tuple[str, bytes]]:
    async for execution in client.list_workflows():
        where = f"workflow {execution.id}"
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        described = (await handle.describe()).raw_description
        yield f"{where} attributes, memo, pending", await _decoded(client, described)
        async for event in handle.fetch_history_events():
            yield f"{where} event {event.event_id}", await _decoded(client, event)
    async for schedule in await client.list_schedules():
        yield f"schedule {schedule.id}", await _decoded(client, schedule.raw_entry)


async def _decoded(client: Client, message: Message) -> bytes:
    """Return a message as it lies there, which shows every text, and its payloads without their codec."""
    codec = client.data_converter.payload_codec
    plain = await codec.decode(list(_payloads(message))) if codec else []
    return b"\n".join([message.SerializeToString(), *(payload.data for payload in plain)])


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            inner = [each for each in value.values() if isinstance(each, Message)]
        else:
            inner = [value] if isinstance(value, Message) else list(value)
        for each in inner:
            yield from _payloads(each)


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        if not folder.exists():
            raise FileNotFoundError(folder)
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield f"file name {file}", str(file.relative_to(folder)).encode()
            yield f"file {file}", file.read_bytes()


def _unpacked(kept: bytes) -> Iterator[bytes]:
    """Yield some bytes, and what is in them if they are an archive (XLSX and DOCX are) or compressed."""
    yield kept
    if kept.startswith(b"\x1f\x8b"):
        yield from _unpacked(gzip.decompress(kept))
    if kept.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(kept)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from _unpacked(archive.read(name))


def _any_spelling(word: str) -> re.Pattern[bytes]:
    escaped = json.dumps(word)[1:-1].encode()
    exact = {word.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    for spelt in [word.encode(), word.encode("gb18030"), escaped]:
        exact |= set(_in_base64(spelt))
    numbers = "".join(f"&#{ord(letter)};" for letter in word).encode()
    anyhow = {
        escaped,
        escaped.replace(b"\\", b"\\\\"),  # JSON within JSON
        "".join(f"&#x{ord(letter):x};" for letter in word).encode(),
        numbers,
        quote(word, safe="").encode(),
        word.encode().hex().encode(),
        word.encode("gb18030").hex().encode(),
    }
    either = [re.escape(each) for each in sorted(exact)]
    loosely = [re.escape(each) for each in sorted(anyhow)]
    return re.compile(b"|".join([*either, b"(?i:" + b"|".join(loosely) + b")"]))


def _in_base64(spelt: bytes) -> Iterator[bytes]:
    """Yield what is certain of a text within longer base64: it may begin at each of three places."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + spelt)
        first = -(-before * 8 // 6)
        last = (before + len(spelt)) * 8 // 6
        if last - first >= _FEWEST:
            yield encoded[first:last]
            yield base64.urlsafe_b64encode(bytes(before) + spelt)[first:last]


def _digits(phone: str) -> re.Pattern[bytes]:
    """However grouped, and also in the wide digits of Chinese typing."""
    each = [f"(?:{digit}|{chr(ord('０') + int(digit))})".encode() for digit in phone]
    return re.compile(_SEPARATOR.join(each))
