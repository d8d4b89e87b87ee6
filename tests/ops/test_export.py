"""What is exported proves itself on a bare machine, and whatever was changed in it is named."""

import asyncio
import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from ops import export_files as made
from ops.bring_in import Checked, check_export
from ops.export import Exporter, Missed, write_export
from ops.export_keys import PrivateKey, keep_private_key, read_public_key
from ops.signing import UnfitKey
from sandbox import runner
from store import archive, journal
from store.archive import pack, unpack
from store.kept import kept
from tests.secrecy import planted
from tests.servers import TestPostgres
from tests.store.letters import closed
from tests.workflows.shell import Living, Shell, impatient_server, settings_for, shell
from workflows.keeping import archive_of

ROOT = Path(__file__).parents[2]
OFFLINE = """
import runpy, socket, sys
def unreachable(*_): raise OSError("the network is unreachable")
socket.socket.connect = socket.getaddrinfo = unreachable
sys.argv = ["ops", *sys.argv[1:]]
runpy.run_module("ops", run_name="__main__")
"""


class Place(NamedTuple):
    """A shell, and where exports and archives of a test go."""

    shell: Shell
    folder: Path
    key: PrivateKey

    async def export(self, issue: Living | str, to: str = "out") -> Path:
        issue_id = issue if isinstance(issue, str) else issue.issue_id
        settings = settings_for(
            self.shell.settings.database_url,
            self.shell.settings.task_queue,
            archive=str(self.folder / "archive"),
            photos=str(self.folder / "photos"),
        )
        exporter = Exporter(self.shell.pool, self.shell.client, settings)
        files = await exporter.files(issue_id, with_photos=False)
        target = self.folder / to / issue_id
        write_export(target, exporter.seen, files, self.key)
        return target


@pytest_asyncio.fixture(loop_scope="session")
async def place(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> AsyncIterator[Place]:
    """Give a shell with a database of its own."""
    dsn = await postgres.fresh_database()
    key, _ = keep_private_key(tmp_path / "keys" / "export.private.jwk")
    async with shell(temporal_env, dsn, f"exports-{tmp_path.name}") as one:
        yield Place(one, tmp_path, key)
    await postgres.drop(dsn)


async def dismissed(place: Place) -> Living:
    issue = await place.shell.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.say(say.Dismiss, reason='𠮷家湾 ☂ «a|b»\u2028 并非 "污染"')
    await issue.journal()
    await issue.handle.result()
    return issue


async def checked(folder: Path, key: PrivateKey | None = None) -> Checked:
    return await check_export(folder, key.public if key else None)


def found(result: Checked) -> set[str]:
    return {each.check for each in result.findings}


async def test_an_export_holds_by_itself(place: Place) -> None:
    issue = await dismissed(place)

    result = await checked(await place.export(issue), place.key)

    assert result.findings == ()
    assert result.issue_id == issue.issue_id
    zero = {name for name, number in result.looked.items() if not number}
    assert zero <= {"photos", "documents", "heads"}
    assert result.remarks == ()


async def test_an_open_issue_and_an_archived_one_hold_as_well(place: Place) -> None:
    living, ended = await place.shell.open(), await dismissed(place)
    await living.say(say.RecordStop)
    await living.journal()
    shop = archive_of(
        place.shell.client,
        place.shell.settings.database_url,
        str(place.folder / "archive"),
        runner(place.shell.settings),
    )
    assert await shop.keep(ended.issue_id) == "archived"
    await shop.close()

    results = [await checked(await place.export(issue), place.key) for issue in (living, ended)]

    assert [each.findings for each in results] == [(), ()]
    assert (await journal.facts(ended.pool, ended.issue_id))[-1].kind == "HistoryArchived"
    await living.handle.terminate("tested")


async def test_the_same_issue_twice_is_the_same_files(place: Place) -> None:
    issue = await dismissed(place)

    first, second = await place.export(issue, "first"), await place.export(issue, "second")

    contents = [
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (first, second)
    ]
    assert contents[0] == contents[1]


async def test_it_is_checked_on_a_bare_machine(place: Place, tmp_path: Path) -> None:
    issue = await dismissed(place)
    folder = await place.export(issue)
    public = tmp_path / "known.jwk"
    shutil.copy(folder / made.KEY, public)

    def bare(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", OFFLINE, "import", *words],
            cwd=ROOT,
            env={"PYTHONUTF8": "1", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    whole = await asyncio.to_thread(bare, "--check", str(folder.parent), "--key", str(public))
    (folder / made.JOURNAL).write_bytes(
        (folder / made.JOURNAL).read_bytes().replace(b"Assigned", b"Assignes")
    )
    spoiled = await asyncio.to_thread(bare, "--check", str(folder), "--json")
    nothing = await asyncio.to_thread(bare, "--check", str(tmp_path / "keys"))

    assert (whole.returncode, "Everything holds" in whole.stdout) == (0, True), whole.stderr
    assert spoiled.returncode == 1
    assert {"digests", "facts"} <= {each["check"] for each in json.loads(spoiled.stdout)[0]["findings"]}
    assert nothing.returncode == 2


def line_of(folder: Path, name: str, number: int, change: Callable[[dict[str, Any]], object]) -> None:
    lines = (folder / name).read_bytes().removesuffix(b"\n").split(b"\n")
    row = json.loads(lines[number])
    change(row)
    lines[number] = made.canonical(row)
    (folder / name).write_bytes(b"\n".join(lines) + b"\n")


def drop(name: str, number: int) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        del lines[number]
        (folder / name).write_bytes(b"".join(lines))

    return change


def said_otherwise(folder: Path) -> None:
    """Let the history say another reason than was said, in every run's events, and pack it again."""
    chain = unpack((folder / made.HISTORIES).read_bytes(), folder.name)
    text = json.dumps(chain.runs[0].history)
    for payload in set(re.findall(r'"data": "([A-Za-z0-9+/=]+)"', text)):
        said = base64.b64decode(payload)
        if (other := said.replace("𠮷家湾".encode(), "某某湾".encode())) != said:
            text = text.replace(payload, base64.b64encode(other).decode())
    runs = (chain.runs[0]._replace(history=json.loads(text)),)
    assert runs != chain.runs
    (folder / made.HISTORIES).write_bytes(pack(chain._replace(runs=runs)))


def without_the_end(folder: Path) -> None:
    """Let the history end before the last word was heard."""
    chain = unpack((folder / made.HISTORIES).read_bytes(), folder.name)
    events = chain.runs[0].history["events"]
    updates = [n for n, event in enumerate(events) if "UPDATE_ACCEPTED" in event["eventType"]]
    history = {**chain.runs[0].history, "events": events[: updates[-1] - 1]}
    (folder / made.HISTORIES).write_bytes(
        pack(chain._replace(runs=(chain.runs[0]._replace(history=history),)))
    )


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a fact's words": (
        lambda folder: line_of(folder, made.JOURNAL, 1, lambda row: row.update(body=row["body"] + " ")),
        "facts",
    ),
    "a fact's column": (
        lambda folder: line_of(
            folder, made.JOURNAL, 1, lambda row: row.update(said_at="2026-01-01T00:00:00Z")
        ),
        "facts",
    ),
    "when it was recorded": (
        lambda folder: line_of(
            folder, made.JOURNAL, 1, lambda row: row.update(recorded_at="2026-01-01T00:00:00Z")
        ),
        "facts",
    ),
    "the last fact dropped": (drop(made.JOURNAL, -1), "facts"),
    "a fact dropped": (drop(made.JOURNAL, 1), "facts"),
    "an effect dropped": (drop(made.EFFECTS, 0), "acts"),
    "an effect's text": (
        lambda folder: line_of(folder, made.EFFECTS, 0, lambda row: row.update(text="改")),
        "acts",
    ),
    "an effect's addressee": (
        lambda folder: line_of(
            folder, made.EFFECTS, 0, lambda row: row.update(addressee="office:510000000000")
        ),
        "acts",
    ),
    "the rules": (lambda folder: (folder / made.RULES).write_bytes(b"[]\n"), "rules"),
    "the histories cut short": (
        lambda folder: (folder / made.HISTORIES).write_bytes((folder / made.HISTORIES).read_bytes()[:-20]),
        "histories",
    ),
    "what the history says": (said_otherwise, "histories"),
    "the history's end": (without_the_end, "histories"),
    "no histories named by an archive": (
        lambda folder: (folder / made.HISTORIES).write_bytes(b""),
        "histories",
    ),
    "the journal is no text": (lambda folder: (folder / made.JOURNAL).write_bytes(b"\xff\n"), "facts"),
    "no journal": (lambda folder: (folder / made.JOURNAL).unlink(), "facts"),
}


def sign_again(folder: Path, key: PrivateKey) -> None:
    """Do as whoever has the key could: write a manifest that fits what was changed."""
    manifest = made.read_manifest((folder / made.MANIFEST).read_bytes())
    beside = {made.MANIFEST, made.SIGNATURE, made.KEY}
    files = {f.relative_to(folder).as_posix(): f for f in folder.rglob("*") if f.is_file()}
    digests = {name: made._digest(f) or "" for name, f in files.items() if name not in beside}
    content = manifest._replace(files=digests).bytes()
    (folder / made.MANIFEST).write_bytes(content)
    (folder / made.SIGNATURE).write_text(key.sign(content))


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def exported(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Place, Path, Path]]:
    """Give two exports, to be copied and spoiled."""
    dsn, folder = await postgres.fresh_database(), tmp_path_factory.mktemp("exports")
    key, _ = keep_private_key(folder / "keys" / "key.jwk")
    async with shell(temporal_env, dsn, "exports-spoiled") as one:
        place = Place(one, folder, key)
        yield place, await place.export(await dismissed(place)), await place.export(await dismissed(place))
    await postgres.drop(dsn)


@pytest.mark.parametrize("what", CHANGES)
async def test_what_was_changed_in_an_export_is_named_also_when_it_was_signed_again(
    what: str, exported: tuple[Place, Path, Path], tmp_path: Path
) -> None:
    place, whole, _ = exported
    folder = tmp_path / whole.name
    shutil.copytree(whole, folder)
    change, check = CHANGES[what]

    change(folder)
    plain = await checked(folder, place.key)
    sign_again(folder, place.key)
    signed = await checked(folder, place.key)

    assert {"digests", check} <= found(plain)
    assert check in found(signed)
    assert "digests" not in found(signed)
    assert "signature" not in found(signed)


@pytest.mark.parametrize("name", [made.JOURNAL, made.EFFECTS, made.HISTORIES, made.RULES, made.BUILD])
async def test_a_file_of_another_issue_is_found(
    name: str, exported: tuple[Place, Path, Path], tmp_path: Path
) -> None:
    place, whole, other = exported
    folder = tmp_path / whole.name
    shutil.copytree(whole, folder)
    shutil.copy(other / name, folder / name)

    plain = await checked(folder, place.key)
    sign_again(folder, place.key)
    signed = await checked(folder, place.key)

    same = (other / name).read_bytes() == (whole / name).read_bytes()
    assert bool(found(plain)) == bool(found(signed)) != same


async def test_another_signature_another_key_and_a_file_too_many_are_found(
    exported: tuple[Place, Path, Path], tmp_path: Path
) -> None:
    place, whole, _ = exported
    folder = tmp_path / whole.name
    shutil.copytree(whole, folder)
    stranger, _ = keep_private_key(tmp_path / "stranger.jwk")

    (folder / "more.txt").write_text("x")
    assert [each.where for each in (await checked(folder, place.key)).findings] == ["more.txt"]
    (folder / "more.txt").unlink()
    sign_again(folder, stranger)
    assert found(await checked(folder, place.key)) == found(await checked(folder)) == {"signature"}
    (folder / made.KEY).write_bytes(made.canonical(stranger.public.jwk))
    alone = await checked(folder)
    assert (found(alone), len(alone.remarks)) == (set(), 1)
    assert found(await checked(folder, place.key)) == {"signature"}
    for spoiled in (b"{}", b"", b"[1]", b'{"format":"river-export-1"}'):
        (folder / made.MANIFEST).write_bytes(spoiled)
        assert found(await checked(folder, place.key)) == {"signature"}


def link(folder: Path) -> None:
    (folder / "out").symlink_to("/etc")


def linked_journal(folder: Path) -> None:
    (folder / made.JOURNAL).rename(folder.parent / "elsewhere")
    (folder / made.JOURNAL).symlink_to(folder.parent / "elsewhere")


def no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def endless(folder: Path) -> None:
    with (folder / "more.bin").open("wb") as file:
        file.truncate(2 << 40)  # a hole: it takes no room on the disk


def bomb(folder: Path) -> None:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, 31)
    nothing = bytes(1 << 20)
    parts = [squeezed.compress(nothing) for _ in range(archive.LARGEST // len(nothing) + 8)]
    (folder / made.HISTORIES).write_bytes(b"".join(parts) + squeezed.flush())


def deep(folder: Path) -> None:
    (folder / made.HISTORIES).write_bytes(gzip.compress(b"[" * 200_000))


def deep_lines(folder: Path) -> None:
    (folder / made.EFFECTS).write_bytes(b"[" * 200_000)


def no_history(folder: Path) -> None:
    issue_id = made.read_manifest((folder / made.MANIFEST).read_bytes()).issue_id
    run = {"run_id": "r", "status": "", "started_at": "", "closed_at": None, "history": {"events": [7]}}
    whole = {"format": archive.FORMAT, "issue_id": issue_id, "workflow_id": "w", "runs": [run]}
    (folder / made.HISTORIES).write_bytes(gzip.compress(json.dumps(whole).encode()))


def leading_out(folder: Path) -> None:
    manifest = json.loads((folder / made.MANIFEST).read_bytes())
    manifest["files"]["../../../etc/passwd"] = "0" * 64
    (folder / made.MANIFEST).write_bytes(json.dumps(manifest).encode())


def senseless(folder: Path) -> None:
    manifest = json.loads((folder / made.MANIFEST).read_bytes())
    (folder / made.MANIFEST).write_bytes(json.dumps({**manifest, "issue_id": ["x"], "facts": None}).encode())


@pytest.mark.parametrize(
    "harm",
    [
        *(link, linked_journal, no_file, endless, bomb, deep, deep_lines, no_history, leading_out, senseless),
    ],
)
async def test_what_was_made_to_do_harm_is_a_finding_and_does_none(
    harm: Callable[[Path], None], exported: tuple[Place, Path, Path], tmp_path: Path
) -> None:
    place, whole, _ = exported
    folder = tmp_path / whole.name
    shutil.copytree(whole, folder)

    harm(folder)
    sign_as_it_is(folder, place.key)

    assert found(await checked(folder, place.key))


def sign_as_it_is(folder: Path, key: PrivateKey) -> None:
    """Sign whatever a hostile exporter has made, with digests that are right where there are files."""
    manifest = json.loads((folder / made.MANIFEST).read_bytes())
    for name in manifest["files"]:
        if (folder / name).is_file() and ".." not in name:
            manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    content = json.dumps(manifest).encode()
    (folder / made.MANIFEST).write_bytes(content)
    (folder / made.SIGNATURE).write_text(key.sign(content))


async def test_without_a_key_it_is_said_that_nobody_is_proved_to_have_signed(
    exported: tuple[Place, Path, Path],
) -> None:
    _, whole, _ = exported

    (remark,) = (await checked(whole)).remarks

    assert "未经证明" in remark


async def test_a_fact_that_came_after_the_export_changes_nothing_of_it(place: Place) -> None:
    issue = await place.shell.open()
    await issue.journal()
    folder = await place.export(issue)

    await issue.say(say.RecordStop)
    await issue.journal()

    assert (await checked(folder, place.key)).findings == ()
    assert (await checked(await place.export(issue, "later"), place.key)).findings == ()
    await issue.handle.terminate("tested")


async def test_a_chain_of_many_runs_is_lived_again(postgres: TestPostgres, tmp_path: Path) -> None:
    dsn = await postgres.fresh_database()
    key, _ = keep_private_key(tmp_path / "key.jwk")
    async with await impatient_server() as env, shell(env, dsn, "exports-impatient") as one:
        place = Place(one, tmp_path, key)
        issue = await one.open()
        for number in range(40):
            await issue.say(say.AttachReport, report=f"{number:012d}")
        await issue.say(say.Dismiss)
        await issue.journal()
        await issue.handle.result()
        folder = await place.export(issue)
    await postgres.drop(dsn)

    result = await checked(folder, key)

    assert result.findings == ()
    assert result.looked["histories"] > 1


async def test_no_reporter_ever_leaves_with_an_export(place: Place) -> None:
    issue, reporter = await dismissed(place), planted()
    words = json.dumps({"text": f"{reporter.name} {reporter.phone} {reporter.contact}"}, ensure_ascii=False)
    await issue.pool.execute(
        "INSERT INTO reports (report_id, body, received_at) VALUES ('r', $1, now())", words
    )
    await issue.pool.execute(
        "INSERT INTO issue_numbers (report_id, county, year, running, issue_id, bound_at)"
        " VALUES ('r', '512022', 2026, 1, $1, now())",
        issue.issue_id,
    )
    await issue.pool.execute(
        "INSERT INTO photos (owner, digest, public_digest, bytes, media_type, zone_assumed, lon, lat)"
        " VALUES ($1, $2, $2, 1, 'image/jpeg', false, 105.123456, 30.123456)",
        f"issue:{issue.issue_id}",
        "ab" * 32,
    )

    folder = await place.export(issue)

    for file in folder.rglob("*"):
        assert file.is_dir() or reporter.seen_in(file.read_bytes()) == []
        assert file.is_dir() or b"105.12" not in file.read_bytes()
    assert b"ab" * 32 in (folder / made.PHOTOS).read_bytes()


async def test_an_unknown_issue_and_a_folder_that_is_there_are_told(place: Place) -> None:
    issue = await dismissed(place)
    await place.export(issue)

    with pytest.raises(OSError, match=r"not empty|exists"):
        await place.export(issue)
    with pytest.raises(Missed, match="no journal"):
        await place.export("512022-2026-000999")


async def test_a_history_that_nobody_has_is_remarked_and_one_that_the_journal_names_is_missed(
    place: Place,
) -> None:
    life = closed(499_998)
    await journal.record(place.shell.pool, life.letter())

    without = await checked(await place.export(life.issue_id), place.key)

    assert (found(without), len(without.remarks)) == (set(), 1)
    (each,) = [one async for one in kept(place.shell.pool, [life.issue_id])]
    assert len(each.facts) == len(life.events)


def test_a_private_key_is_its_owners_alone_and_is_never_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "export.jwk"

    (first, is_new), (second, again) = keep_private_key(path), keep_private_key(path)

    assert (is_new, again) == (True, False)
    assert first.public.fingerprint == second.public.fingerprint
    assert path.stat().st_mode & 0o077 == 0
    assert read_public_key(path.read_bytes(), "key").fingerprint == first.public.fingerprint
    assert "d" not in first.public.jwk
    for spoiled in (b"", b"{}", b"[]", b'{"kty":"EC"}', os.urandom(20)):
        with pytest.raises(UnfitKey):
            read_public_key(spoiled, "key")
