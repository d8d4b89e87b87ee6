"""复算: every figure of a bulletin made anew from the journals up to its cut, compared with what was kept."""

import asyncio
from typing import NamedTuple

from domain.bulletin.facts import Cut, read_fact
from domain.bulletin.order import cut_digest, figures_digest
from domain.bulletin.state import retell
from domain.bulletin.terms import BulletinId
from domain.chain import GENESIS, link
from domain.figures import Story, figures
from domain.indicators import Figure
from domain.model import IssueId
from store.bulletins import AT_A_TIME, PATIENCE, SQL, facts_of, told
from store.pool import Connection, Pool, connected


class Differing(NamedTuple):
    """不符: a figure as it is kept and as it is recomputed, and the issues that are in one of them only."""

    figure: str
    kept: str
    recomputed: str
    issues: tuple[IssueId, ...]


class Broken(NamedTuple):
    """断裂: where a journal or the cut is not what it was."""

    what: str
    reason: str


class Recomputed(NamedTuple):
    """复算结果."""

    bulletin_id: BulletinId
    issues: int
    figures: int
    broken: tuple[Broken, ...]
    differing: tuple[Differing, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as it was frozen."""
        return not self.broken and not self.differing


async def recompute(pool: Pool, bulletin_id: BulletinId) -> Recomputed | None:
    """Retell every issue of a bulletin's cut and count anew; nothing for an unknown bulletin. Raises Away.

    What happened to the issues after the cut changes nothing.
    """
    lines = await facts_of(pool, bulletin_id)
    if not lines:
        return None
    bulletin = retell([read_fact(line.body) for line in lines])
    broken = list[Broken]()
    before = GENESIS
    for number, line in enumerate(lines, start=1):
        if line.number != number or link(before, number, line.body) != line.hash:
            broken.append(Broken(bulletin_id, f"fact {number}: the hash does not follow from the words"))
            break
        before = line.hash
    stories = list[Story]()
    async with connected(pool) as connection:
        ends = await _ends(connection, bulletin_id)
        if cut_digest(ends) != bulletin.cut.digest or len(ends) != bulletin.cut.issues:
            broken.append(Broken(bulletin_id, "the cut is not the one that its first fact names"))
        for first in range(0, len(ends), AT_A_TIME):
            some = ends[first : first + AT_A_TIME]
            bodies, wrong = await _journals(connection, bulletin_id, some)
            broken += wrong
            stories += await asyncio.to_thread(told, bodies, bulletin.period.ends_at)
        kept = await _kept(connection, bulletin_id)
    anew = await asyncio.to_thread(figures, stories, bulletin.period, bulletin.division)
    if figures_digest(anew) != bulletin.cut.figures:
        broken.append(Broken(bulletin_id, "the figures are not those that its first fact names"))
    return Recomputed(bulletin_id, len(ends), len(anew), tuple(broken), _compare(kept, anew, bulletin.cut))


async def _ends(connection: Connection, bulletin_id: BulletinId) -> list[tuple[IssueId, int, str]]:
    rows = await connection.fetch(SQL["cut_issues"], bulletin_id, "", None, timeout=PATIENCE)
    return [(row["issue_id"], row["number"], row["hash"]) for row in rows]


async def _journals(
    connection: Connection, bulletin_id: BulletinId, ends: list[tuple[IssueId, int, str]]
) -> tuple[list[tuple[IssueId, str]], list[Broken]]:
    """Return the journals that lead to the very facts of the cut; and those that do not, with the reason."""
    last = {issue_id: (number, end) for issue_id, number, end in ends}
    rows = await connection.fetch(SQL["cut_facts"], bulletin_id, list(last), timeout=PATIENCE)
    bodies: dict[IssueId, list[str]] = {issue_id: [] for issue_id in last}
    tails: dict[IssueId, str] = dict.fromkeys(last, GENESIS)
    for row in rows:
        of_one = bodies[row["issue_id"]]
        of_one.append(row["body"])
        tails[row["issue_id"]] = link(tails[row["issue_id"]], len(of_one), row["body"])
    wrong = [
        Broken(issue_id, f"the journal does not lead to fact {number} of the cut")
        for issue_id, (number, end) in last.items()
        if len(bodies[issue_id]) != number or tails[issue_id] != end
    ]
    whole = {each.what for each in wrong}
    return [(each, body) for each in bodies if each not in whole for body in bodies[each]], wrong


class _Kept(NamedTuple):
    """A figure as its row says it, which may contradict its own list."""

    counted: int
    of: int | None
    issues: tuple[IssueId, ...]
    among: tuple[IssueId, ...]


async def _kept(connection: Connection, bulletin_id: BulletinId) -> dict[str, _Kept]:
    rows = await connection.fetch(SQL["figures_of"], bulletin_id, None)
    return {
        row["figure"]: _Kept(row["count"], row["of"], tuple(row["issues"]), tuple(row["among"] or ()))
        for row in rows
    }


def _compare(kept: dict[str, _Kept], anew: tuple[Figure, ...], cut: Cut) -> tuple[Differing, ...]:
    made = {figure.key: _Kept(figure.count, figure.of, figure.issues, figure.among or ()) for figure in anew}
    found = [
        Differing(key, _said(kept.get(key)), _said(made.get(key)), _apart(kept.get(key), made.get(key)))
        for key in sorted(kept.keys() | made.keys())
        if kept.get(key) != made.get(key)
    ]
    for rate in cut.rates:
        figure = made.get(rate.key)
        if figure is None or (figure.counted, figure.of) != (rate.count, rate.of):
            found.append(Differing(rate.key, f"{rate.count}/{rate.of} in fact 1", _said(figure), ()))
    return tuple(found)


def _said(figure: _Kept | None) -> str:
    if figure is None:
        return "none"
    return str(figure.counted) if figure.of is None else f"{figure.counted}/{figure.of}"


def _apart(one: _Kept | None, other: _Kept | None) -> tuple[IssueId, ...]:
    listed = [{*figure.issues, *figure.among} if figure else set[str]() for figure in (one, other)]
    return tuple(sorted(listed[0] ^ listed[1]))
