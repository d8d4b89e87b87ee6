"""卡住的问题: one list of all that is stuck, by machines and by people, with what repairs each."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from temporalio.service import RPCError

from connection import connect
from domain.issue.wording import moment
from domain.posts import place_of
from domain.stuck import Kind, Stuck
from domain.stuck_rules import PATIENCE, Patience, Source, each_once, unlooked
from ops.desk import CANNOT, DIFFERS, Json, print_json, refuse, say
from ops.stuck_seen import Eyes, Seen, disagreements, look
from settings import Settings, read_settings
from store import stuck as records
from store.pool import Away, Pool, close, open_pool
from store.stuck import Open

T = TypeVar("T")

CONNECT_WITHIN = 5.0
SHOWN = 200
"""Things of one heading: who has more reads them with --json."""
EVENTS_A_FACT = 30
"""At most, and mostly a dozen: whoever has few facts has no long history, and is not looked at for one."""

Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="只看这些种类,可多次 only these kinds")]
Division = Annotated[
    str | None, typer.Option(help="只看此区划及以下 in this division and below: 512022000000")
]
Queue = Annotated[str | None, typer.Option(help="只看此任务队列的流程 only workflows of this task queue")]
Minutes = Annotated[
    float, typer.Option(min=0, help="补记、告知、活动、来件等多久算卡住(分钟) minutes a machine may take")
]
MarkMinutes = Annotated[
    float, typer.Option(min=0, help="节点过后多久算卡住(分钟),应大于唤醒错峰 minutes after a mark")
]
Attempts = Annotated[int, typer.Option(min=2, help="活动或告知试多少次算卡住 tries of an activity or effect")]
Days = Annotated[float, typer.Option(min=0, help="签收、复核等人多久算卡住(天) days a person may take")]


class Search(NamedTuple):
    """查找结果: what is stuck, and which source did not answer, with why."""

    found: tuple[Stuck, ...]
    silent: Mapping[Source, str]

    @property
    def unlooked(self) -> tuple[Kind, ...]:
        """The kinds that were therefore not looked for."""
        return unlooked(self.silent)


def stuck(
    kind: Kinds = None,
    division: Division = None,
    queue: Queue = None,
    minutes: Minutes = PATIENCE.machine / timedelta(minutes=1),
    mark_minutes: MarkMinutes = PATIENCE.mark / timedelta(minutes=1),
    attempts: Attempts = PATIENCE.attempts,
    days: Days = PATIENCE.person / timedelta(days=1),
    *,
    as_json: Json = False,
) -> None:
    """卡住的问题:机器卡的、人卡的,自何时、归谁、为何、怎么办。 List all that is stuck.

    A history counts as long from 10,000 events on, an archive as late three days after the end. What follows
    from something else that is listed is not listed again: it goes away with its cause. Without Postgres
    the list is made from Temporal alone, without Temporal from the journal alone, and says what it lacks.

    Exit status: 0 nothing is stuck, 1 something is or one source did not answer, 2 neither answered.
    """
    patience = PATIENCE._replace(
        machine=timedelta(minutes=minutes),
        mark=timedelta(minutes=mark_minutes),
        attempts=attempts,
        person=timedelta(days=days),
    )
    search = asyncio.run(search_all(read_settings(), patience, queue))
    if len(search.silent) == len(Source):
        told = "\n".join(f"{source}: {why}" for source, why in search.silent.items())
        refuse(f"数据库和 Temporal 都没有应答。 Neither Postgres nor Temporal answers.\n{told}", CANNOT)
    search = narrowed(search, kind or tuple(Kind), division)
    asked = [each for each in search.unlooked if each in (kind or Kind)]
    if as_json:
        print_json(_as_json(search, asked))
    else:
        _tell(search, asked)
    raise typer.Exit(DIFFERS if search.found or asked else 0)


def narrowed(search: Search, kinds: Collection[Kind], division: str | None) -> Search:
    """Keep some kinds, and what lies in a division; what lies in none concerns everybody."""
    place = place_of(division) if division else ""
    found = (
        each
        for each in search.found
        if each.kind in kinds and (not each.division or each.division.startswith(place))
    )
    return search._replace(found=tuple(found))


async def search_all(
    settings: Settings, patience: Patience = PATIENCE, queue: str | None = None, now: datetime | None = None
) -> Search:
    """Look through the records and through all that runs; what one cannot tell the other may."""
    pool = await open_pool(settings.database_url, 2)
    looking = Looking(settings, pool, patience, queue, now or datetime.now(UTC))
    silent: dict[Source, str] = {}
    try:
        opened = await _answered(silent, records.open_in_the_journal(pool))
        found, seen = await asyncio.gather(
            _answered(silent, records.find(pool, looking.now, patience)),
            _answered(silent, _by_temporal(looking, opened or ())),
        )
        if seen and opened is not None:
            both = disagreements(seen.eyes, pool, opened, seen.runs)
            found = [*(found or ()), *(await _answered(silent, both) or ())]
    finally:
        await close(pool)
    resting = seen.at_rest if seen else ()
    return Search(each_once([*(found or ()), *(seen.found if seen else ())], resting), silent)


class Looking(NamedTuple):
    """What is needed to look."""

    settings: Settings
    pool: Pool
    patience: Patience
    queue: str | None
    now: datetime


async def _answered(silent: dict[Source, str], question: Awaitable[T]) -> T | None:
    """Return an answer, or nothing where a source is silent: which one, its way of failing tells."""
    try:
        return await question
    except Away as away:
        silent[Source.POSTGRES] = str(away)
    except (RPCError, RuntimeError, OSError, TimeoutError) as trouble:
        silent[Source.TEMPORAL] = _first_line(trouble)
    return None


async def _by_temporal(looking: Looking, opened: Sequence[Open]) -> Seen:
    settings = looking.settings
    async with asyncio.timeout(CONNECT_WITHIN):
        client = await connect(settings, "ops")
    eyes = Eyes(client, looking.now, looking.patience)
    facts = looking.patience.events // EVENTS_A_FACT
    long_lived = {each.issue_id for each in opened if each.number >= facts}
    return await look(eyes, {looking.queue or settings.task_queue}, long_lived, looking.queue)


def _first_line(trouble: BaseException) -> str:
    return f"{type(trouble).__name__}: {trouble}".partition("\n")[0]


def _as_json(search: Search, asked: Collection[Kind]) -> dict[str, Any]:
    return {
        "found": [
            {**each._asdict(), "why": each.why._asdict(), "is_human": each.kind.is_human}
            for each in search.found
        ],
        "counts": Counter(each.kind for each in search.found),
        "silent": dict(search.silent),
        "not_looked_for": list(asked),
    }


def _tell(search: Search, asked: Collection[Kind]) -> None:
    for source, why in search.silent.items():
        say(f"{_SOURCES[source]} 没有应答 does not answer: {why}")
    if asked:
        named = "、".join(f"{each.label.zh} {each}" for each in asked)
        say(f"因此未查 therefore not looked for: {named}")
    for heading, is_human in (("机器卡住 machine-stuck", False), ("人卡住 human-stuck", True)):
        found = [each for each in search.found if each.kind.is_human is is_human]
        say(f"{heading}: {len(found)}")
        for each in found[:SHOWN]:
            since = moment(each.since) if each.since else "不详 unknown"
            say(f"· {each.kind.label.zh} {each.kind}  {each.subject}  自 since {since}  归 {each.whose}")
            say(f"  {each.why.zh}。 {each.why.en}")
            say(f"  → {each.repair}")
        if len(found) > SHOWN:
            say(f"其余 {len(found) - SHOWN} 件见 --json the rest with --json")


_SOURCES = {Source.POSTGRES: "数据库 Postgres", Source.TEMPORAL: "流程引擎 Temporal"}
