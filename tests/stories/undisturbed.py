"""未受扰的一生: what a life would have been if nothing had gone wrong, made of its words by the law alone.

Nothing of what repairs an issue is used here: an opening, words in the order of their saying, and the rules.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.issue import commands as say
from domain.issue.commands import Command, OpenIssue
from domain.issue.decide import decide, let_time_pass
from domain.issue.effects import Effect, effects_of
from domain.issue.events import Opened, read_fact
from domain.issue.evolve import born, evolve, retell
from domain.issue.fact_base import Event
from domain.issue.letter import write
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.terms import Stage
from store import journal
from store.pool import Pool, connected

OF_OPERATORS = frozenset({"Repaired", "HistoryArchived"})
"""What is on record of operators, and is no part of the life."""
LEDGER = (
    "SELECT number, effect, addressee, state, last_error FROM effects WHERE issue_id = $1 ORDER BY 1, 2, 3"
)
INBOX = "SELECT number, effect, addressee, text FROM inbox WHERE issue_id = $1 ORDER BY 1, 2, 3"

ONWARD = {
    Stage.DISCOVERED: say.RecordStop,
    Stage.STOPPED: say.Assign,
    Stage.VERIFYING: say.AcceptRectification,
    Stage.ACCEPTED: say.Close,
}


def next_word(issue: Issue) -> type[Command]:
    """Return which word brings an issue nearer to its end."""
    if issue.suspended:
        return say.ResumeClock
    if issue.stage is Stage.PLANNING:
        return say.AcceptPlan if issue.plan else say.SubmitPlan
    return ONWARD.get(issue.stage, say.ReportRectified)


def undisturbed(said: Sequence[Command], until: datetime) -> list[Event]:
    """Return the facts of a life in which each word was heard when it was said."""
    opened, *words = said
    assert isinstance(opened, OpenIssue)
    facts = open_issue(opened, opened.said_at)
    for command in sorted(words, key=lambda word: word.said_at):
        facts += decide(retell(facts), command, command.said_at)
    issue = retell(facts)
    return facts if issue.is_over else [*facts, *let_time_pass(issue, until)]


async def assert_undisturbed(pool: Pool, issue_id: str, said: Sequence[Command]) -> None:
    """Its journal tells that life and no other; outside is what it demands, each once, and nothing else."""
    lines = await journal.facts(pool, issue_id)
    life = undisturbed(said, datetime.now(UTC))
    lived = [json.loads(line.body) for line in lines if line.kind not in OF_OPERATORS]
    assert lived == [json.loads(line.body) for line in write(None, tuple(life))[0].lines], issue_id

    facts = [read_fact(line.body) for line in lines]
    heard = {fact.command for fact in facts}
    assert {word.id for word in said} <= heard, f"{issue_id}: a word is lost"

    async with connected(pool) as connection:
        ledger = [tuple(row) for row in await connection.fetch(LEDGER, issue_id)]
        received = [tuple(row) for row in await connection.fetch(INBOX, issue_id)]
    demanded = _demanded(facts)
    assert [row[:3] for row in ledger] == [_key(effect) for effect in demanded], issue_id
    gone_out = [row[:3] for row in ledger if row[3] == "delivered"]
    assert [row[:3] for row in received] == gone_out, issue_id
    assert {(state, error) for *_, state, error in ledger if state not in ("delivered", "unsigned")} <= {
        ("undeliverable", "vacant")  # it has gone to the level above instead
    }
    texts = {_key(effect): effect.text for effect in demanded}
    # Whoever signs adds a number, and whoever delivers late says so; the words between are the law's.
    unlike = [(row[3], texts[row[:3]]) for row in received if texts[row[:3]] not in row[3]]
    assert unlike == [], (issue_id, unlike)
    told = sorted((str(effect.kind), effect.addressee, effect.text) for effect in demanded)
    assert told == sorted((str(e.kind), e.addressee, e.text) for e in _demanded(life)), issue_id


def _demanded(facts: Sequence[Event]) -> list[Effect]:
    opened, *rest = facts
    assert isinstance(opened, Opened)
    issue = born(opened)
    caused = list(effects_of(issue, opened))
    for fact in rest:
        issue = evolve(issue, fact)
        caused += effects_of(issue, fact)
    return sorted(caused, key=_key)


def _key(effect: Effect) -> tuple[int, str, str]:
    return (effect.number, str(effect.kind), effect.addressee)
