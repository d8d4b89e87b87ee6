"""其余核验: bulletins, archived histories, photos, running workflows, and what was kept outside."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from connection import connect
from ops.anchor import against
from ops.archive import checked
from ops.examine import Finding, Verdict
from ops.export_keys import PublicKey
from ops.living import living
from sandbox import runner
from settings import Settings, read_settings
from store import archive, bulletins, journal, kept
from store.bulletin_proof import recompute
from store.pool import Pool
from store.shelf import Missing, open_shelf
from workflows.keeping import archive_of


class Further(NamedTuple):
    """What an operator wants looked at beside the records themselves."""

    live: bool
    photos: bool
    against: tuple[Path, ...]
    key: PublicKey | None


async def further(pool: Pool, verdict: Verdict, issues: Sequence[str] | None, wanted: Further) -> Verdict:
    """Return the verdict with what the other checks came to.

    Bulletins are counted anew when everything is looked at; archived files are read again, and lived again
    by `ops archive --check`. Raises Away, RPCError, NoShelf, UnfitAnchor.
    """
    settings = read_settings()
    if issues is None:
        verdict = verdict.joined(*await _bulletins(pool))
    verdict = verdict.joined(*await _archives(pool, settings, issues))
    if wanted.photos:
        verdict = verdict.joined(*await _photos(pool, settings, issues))
    if wanted.live:
        verdict = verdict.joined(*await _live(pool, settings, issues))
    looked, found = 0, list[Finding]()
    for file in wanted.against:
        one, wrong = await against(pool, file, wanted.key)
        looked, found = looked + one, [*found, *wrong]
    return verdict.joined({"outside": looked}, found) if wanted.against else verdict


Came = tuple[dict[str, int], list[Finding]]


async def _bulletins(pool: Pool) -> Came:
    looked, found = 0, list[Finding]()
    for bulletin_id in await bulletins.ids(pool):
        made = await recompute(pool, bulletin_id)
        if made is None:
            found.append(Finding("bulletins", bulletin_id, 1, "number", "no journal", "a journal"))
            continue
        looked += 1
        found += [Finding("bulletins", bulletin_id, 0, each.what, each.reason, "") for each in made.broken]
        found += [
            Finding("bulletins", bulletin_id, 0, each.figure, each.kept, each.recomputed)
            for each in made.differing
        ]
    return {"bulletins": looked}, found


async def _archives(pool: Pool, settings: Settings, issues: Sequence[str] | None) -> Came:
    every = [each async for each in archive.archives(pool, issues)]
    if not every:
        return {"archives": 0}, []
    client = await connect(settings, "ops", lazy=True)
    one = archive_of(client, settings.database_url, settings.archive, runner(settings))
    try:
        found = [wrong for each in every for wrong in await checked(one, pool, each, relived=False)]
    finally:
        await one.close()
    return {"archives": len(every)}, found


async def _photos(pool: Pool, settings: Settings, issues: Sequence[str] | None) -> Came:
    shelves = [open_shelf(settings.photos, part, "RIVER_PHOTOS") for part in ("original", "public")]
    looked, found = 0, list[Finding]()
    async for each in kept.kept(pool, issues):
        for picture in each.pictures:
            for shelf, digest in zip(shelves, (picture.digest, picture.public_digest), strict=True):
                looked += 1
                try:
                    await shelf.read(digest)
                except Missing:
                    found.append(
                        Finding("photos", each.issue_id, 0, shelf.part, "missing or changed", digest)
                    )
    return {"photos": looked}, found


async def _live(pool: Pool, settings: Settings, issues: Sequence[str] | None) -> Came:
    client = await connect(settings, "ops")
    open_ones = await journal.open_issues(pool)
    wanted = set(open_ones) & set(open_ones if issues is None else issues)
    looked, found = await living(client, pool, sorted(wanted))
    return {"live": looked}, found
