"""归档: which finished issues' histories are kept and which not yet; keep them now; read them again."""

import asyncio
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from temporalio.service import RPCError

from activities.archive import Archive, Tally
from connection import connect
from logs import set_up_logs
from ops.desk import CANNOT, DIFFERS, Json, ask, bar, out, print_json, refuse, say, table
from ops.examine import Finding
from sandbox import runner
from settings import Settings, read_settings
from store import archive as kept
from store.archive import Kept, SpoiledError
from store.pool import Away, Pool
from store.shelf import Missing, NoShelf
from workflows.keeping import archive_of

_SHOWN = 1000


class _Listed(NamedTuple):
    kept: list[Kept]
    waiting: list[tuple[str, datetime]]


def archive(
    *,
    now: Annotated[bool, typer.Option("--now", help="立即归档 archive what has ended, now")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="全部重读并重放 read every file again and live it again")
    ] = False,
    as_json: Json = False,
) -> None:
    """已办结问题的流程档案:查看、立即归档、逐件复核。 Histories of finished issues: list, keep, check.

    Exit status: 0 done, 1 something is late or differs, 2 Postgres, Temporal or the archive is away.
    """
    settings = read_settings()
    # To standard error: on the other the answer stands alone.
    set_up_logs(settings.log_format, settings.log_level)
    tally = _now(settings) if now else None
    listed = ask(_listed)
    findings = _checked(settings) if check else []
    if as_json:
        print_json(
            {
                "kept": [each._asdict() for each in listed.kept],
                "waiting": [{"issue_id": each, "ended_at": at} for each, at in listed.waiting],
                "now": tally.model_dump() if tally else None,
                "findings": [each._asdict() for each in findings],
            }
        )
    else:
        _tell(listed, tally, findings)
    raise typer.Exit(DIFFERS if findings or (tally and tally.late) else 0)


async def _listed(pool: Pool) -> _Listed:
    return _Listed([each async for each in kept.archives(pool)], await kept.unarchived(pool, _SHOWN))


def _now(settings: Settings) -> Tally:
    try:
        return asyncio.run(_sweep(settings))
    except (RPCError, RuntimeError, OSError, Away, NoShelf) as trouble:
        refuse(f"未能归档。 Nothing could be archived: {trouble}", CANNOT)


async def _sweep(settings: Settings) -> Tally:
    client = await connect(settings, "ops")
    one = archive_of(client, settings.database_url, settings.archive, runner(settings))
    archived = 0
    try:
        while True:
            tally = await one.sweep()
            archived += tally.archived
            if not tally.left or not tally.archived:
                return tally.model_copy(update={"archived": archived})
    finally:
        await one.close()


def _checked(settings: Settings) -> list[Finding]:
    try:
        return asyncio.run(_check(settings))
    except (RuntimeError, OSError, Away, NoShelf) as trouble:
        refuse(f"未能复核。 The archive could not be read: {trouble}", CANNOT)


async def _check(settings: Settings) -> list[Finding]:
    client = await connect(settings, "ops", lazy=True)
    one = archive_of(client, settings.database_url, settings.archive, runner(settings))
    found: list[Finding] = []
    try:
        pool = await one.pool()
        every = [each async for each in kept.archives(pool)]
        with bar("复核 check", len(every)) as step:
            for each in every:
                found += await checked(one, pool, each)
                step()
    finally:
        await one.close()
    return found


async def checked(one: Archive, pool: Pool, each: Kept, *, relived: bool = True) -> list[Finding]:
    """Read one archive again, and live it again; say what is not as the journal has it. Raises Away."""

    def differs(where: str, is_so: str, should: str) -> list[Finding]:
        return [Finding("archives", each.issue_id, each.fact or 0, where, is_so, should)]

    said = await kept.said_archived(pool, each.issue_id)
    if said != each.digest:
        return differs("digest", str(each.digest), str(said))
    if said is None:
        return []
    try:
        chain = await one.read(each.issue_id, said)
    except Missing:
        return differs("file", "missing or changed", said)
    except SpoiledError as spoiled:
        return differs("file", str(spoiled), said)
    unlike = await one.unlike(chain) if relived else ""
    return differs("runs", unlike, "the journal") if unlike else []


def _tell(listed: _Listed, tally: Tally | None, findings: list[Finding]) -> None:
    if tally:
        say(f"本次归档 archived {tally.archived} · 遗失 lost {tally.lost} · 逾期 late {tally.late}")
    say(
        f"已归档 kept {sum(bool(each.digest) for each in listed.kept)} · 待归档 waiting {len(listed.waiting)}"
    )
    for issue_id, at in listed.waiting[:20]:
        say(f"待归档 waiting: {issue_id} · 办结于 ended {at:%Y-%m-%d %H:%M}")
    if findings:
        rows = table("问题 issue", "事实 fact", "所在 where", "所见 what")
        for each in findings:
            rows.add_row(each.subject, str(each.number), each.where, f"{each.kept} ≠ {each.proved}")
        out.print(rows)
