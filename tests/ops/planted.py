"""卡住,一样一样种下去: a site of real servers, and for each kind of being stuck a way to bring it about."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

import workflows.issue
from activities.answers import Answer
from activities.bulletins import Bulletins
from activities.courier import deliver_all
from activities.leads import Leads
from activities.record import Records
from domain import posts
from domain.bulletin import commands as bulletin_words
from domain.bulletin.clock import let_time_pass as bulletin_time
from domain.bulletin.decide import checked, draft
from domain.bulletin.decide import decide as decide_bulletin
from domain.bulletin.letter import write as write_bulletin
from domain.bulletin.order import BulletinBeginning, drafted, periodic
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.chain import link
from domain.indicators import month_of
from domain.issue import commands as say
from domain.issue.clocks import wake_at
from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.issue.letter import Letter, write
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.issue.views import attributes
from domain.lead import Told
from domain.limits import Limit
from domain.model import Label
from domain.place import Where
from domain.registering import LeadMark
from domain.roster import Capacity, Roster, Tenure
from domain.stuck import Kind
from domain.stuck_rules import Patience
from domain.terms import Clock, Level, Rung, Severity
from machine.temporal import TemporalServer
from ops.stuck import Search, search_all
from settings import Settings
from store import bulletin_records, bulletins, commands, documents, effects, inbox, journal, leads
from store.effects import Key
from store.lead_rows import NewLead
from store.pool import Pool, close, open_pool
from store.roster import keep_roster
from tests.rules.bulletins import rules as bulletin_rules
from tests.servers import TestPostgres, connect
from tests.workflows.shell import Living, begin, eventually, fresh_issue_id, settings_for
from tests.workflows.words import OTHER_UNIT, REACH, SHA, TOWNSHIP, UNIT, book, opening, word
from voices import bulletins_on
from worker import issue_worker
from workflows.bulletin import BulletinWorkflow
from workflows.issue import Beginning, IssueWorkflow, Receipt
from workflows.lead import LeadWorkflow, Waiting
from workflows.names import TASK_TIMEOUT, bulletin_workflow_id, issue_workflow_id, lead_workflow_id

QUEUE = "planted"
NOBODYS_QUEUE = "planted, and nobody polls it"
NOWHERE = "postgresql://river@127.0.0.1:1/river"
ELSEWHERE = "611902113000"
"""A township in another province, where nobody is, up to the office at the top."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALM = dict.fromkeys((Clock.STOP, Clock.ASSIGN, Clock.RECTIFY, Clock.VERIFY, Clock.CLOSE), "60cd")
"""Limits that no test lives to see, so that nothing but what is planted happens."""
AT_ONCE = Patience(
    machine=timedelta(seconds=1),
    mark=timedelta(seconds=1),
    person=timedelta(seconds=1),
    events=150,
    archive=timedelta(),
)

_receipts = itertools.count(1)


class Strange(Answer):
    """An answer of a version that does not exist yet: today's issues cannot read it."""

    colour: str = "red"


@dataclass
class Heard(Living):
    """An issue of which is kept what was said to it, in order."""

    said: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Number words on from those that were said by the same name."""
        self._words = itertools.count(len(self.said) + 1)

    async def send(self, command: Command, update_id: str | None = None) -> Receipt:
        self.said.append(command)
        return await super().send(command, update_id)


class Reminders(Leads):
    """The reminders of leads, which go nowhere until that is mended."""

    async def reach(self, dsn: str) -> None:
        await self.close()
        self._dsn, self._pool = dsn, None


class Faults:
    """What is wrong with whom: the rules and the journal's activities ask it, and mending is forgetting."""

    def __init__(self) -> None:
        self.raises: set[str] = set()
        self.differs: set[str] = set()
        self.sleeps: set[str] = set()
        self.strange: set[str] = set()

    def bend(self, patch: pytest.MonkeyPatch) -> None:
        """Let the rules that the workflows live by be wrong for some."""

        def passing(issue: Issue, now: datetime) -> list[Event]:
            if issue.issue_id in self.raises:
                raise KeyError(issue.stage)
            return let_time_pass(issue, now)

        def shown(issue: Issue, trouble: str = "") -> Mapping[str, Any]:
            return {} if issue.issue_id in self.differs else attributes(issue, trouble)

        def waking(issue: Issue, mark: Any) -> datetime:
            return wake_at(issue, mark) + (30 * DAY if issue.issue_id in self.sleeps else timedelta())

        patch.setattr(workflows.issue, "let_time_pass", passing)
        patch.setattr(workflows.issue, "attributes", shown)
        patch.setattr(workflows.issue, "wake_at", waking)


class StrangeRecords(Records):
    """The real journal, of which some issues get answers that they cannot read."""

    def __init__(self, dsn: str, faults: Faults) -> None:
        super().__init__(dsn)
        self._faults = faults

    @activity.defn(name="record_now")
    async def record_now(self, letter: Letter) -> Answer:
        if letter.issue_id in self._faults.strange:
            return Answer(state="away")
        return await super().record_now(letter)

    @activity.defn(name="record_until_done")
    async def record_until_done(self, letter: Letter, shown: str = "diverged") -> Answer:
        answer = await super().record_until_done(letter, shown)
        return Strange(**answer.model_dump()) if letter.issue_id in self._faults.strange else answer


@dataclass
class Site:
    """Real Postgres, a real Temporal of its own, a worker that forgets every issue at once."""

    dsn: str
    server: TemporalServer
    client: Client
    pool: Pool
    settings: Settings
    leads: Reminders
    faults: Faults = field(default_factory=Faults)
    held: AsyncExitStack = field(default_factory=AsyncExitStack)
    said: dict[str, list[Command]] = field(default_factory=dict)
    """What was said to each issue, its opening first."""

    def issue(self, issue_id: str) -> Heard:
        return Heard(self.client, self.pool, issue_id, said=self.said.setdefault(issue_id, []))

    async def open(self, **changes: Any) -> Heard:
        """Open an issue of which nothing is due for long, and let its notices arrive."""
        issue = self.issue(changes.pop("issue_id", None) or fresh_issue_id())
        rules = {"limits": CALM, **changes.pop("rules", {})}
        queue, elsewhere = changes.pop("queue", QUEUE), changes.pop("elsewhere", {})
        deliver = changes.pop("deliver", True)
        command = opening(issue.issue_id, datetime.now(UTC), rules=rules, **changes)
        command = command.model_copy(update=elsewhere)
        issue.said.append(command)
        await begin(self.client, command, queue)
        if queue == QUEUE:
            await issue.journal()
        if deliver:
            await self.deliver()
        return issue

    async def deliver(self) -> None:
        """Deliver as the courier does."""
        await deliver_all(self.pool, self.announce)

    async def announce(self, issue_id: str, post: str) -> None:
        """Tell an issue that nobody holds a post."""
        issue = self.issue(issue_id)
        said = {"by": posts.roster(posts.division_of(post)), "post": post}
        await issue.say(say.AnnounceVacancy, command_id=f"vacant:{uuid4()}", **said)
        await issue.journal()

    async def carry_on(self, past: "Past") -> Heard:
        """Give an issue a past, and a workflow that goes on from there."""
        issue = retell(past.facts)
        self.said[issue.issue_id] = past.said
        await journal.record(self.pool, write(None, tuple(past.facts))[0])
        await self.client.start_workflow(
            IssueWorkflow.run,
            Beginning(issue=issue),
            id=issue_workflow_id(issue.issue_id),
            task_queue=QUEUE,
            task_timeout=TASK_TIMEOUT,
        )
        living = self.issue(issue.issue_id)
        await living.journal()
        await self.deliver()
        return living

    async def nudge(self, issue: Living) -> None:
        await issue.handle.signal("nudge")

    async def stuck(self, patience: Patience = AT_ONCE, **changes: Any) -> Search:
        return await search_all(self.settings.model_copy(update=changes), patience)

    async def end(self) -> None:
        """End whatever runs still, so that the next test finds nothing."""
        async for run in self.client.list_workflows("ExecutionStatus = 'Running'"):
            with suppress(RPCError):  # it has ended while it was listed
                await self.client.get_workflow_handle(run.id).terminate()

    async def names(self, patience: Patience = AT_ONCE) -> list[tuple[Kind, str]]:
        """Return what `stuck` names now."""
        return [(each.kind, each.subject) for each in (await self.stuck(patience)).found]


@asynccontextmanager
async def site(
    postgres: TestPostgres, server: TemporalServer, patch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """Serve a fresh database and a Temporal server with a worker whose rules can be bent."""
    dsn = await postgres.fresh_database()
    client = await connect(server)
    changes = {
        "temporal_address": server.address,
        "temporal_namespace": server.namespace,
        "sandbox": False,
        "max_cached_issues": 0,
    }
    settings = settings_for(dsn, QUEUE, **changes)
    pool = await open_pool(dsn, 4)
    await keep_roster(pool, _roster(), "planted")
    one = Site(dsn, server, client, pool, settings, Reminders(NOWHERE))
    one.faults.bend(patch)
    records = StrangeRecords(dsn, one.faults)
    told = Bulletins(dsn, [book()], bulletin_rules(), bulletins_on(client, settings))
    try:
        async with one.held, issue_worker(client, settings, records, one.leads, told):
            yield one
    finally:
        await records.close()
        await told.close()
        await one.leads.close()
        await close(pool)
        await postgres.drop(dsn)


def posts_at(place: str) -> list[str]:
    """Return the posts of a township and of what lies above it."""
    levels = [Level.TOWNSHIP, Level.COUNTY, Level.CITY]
    chiefs = [posts.chief(place, level, REACH) for level in levels]
    chiefs += [posts.general_chief(place, level) for level in levels]
    offices = [posts.office(place, level) for level in [*levels, Level.PROVINCE]]
    return [*chiefs, *offices, *(posts.government(place, level) for level in levels)]


def _roster() -> Roster:
    held = [*posts_at(TOWNSHIP), UNIT, OTHER_UNIT]
    tenures = tuple(Tenure(post=post, person="H-1", capacity=Capacity.HOLDER) for post in held)
    return Roster(posts=dict.fromkeys([*held, *posts_at(ELSEWHERE)], "岗位"), tenures=tenures)


# --- by machines


async def plant_task_failing(at: Site) -> str:
    """A rule raises: the task fails as often as it is tried."""
    issue = await at.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await at.deliver()
    at.faults.raises.add(issue.issue_id)
    await at.nudge(issue)
    return issue.issue_id


async def plant_task_of_other_code(at: Site) -> str:
    """The code does not do what its history says."""
    issue = await at.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await at.deliver()
    at.faults.differs.add(issue.issue_id)
    await at.nudge(issue)
    return issue.issue_id


async def plant_task_undecodable(at: Site) -> str:
    """In the history stands an answer that today's code cannot read."""
    issue = await at.open()
    at.faults.strange.add(issue.issue_id)
    told = asyncio.create_task(issue.say(say.RecordStop))
    await eventually("the strange answer is in the history", lambda: _fails(issue.handle), 45)
    told.cancel()
    await asyncio.gather(told, return_exceptions=True)
    await at.deliver()
    return issue.issue_id


async def _fails(handle: WorkflowHandle[Any, Any]) -> bool:
    told = (await handle.describe()).raw_description.workflow_execution_info
    return "TemporalReportedProblems" in told.search_attributes.indexed_fields


async def plant_undecodable_opening(at: Site) -> WorkflowHandle[Any, Any]:
    """An opening that no code can read: nothing was ever told of it."""
    handle: WorkflowHandle[Any, Any] = await at.client.start_workflow(
        "Issue", {"colour": "red"}, id=issue_workflow_id(fresh_issue_id()), task_queue=QUEUE
    )
    await eventually("it fails", lambda: _fails(handle), 45)
    return handle


async def plant_activity_retrying(at: Site) -> str:
    """Nobody can be told of a lead: its activity does not reach Postgres."""
    receipt = await _parked_lead(at, register_by=datetime.now(UTC) + DAY)
    mark = LeadMark(
        at=datetime.now(UTC) - HOUR, rung=Rung.REMINDER, addressee=posts.office(TOWNSHIP, Level.COUNTY)
    )
    await at.client.start_workflow(
        LeadWorkflow.run,
        Waiting(receipt=receipt, marks=(mark,), each=DAY),
        id=lead_workflow_id(receipt),
        task_queue=QUEUE,
    )
    return receipt


async def plant_letter_waiting(at: Site) -> str:
    """Somebody's open transaction holds the place in the journal that the next fact needs."""
    issue = await at.open()
    last = (await issue.journal())[-1]
    holding = await asyncpg.connect(at.dsn)
    at.held.push_async_callback(holding.close)
    await holding.execute("BEGIN")
    await _insert(holding, issue.issue_id, last.number + 1, last.hash)
    await issue.say(say.RecordStop)
    return issue.issue_id


async def plant_diverged(at: Site) -> str:
    """The journal heard a word that the workflow never did."""
    issue = await at.open()
    stands = await issue.issue()
    now = datetime.now(UTC)
    foreign = word(stands, say.AttachReport, now, "foreign")
    issue.said.append(foreign)
    await journal.record(at.pool, write(stands, tuple(decide(stands, foreign, now)))[0])
    await issue.say(say.RecordStop)
    await at.deliver()
    return issue.issue_id


async def _insert(connection: Any, issue_id: str, number: int, before: str) -> None:
    body = "{}"
    await connection.execute(
        "INSERT INTO issue_facts (issue_id, number, kind, at, said_at, body, hash) "
        "VALUES ($1, $2, 'Held', now(), now(), $3, $4)",
        *(issue_id, number, body, link(before, number, body)),
    )


async def plant_effect_late(at: Site) -> str:
    """No courier runs; to be planted last, for whoever opens an issue here delivers."""
    issue = await at.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.journal()
    return issue.issue_id


async def plant_effect_tried_often(at: Site) -> str:
    """Its post's inbox could not be reached so often that the next try is a day away."""
    issue = await at.open(deliver=False)
    await at.pool.execute(
        "UPDATE effects SET attempts = 12, next_try_at = now() + interval '1 day', last_error = 'Away' "
        "WHERE issue_id = $1",
        issue.issue_id,
    )
    return issue.issue_id


async def plant_effect_undeliverable(at: Site) -> str:
    """The roster lacked the post for so long that the courier gave up."""
    issue = await at.open(deliver=False)
    row = await at.pool.fetchrow(
        "SELECT issue_id, number, effect, addressee FROM effects WHERE issue_id = $1 LIMIT 1", issue.issue_id
    )
    await effects.give_up(at.pool, Key(*row), "unknown_post")
    await at.deliver()
    return issue.issue_id


async def plant_head_behind(at: Site) -> str:
    """The read model was restored from an older copy."""
    issue = await at.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await at.deliver()
    await at.pool.execute("UPDATE issues SET number = number - 1 WHERE issue_id = $1", issue.issue_id)
    return issue.issue_id


async def plant_run_missing(at: Site) -> str:
    """Somebody pressed the button that ends a workflow."""
    issue = await at.open()
    await issue.handle.terminate()
    return issue.issue_id


_FORGET_ISSUE = (
    "DELETE FROM inbox WHERE issue_id = $1",
    "DELETE FROM documents WHERE issue_id = $1",
    "DELETE FROM effects WHERE issue_id = $1",
    "DELETE FROM issue_facts WHERE issue_id = $1",
    "DELETE FROM issues WHERE issue_id = $1",
)


async def plant_journal_missing(at: Site) -> str:
    """The journal was restored from a copy that is older than the issue."""
    issue = await at.open()
    async with at.pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
        for forget in _FORGET_ISSUE:
            await connection.execute(forget, issue.issue_id)
        await connection.execute("ALTER TABLE issue_facts ENABLE ALWAYS TRIGGER append_only")
    return issue.issue_id


async def plant_mark_passed(at: Site) -> str:
    """A rule sleeps past the mark that it set."""
    issue_id = fresh_issue_id()
    at.faults.sleeps.add(issue_id)
    await at.open(issue_id=issue_id, rules={"limits": {**CALM, Clock.STOP: "4s"}})
    return issue_id


async def plant_history_long(at: Site) -> str:
    """More is said to it than its history has room for."""
    issue = await at.open()
    for number in range(30):
        await issue.say(say.AttachReport, report=f"{number:012d}")
    await issue.journal()
    await at.deliver()
    return issue.issue_id


async def plant_worker_missing(at: Site) -> str:
    """An issue waits on a queue that nobody polls."""
    await at.open(queue=NOBODYS_QUEUE)
    return NOBODYS_QUEUE


async def plant_word_waiting(at: Site) -> str:
    """A word was kept, and the front door that should pass it on is gone."""
    issue = await at.open()
    command = await issue.word(say.RecordStop)
    kept = commands.Word(
        *(issue.issue_id, command.id, "record_stop", SHA, "H-1", command.said_at, command.model_dump_json())
    )
    await commands.keep(at.pool, kept)
    issue.said.append(command)
    return issue.issue_id


async def plant_archive_late(at: Site) -> str:
    """It is over, and nobody exports its history."""
    issue = await at.open()
    await issue.say(say.Dismiss)
    await eventually("it is over", lambda: _has_ended(issue))
    await at.deliver()
    return issue.issue_id


async def _has_ended(issue: Living) -> bool:
    return (await issue.handle.describe()).close_time is not None


# --- by people


async def plant_no_receipt(at: Site) -> str:
    """An order lies in an inbox, and nobody signs for it; whoever else received it has signed."""
    issue = await at.carry_on(Past(6 * HOUR, limits={**CALM, Clock.STOP: "1h"}))
    (draft,) = await documents.drafts(at.pool)
    await documents.sign(at.pool, draft.issue_id, draft.number, draft.issuer, datetime.now(UTC))
    await at.deliver()
    lines = await at.pool.fetch("SELECT line, addressee FROM inbox WHERE effect = 'order' ORDER BY line")
    for line, addressee in lines[1:]:
        await inbox.sign_for(at.pool, line, [addressee], "H-1", datetime.now(UTC))
    await at.pool.execute(
        "UPDATE inbox SET received_at = now() - interval '3 days' WHERE line = $1", lines[0]["line"]
    )
    return issue.issue_id


async def plant_dispute_unruled(at: Site) -> str:
    """The first ruler was silent; the next one has it now."""
    life = Past(90 * timedelta(minutes=1), severity=Severity.MAJOR, limits={**CALM, Clock.RULING: "1h"})
    life.say(say.RecordStop, say.Assign, say.HandBack)
    return (await at.carry_on(life)).issue_id


async def plant_suspension_unreviewed(at: Site) -> str:
    """The ground of a suspension was to be looked at again, and nobody looked."""
    life = Past(90 * timedelta(minutes=1), review="1h")
    life.say(say.RecordStop, say.Assign, say.SuspendClock)
    return (await at.carry_on(life)).issue_id


async def plant_lead_unassessed(at: Site) -> str:
    """A report waits for a person, past its limit; its own workflow is not what is looked at."""
    return await _parked_lead(at, register_by=datetime.now(UTC) - HOUR)


async def _parked_lead(at: Site, register_by: datetime) -> str:
    receipt = _receipt()
    lead = NewLead(
        receipt=receipt,
        secret=receipt,
        sender="public",
        key=receipt,
        digest="d",
        told=Told(text="河边有垃圾。", where=Where(name="桥下")),
        reporter=None,
        received_at=datetime.now(UTC) - DAY,
        register_by=register_by,
        division="512022000000",
        candidates=(),
        suggestion=None,
        parked_for=Label("地点不明", "no place"),
    )
    await leads.keep(at.pool, lead)
    await at.pool.execute("UPDATE leads SET is_watched = true WHERE receipt = $1", receipt)
    return receipt


async def plant_bulletin_unapproved(at: Site) -> str:
    """A bulletin was submitted weeks ago; its approver was reminded, and says nothing."""
    then = datetime.now(UTC) - 40 * DAY
    month = month_of((then - 31 * DAY).date())
    order = periodic(BulletinKind.MONTHLY, month, "512022000000", bulletin_rules(), book(), then)
    frozen = await bulletins.freeze(at.pool, order, then)
    letter, bulletin = write_bulletin(None, draft(drafted(order, frozen, then)))
    await bulletin_records.record(at.pool, letter)
    events = checked(bulletin, bulletin.revision, (), then)
    letter, bulletin = write_bulletin(bulletin, events)
    await bulletin_records.record(at.pool, letter)
    assert bulletin.wait is not None
    submitted = bulletin_words.SubmitBulletin(id="submit", by=bulletin.wait.post, said_at=then)
    events = decide_bulletin(bulletin, submitted, then)
    letter, bulletin = write_bulletin(bulletin, events)
    await bulletin_records.record(at.pool, letter)
    assert bulletin.state is BulletinState.SUBMITTED
    letter, bulletin = write_bulletin(bulletin, bulletin_time(bulletin, datetime.now(UTC)))
    await bulletin_records.record(at.pool, letter)
    await at.client.start_workflow(
        BulletinWorkflow.run,
        BulletinBeginning(bulletin=bulletin),
        id=bulletin_workflow_id(bulletin.bulletin_id),
        task_queue=QUEUE,
    )
    return bulletin.bulletin_id


async def plant_post_vacant(at: Site) -> str:
    """Every chief on the way up is gone, and the 总河长 too: the issue stands where nobody is."""
    office = posts.office(ELSEWHERE, Level.COUNTY)
    issue = await at.open(elsewhere={"division": ELSEWHERE, "finder": office, "by": office})
    await at.deliver()
    return (await issue.issue()).chief


class Past:
    """A life that began a while ago and was told up to then; what time demanded since is left to come."""

    def __init__(
        self, ago: timedelta, *, review: str = "", limits: Mapping[Clock, str] = CALM, **opens: Any
    ) -> None:
        self.at = datetime.now(UTC) - ago
        command = opening(fresh_issue_id(), self.at, rules={"limits": limits}, **opens)
        if review:
            fair = command.rules.fair
            assert fair is not None
            suspension = fair.suspension.model_copy(update={"review": _limit(review)})
            fair = fair.model_copy(update={"suspension": suspension})
            rules = command.rules.model_copy(update={"fair": fair})
            command = command.model_copy(update={"rules": rules})
        self.said: list[Command] = [command]
        self.facts: list[Event] = open_issue(command, self.at)

    def say(self, *kinds: type[Command]) -> None:
        for kind in kinds:
            issue = retell(self.facts)
            self.said.append(word(issue, kind, self.at, kind.__name__))
            self.facts += decide(issue, self.said[-1], self.at)


def _limit(text: str) -> Limit:
    return Limit.model_validate(text)


def _receipt() -> str:
    return f"261129-{next(_receipts):08d}"


Plant = Callable[[Site], Awaitable[str]]

PLANTS: Sequence[tuple[Kind, Plant]] = (
    (Kind.JOURNAL_MISSING, plant_journal_missing),
    (Kind.TASK_FAILING, plant_task_failing),
    (Kind.TASK_FAILING, plant_task_of_other_code),
    (Kind.TASK_FAILING, plant_task_undecodable),
    (Kind.ACTIVITY_RETRYING, plant_activity_retrying),
    (Kind.LETTER_WAITING, plant_letter_waiting),
    (Kind.DIVERGED, plant_diverged),
    (Kind.EFFECT_UNDELIVERABLE, plant_effect_undeliverable),
    (Kind.HEAD_BEHIND, plant_head_behind),
    (Kind.RUN_MISSING, plant_run_missing),
    (Kind.MARK_PASSED, plant_mark_passed),
    (Kind.HISTORY_LONG, plant_history_long),
    (Kind.WORKER_MISSING, plant_worker_missing),
    (Kind.WORD_WAITING, plant_word_waiting),
    (Kind.ARCHIVE_LATE, plant_archive_late),
    (Kind.NO_RECEIPT, plant_no_receipt),
    (Kind.DISPUTE_UNRULED, plant_dispute_unruled),
    (Kind.LEAD_UNASSESSED, plant_lead_unassessed),
    (Kind.SUSPENSION_UNREVIEWED, plant_suspension_unreviewed),
    (Kind.BULLETIN_UNAPPROVED, plant_bulletin_unapproved),
    (Kind.POST_VACANT, plant_post_vacant),
    (Kind.EFFECT_LATE, plant_effect_tried_often),
    (Kind.EFFECT_LATE, plant_effect_late),
)
"""Every kind, some in several ways; the first wants the journal to itself, the last no courier after it."""
