"""通报的记录: facts recorded once, whoever is concerned told with them, one document number each."""

from collections.abc import Sequence
from datetime import datetime

from domain.bulletin.facts import Finding, Named
from domain.bulletin.letter import BulletinLetter
from domain.bulletin.lint import Draft, lint
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinId
from domain.chain import GENESIS, link
from domain.model import IssueId
from domain.workdays import local_day
from store import journal
from store.alarms import raise_within, settle_within
from store.bulletins import SQL
from store.documents import SQL as DOCUMENTS
from store.documents import abbreviation
from store.effects import SQL as EFFECTS
from store.faults import Diverged, Gap
from store.pool import Connection, Pool, connected, transaction

_KIND = "bulletin"
_SUBJECT = "通"
_TO_CORRECT = "correction_due"


async def record(pool: Pool, letter: BulletinLetter) -> str:
    """Record facts, notices and the read model in one transaction; return the hash of the letter's last fact.

    The same letter again changes nothing. Raises Diverged, Gap, Away.
    """
    before = letter.before
    for line in letter.lines:
        if line.hash != (ours := link(before, line.number, line.body)):
            raise Diverged(letter.bulletin_id, line.number, ours, line.hash)
        before = line.hash
    async with transaction(pool) as connection:
        await connection.execute(SQL["lock"], letter.bulletin_id)
        await _follows(connection, letter)
        new = await _append(connection, letter)
        await _tell(connection, letter, new)
        await _alarm(connection, letter, new)
        for issue_id in letter.struck:
            await connection.execute(SQL["leave"], letter.bulletin_id, issue_id)
        if letter.is_withdrawn:
            await connection.execute(SQL["leave"], letter.bulletin_id, None)
        head = letter.head
        await connection.execute(
            SQL["put_head"], letter.bulletin_id, letter.lines[-1].number, letter.tail, *_columns(head)
        )
    return letter.tail


def _columns(head: object) -> Sequence[object]:
    names = (
        *("kind", "state", "title", "issuer", "division", "period_first", "period_last", "waits_for"),
        *("next_mark_at", "document_number", "drafted_at", "issued_at"),
    )
    return [getattr(head, name) for name in names]


async def _follows(connection: Connection, letter: BulletinLetter) -> None:
    """Compare what is stored with the letter: the same number with other content is refused."""
    first = letter.lines[0].number
    rows = await connection.fetch(SQL["hashes_from"], letter.bulletin_id, first - 1)
    stored = {row["number"]: row["hash"] for row in rows}
    before = GENESIS if first == 1 else stored.get(first - 1, "nothing")
    if before != letter.before:
        raise Gap(letter.bulletin_id, f"{before[:12]}… before fact {first}", f"{letter.before[:12]}…")
    for line in letter.lines:
        if (known := stored.get(line.number)) and known != line.hash:
            raise Diverged(letter.bulletin_id, line.number, known, line.hash)


async def _append(connection: Connection, letter: BulletinLetter) -> set[int]:
    lines = letter.lines
    rows = await connection.fetch(
        SQL["append"],
        letter.bulletin_id,
        [line.number for line in lines],
        [line.kind for line in lines],
        [line.at for line in lines],
        [line.said_at for line in lines],
        [line.body for line in lines],
        [line.hash for line in lines],
    )
    return {row["number"] for row in rows}


async def _tell(connection: Connection, letter: BulletinLetter, new: set[int]) -> None:
    notices = [notice for notice in letter.notices if notice.number in new]
    if notices:
        await connection.execute(
            SQL["tell"],
            letter.bulletin_id,
            [notice.number for notice in notices],
            [_KIND if notice.told.is_bulletin else "notice" for notice in notices],
            [notice.told.to for notice in notices],
            [notice.told.text for notice in notices],
        )


async def _alarm(connection: Connection, letter: BulletinLetter, new: set[int]) -> None:
    """What was published and is not so any more is an operator's business too, until it is corrected."""
    about = (_TO_CORRECT, letter.bulletin_id)
    for line in letter.lines:
        if line.number in new and line.kind == "CorrectionDue":
            text = f"通报 {letter.bulletin_id} 印发后,所点名的逾期已撤回,应予更正,请督促起草单位拟更正。"
            await raise_within(connection, *about, text)
        elif line.number in new and line.kind == "Corrected":
            await settle_within(connection, *about, by=_KIND)


async def draw_number(pool: Pool, bulletin: Bulletin) -> str:
    """印发: draw the number of an approved bulletin, once, and let what waited for it go out.

    Numbers of an issuer and a year have no gaps: the counter's row is held until this is kept or given back.
    Raises Away.
    """
    assert bulletin.approved_at is not None
    async with transaction(pool) as connection:
        await connection.execute(SQL["lock"], bulletin.bulletin_id)
        drawn: str | None = await connection.fetchval(SQL["number_of"], bulletin.bulletin_id)
        return drawn or await _draw(connection, bulletin, bulletin.approved_at)


async def drawn(pool: Pool, bulletin_id: BulletinId) -> str | None:
    """Return the number that a bulletin has drawn, if it has. Raises Away."""
    async with connected(pool) as connection:
        number: str | None = await connection.fetchval(SQL["number_of"], bulletin_id)
    return number


async def _draw(connection: Connection, bulletin: Bulletin, approved_at: datetime) -> str:
    issuer, year = bulletin.issuer, local_day(approved_at).year
    name = await connection.fetchval(SQL["name_of_issuer"], issuer)
    sequence: int = await connection.fetchval(DOCUMENTS["next_sequence"], issuer, _KIND, year)
    number = f"{abbreviation(issuer, name)}{_SUBJECT}〔{year}〕{sequence}号"
    await connection.execute(SQL["keep_number"], bulletin.bulletin_id, issuer, year, sequence, number)
    for row in await connection.fetch(SQL["entered"], bulletin.bulletin_id):
        await connection.execute(DOCUMENTS["send_document"], row["issue_id"], row["number"], _KIND, number)
    await connection.execute(EFFECTS["ring"])
    return number


async def findings_now(pool: Pool, draft: Draft) -> tuple[Finding, ...]:
    """Return what is found of a draft with its named issues as they stand now, not as they stood at the cut.

    Raises Away, LookupError for an issue without a journal.
    """
    named = [each.model_copy(update=await _standing(pool, each.issue_id)) for each in draft.named]
    back = [_WITHDRAWN.model_copy(update={"where": each.issue_id}) for each in await _taken_back(pool, draft)]
    return (*lint(draft.model_copy(update={"named": tuple(named)})), *back)


async def _standing(pool: Pool, issue_id: IssueId) -> dict[str, bool]:
    issue = await journal.retell_issue(pool, issue_id)
    return {"suspended": issue.is_suspended, "disputed": issue.dispute is not None}


async def _taken_back(pool: Pool, draft: Draft) -> list[Named]:
    """Return who is named for lapses all of which were taken back: the bulletin may not have heard it yet."""
    async with connected(pool) as connection:
        facts = {
            each.issue_id: {
                row["number"] for row in await connection.fetch(SQL["facts_taken_back"], each.issue_id)
            }
            for each in draft.named
        }
    return [each for each in draft.named if set(each.facts) <= facts[each.issue_id]]


_WITHDRAWN = Finding(rule="withdrawn", where="", what="所依据的逾期已撤回,不得点名")
