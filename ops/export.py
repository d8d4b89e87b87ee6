"""导出: an issue with everything that proves it, signed, to be checked years later on a bare machine."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.chain import fetch_chain
from connection import connect
from ops import export_files as made
from ops.desk import CANNOT, DIFFERS, Json, bar, print_json, refuse, say
from ops.export_keys import DEFAULT, PrivateKey, keep_private_key
from ops.signing import UnfitKey
from settings import Settings, read_settings
from store import archive, kept
from store.archive import Chain, SpoiledError, canonical, unpack
from store.kept import Kept
from store.pool import Away, Pool, close, open_pool
from store.proof import told
from store.shelf import Missing, NoShelf, open_shelf
from workflows.names import issue_workflow_id

_LOOKS = 5
_PAUSE = 0.3


class Exported(NamedTuple):
    """What became of an issue: where it lies, or why it was not exported."""

    issue_id: str
    where: Path | None = None
    reason: str = ""
    has_histories: bool = False


class Missed(Exception):
    """An issue that cannot be exported; says why."""


def export(
    issues: Annotated[list[str], typer.Argument(help="问题编号 the issues")],
    to: Annotated[Path, typer.Option(help="存放目录,每件一个子目录 a folder; each issue gets its own in it")],
    *,
    key: Annotated[
        Path, typer.Option(help="签名私钥,没有则新建 the private key; made if there is none")
    ] = DEFAULT,
    photos: Annotated[bool, typer.Option("--photos", help="连同照片原件 with the photos themselves")] = False,
    as_json: Json = False,
) -> None:
    """导出问题:日志、文书、告知、流程记录、规则,附签名清单。 Export issues with a signed manifest.

    Check it elsewhere: python -m ops import --check FOLDER --key PUBLIC-KEY

    Exit status: 0 exported, 1 some are not, each with its reason, 2 Postgres is away, or no key.
    """
    settings = read_settings()
    try:
        signing, is_new = keep_private_key(key)
        done = asyncio.run(_export(settings, list(dict.fromkeys(issues)), to, signing, with_photos=photos))
    except (UnfitKey, OSError, Away, NoShelf) as trouble:
        refuse(f"未能导出。 Nothing could be exported: {trouble}", CANNOT)
    print_of_key = signing.public.fingerprint
    if as_json:
        listed = [{**each._asdict(), "where": str(each.where) if each.where else None} for each in done]
        print_json({"exported": listed, "fingerprint": print_of_key})
    else:
        for each in done:
            say(f"{each.issue_id}: {each.where or each.reason}")
        new = "(新建 newly made) " if is_new else ""
        say(f"签名公钥指纹 fingerprint of the key {new}{print_of_key}")
    raise typer.Exit(0 if all(each.where for each in done) else DIFFERS)


async def _export(
    settings: Settings, issues: Sequence[str], to: Path, key: PrivateKey, *, with_photos: bool
) -> list[Exported]:
    client = await connect(settings, "ops", lazy=True)
    pool = await open_pool(settings.database_url, 2)
    exporter = Exporter(pool, client, settings)
    done: list[Exported] = []
    try:
        with bar("导出 export", len(issues)) as step:
            for each in issues:
                done.append(await _one(exporter, each, to, key, with_photos=with_photos))
                step()
    finally:
        await close(pool)
    return done


async def _one(
    exporter: "Exporter", issue_id: str, to: Path, key: PrivateKey, *, with_photos: bool
) -> Exported:
    target = to / issue_id
    if target.exists():
        return Exported(issue_id, reason=f"{target} 已存在,未作改动 is there already; nothing was changed")
    try:
        files = await exporter.files(issue_id, with_photos=with_photos)
    except Missed as missed:
        return Exported(issue_id, reason=str(missed))
    await asyncio.to_thread(write_export, target, exporter.seen, files, key)
    return Exported(issue_id, target, has_histories=made.HISTORIES in files)


def write_export(target: Path, each: Kept, files: Mapping[str, bytes], key: PrivateKey) -> None:
    """Write an export whole or not at all."""
    manifest = made.manifest_of(each, files).bytes()
    public = canonical(key.public.jwk) + b"\n"
    signature = key.sign(manifest).encode() + b"\n"
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    every = {**files, made.MANIFEST: manifest, made.SIGNATURE: signature, made.KEY: public}
    try:
        for name, content in every.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_bytes(content)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


class Exporter:
    """What an export is read from: the records, the server or the archive of histories, the photos."""

    def __init__(self, pool: Pool, client: Client, settings: Settings) -> None:
        self._pool, self._client, self._settings = pool, client, settings
        self.seen: Kept

    async def files(self, issue_id: str, *, with_photos: bool) -> Mapping[str, bytes]:
        """Return the files of an issue as it stands at one moment. Raises Missed, Away, NoShelf."""
        self.seen, chain = await self._at_rest(issue_id)
        try:
            facts = told(self.seen.facts)
        except ValidationError:
            raise Missed("日志无法读取,请先核验 its journal cannot be read: verify first") from None
        files = made.files_of(self.seen, facts, chain, made.build(self._settings.build_id))
        return {**files, **(await self._originals() if with_photos else {})}

    async def _at_rest(self, issue_id: str) -> tuple[Kept, Chain | None]:
        """Look again where a letter came between the journal and the history."""
        for _ in range(_LOOKS):
            chain = await self._chain(issue_id)
            (each,) = [one async for one in kept.kept(self._pool, [issue_id])]
            if not each.facts:
                raise Missed("没有该问题的日志 there is no journal of it")
            again = await self._chain(issue_id)
            if again == chain:
                return each, chain
            await asyncio.sleep(_PAUSE)
        raise Missed("正在办理中,请稍后再试 it is being spoken to: try again later")

    async def _chain(self, issue_id: str) -> Chain | None:
        """The archive's file if there is one: the very bytes that the journal names; else from the server."""
        if digest := await archive.said_archived(self._pool, issue_id):
            shelf = open_shelf(self._settings.archive, archive.PART, "RIVER_ARCHIVE")
            try:
                return unpack(await shelf.read(digest), issue_id)
            except (Missing, SpoiledError):
                raise Missed(
                    f"流程档案缺失或损坏 its archived history {digest[:12]}… is missing or spoiled"
                ) from None
        try:
            return await fetch_chain(self._client, issue_id, issue_workflow_id(issue_id), closed=False)
        except (RPCError, RuntimeError) as trouble:
            raise Missed(f"Temporal 没有应答 Temporal does not answer: {trouble}") from None

    async def _originals(self) -> Mapping[str, bytes]:
        shelf = open_shelf(self._settings.photos, "original", "RIVER_PHOTOS")
        try:
            return {
                f"{made.ORIGINALS}/{each.digest}": await shelf.read(each.digest)
                for each in self.seen.pictures
            }
        except Missing as missing:
            raise Missed(f"照片缺失 a photo is missing or changed: {missing}") from None
