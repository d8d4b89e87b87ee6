"""岗位变动: when a head of the chain falls vacant or is held again, and which open issues have heard it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from domain.posts import Post, division_of, place_of, reach_of
from domain.roster import Roster, who_acts
from domain.roster_change import heads
from store.pool import Connection, Pool, connected
from store.queries import read_queries

SQL = read_queries("turns")

Answer = Literal["heard", "refused", "over"]


class Turn(NamedTuple):
    """变动: a post as it stands since a moment, for one issue that has not heard it."""

    issue_id: str
    post: Post
    is_vacant: bool
    turn: int
    noticed_at: datetime


async def notice(connection: Connection, roster: Roster) -> int:
    """Compare how the heads of the chain stand now with how they stood, and return how many took a turn.

    In the caller's transaction, of which it is the last act: others who look wait until it ends.
    """
    await connection.execute(SQL["one_look_at_a_time"])
    known = [row["post"] for row in await connection.fetch(SQL["noticed_posts"])]
    # Asked under the lock and not taken from the transaction's beginning: looks follow one another in time.
    now: datetime = await connection.fetchval(SQL["the_time"])
    posts = sorted({*known, *heads(roster)})
    is_vacant = [who_acts(roster, post, now) is None for post in posts]
    return len(await connection.fetch(SQL["notice"], *_below(posts), is_vacant))


async def to_announce(pool: Pool) -> list[Turn]:
    """Return what open issues have not heard yet, the oldest turn first. Raises Away."""
    async with connected(pool) as connection:
        return [Turn(*row) for row in await connection.fetch(SQL["to_announce"])]


async def answered(pool: Pool, turn: Turn, answer: Answer) -> None:
    """Remember that an issue has heard a turn, or has no use for it. Raises Away."""
    async with connected(pool) as connection:
        await connection.execute(SQL["answered"], turn.issue_id, turn.post, turn.turn, answer)


async def is_open(pool: Pool, issue_id: str) -> bool:
    """Tell whether the records show an issue as open, whether a workflow of it runs or not. Raises Away."""
    async with connected(pool) as connection:
        return bool(await connection.fetchval(SQL["is_open"], issue_id))


async def open_issues_below(pool: Pool, posts: Sequence[Post]) -> Mapping[Post, list[str]]:
    """Return the open issues to whose chain posts belong; a post without any is not listed. Raises Away."""
    found: dict[Post, list[str]] = {}
    async with connected(pool) as connection:
        for post, issue_id in await connection.fetch(SQL["below"], *_below(posts)):
            found.setdefault(post, []).append(issue_id)
    return found


async def responsible_posts(pool: Pool) -> list[Post]:
    """Return the posts that are responsible for open issues now, each once. Raises Away."""
    async with connected(pool) as connection:
        return [row["chief"] for row in await connection.fetch(SQL["responsible_posts"])]


def _below(posts: Sequence[Post]) -> tuple[list[Post], list[str], list[str | None]]:
    return list(posts), [place_of(division_of(post)) for post in posts], [reach_of(post) for post in posts]
