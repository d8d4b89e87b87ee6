"""Bulletins in the records: frozen and recorded once, numbered without gaps, recomputed from journals."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from activities.bulletins import Bulletins
from domain.bulletin import commands as b
from domain.bulletin.clock import let_time_pass
from domain.bulletin.decide import checked, decide, draft, issued
from domain.bulletin.due import named_of
from domain.bulletin.facts import Approved, BulletinFact, Submitted, read_fact
from domain.bulletin.grounds import draft_of
from domain.bulletin.letter import BulletinLetter, write
from domain.bulletin.lint import Draft, Text
from domain.bulletin.order import Entered, Look, Order, ad_hoc, drafted, periodic
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.indicators import month_of
from domain.issue import commands as say
from domain.issue.letter import write as write_issue
from domain.terms import Severity
from ops.examine import examine
from store import alarms, bulletin_records, bulletins, inbox, objections
from store.bulletin_proof import recompute
from store.documents import NotSignable, documents_of, drafts, sign
from store.faults import Diverged, Gap
from store.journal import record
from store.pool import Pool
from tests.rules.bulletins import Told, rules
from tests.rules.given import book
from tests.store.letters import COUNTY, FOUND, Life, closed, escalated

NOVEMBER = month_of(FOUND.date())
CITY = "512000000000"
CITY_OFFICE = f"office:{CITY}"
NOW = datetime(2026, 12, 7, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def order(division: str = COUNTY, period: Any = NOVEMBER) -> Order:
    return periodic(BulletinKind.MONTHLY, period, division, rules(), book(), NOW)


async def with_lives(pool: Pool, count: int = 6) -> list[Life]:
    """Half of them closed, half driven up to their bulletin, which the city's office issues."""
    lives = []
    for running in range(1, count + 1):
        life = closed(running) if running % 2 else escalated(running)
        if not running % 2:
            life.wait(15 * 24)
        await record(pool, life.letter())
        lives.append(life)
    return lives


async def begun(pool: Pool, by: Order, at: datetime = NOW) -> Bulletin:
    frozen = await bulletins.freeze(pool, by, at)
    letter, bulletin = write(None, draft(drafted(by, frozen, at)))
    await bulletin_records.record(pool, letter)
    return bulletin


async def add(pool: Pool, bulletin: Bulletin, events: list[BulletinFact]) -> Bulletin:
    letter, then = write(bulletin, events)
    await bulletin_records.record(pool, letter)
    return then


async def approved(pool: Pool, bulletin: Bulletin) -> Bulletin:
    """Carry a bulletin to its approval: nobody replies, nothing is found."""
    bulletin = await _passed(pool, bulletin)
    at = bulletin.at + HOUR
    bulletin = await add(pool, bulletin, checked(bulletin, bulletin.revision, (), at))
    for word in (b.SubmitBulletin, b.ApproveBulletin):
        assert bulletin.wait is not None
        command = word(id=f"{word.__name__}-{bulletin.number}", by=bulletin.wait.post, said_at=at)
        bulletin = await add(pool, bulletin, decide(bulletin, command, at))
    return bulletin


async def _passed(pool: Pool, bulletin: Bulletin) -> Bulletin:
    if bulletin.state is not BulletinState.HEARING or bulletin.until is None:
        return bulletin
    return await add(pool, bulletin, let_time_pass(bulletin, bulletin.until))


async def issue(pool: Pool, bulletin: Bulletin) -> Bulletin:
    number = await bulletin_records.draw_number(pool, bulletin)
    return await add(pool, bulletin, issued(bulletin, number, bulletin.at + HOUR))


# ---------------------------------------------------------------- frozen


async def test_a_cut_holds_each_issue_with_its_last_fact(staffed: Pool) -> None:
    lives = await with_lives(staffed)

    frozen = await bulletins.freeze(staffed, order(), NOW)

    rows = await staffed.fetch("SELECT issue_id, number, hash FROM bulletin_cut_issues ORDER BY issue_id")
    assert [tuple(row) for row in rows] == [
        (life.issue_id, life.issue.number, life.issue.tail) for life in lives
    ]
    assert frozen.issues == len(lives)


async def test_every_figure_opens_the_list_of_its_issues(staffed: Pool) -> None:
    lives = await with_lives(staffed)
    bulletin = await begun(staffed, order())

    (found,) = await bulletins.figures_of(staffed, bulletin.bulletin_id, "found")
    (shut,) = await bulletins.figures_of(staffed, bulletin.bulletin_id, "closed")
    (rate,) = await bulletins.figures_of(staffed, bulletin.bulletin_id, "on_time")

    assert found.issues == tuple(life.issue_id for life in lives)
    assert shut.issues == tuple(life.issue_id for life in lives[::2])
    assert rate.among == shut.issues


async def test_what_was_frozen_is_frozen_once(staffed: Pool) -> None:
    lives = await with_lives(staffed)
    first = await bulletins.freeze(staffed, order(), NOW)

    lives[1].hear(say.RecordStop, 16 * 24, photos=1)
    await record(staffed, lives[1].letter())
    again = await bulletins.freeze(staffed, order(), NOW + HOUR)

    assert again == first


async def test_an_issue_of_another_county_or_another_time_is_not_in_the_cut(staffed: Pool) -> None:
    await with_lives(staffed, 2)

    elsewhere = await bulletins.freeze(staffed, order("512021000000"), NOW)
    earlier = await bulletins.freeze(
        staffed, order(period=month_of(datetime(2026, 10, 3, tzinfo=UTC).date())), NOW
    )

    assert elsewhere.issues == earlier.issues == 0


@pytest.mark.parametrize("table", ["cuts", "cut_issues", "figures", "facts", "numbers"])
async def test_nothing_of_it_is_ever_changed(table: str, staffed: Pool) -> None:
    await with_lives(staffed, 2)
    await issue(staffed, await approved(staffed, await begun(staffed, order())))

    for change in ("DELETE FROM bulletin_{}", "UPDATE bulletin_{} SET bulletin_id = 'x'"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await staffed.execute(change.format(table))


# ---------------------------------------------------------------- recorded


async def test_the_same_letter_twice_changes_nothing_and_tells_nobody_twice(staffed: Pool) -> None:
    await with_lives(staffed)
    by = order(CITY)
    letter, _ = write(None, draft(drafted(by, await bulletins.freeze(staffed, by, NOW), NOW)))

    for _ in range(3):
        await bulletin_records.record(staffed, letter)

    assert len(await bulletins.facts_of(staffed, letter.bulletin_id)) == len(letter.lines)
    lines = [row for row in await inbox.inbox_of(staffed, CITY_OFFICE) if row.issue_id == letter.bulletin_id]
    assert len(lines) == 1


async def test_another_fact_at_the_same_number_is_refused(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    bulletin = await begun(staffed, order())
    one, _ = write(bulletin, checked(bulletin, 1, (), NOW))
    other, _ = write(bulletin, checked(bulletin, 1, (), NOW + HOUR))
    await bulletin_records.record(staffed, one)

    with pytest.raises(Diverged):
        await bulletin_records.record(staffed, other)


async def test_a_letter_that_follows_nothing_is_refused(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    bulletin = await begun(staffed, order())
    _, later = write(bulletin, checked(bulletin, 1, (), NOW))
    letter, _ = write(later, checked(later, 1, (), NOW))

    with pytest.raises(Gap):
        await bulletin_records.record(staffed, letter)


async def test_a_forged_line_is_refused(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    by = order()
    letter, _ = write(None, draft(drafted(by, await bulletins.freeze(staffed, by, NOW), NOW)))
    line = letter.lines[0]
    forged = line.model_copy(update={"body": line.body.replace("R-BULLETIN-DRAFT", "R-BULLETIN-OTHER")})
    changed = BulletinLetter.model_validate({**dict(letter), "lines": (forged,)})

    with pytest.raises(Diverged):
        await bulletin_records.record(staffed, changed)


async def test_a_bulletin_is_what_its_journal_tells(staffed: Pool) -> None:
    await with_lives(staffed)
    bulletin = await issue(staffed, await approved(staffed, await begun(staffed, order())))

    assert await bulletins.bulletin_of(staffed, bulletin.bulletin_id) == bulletin
    (head,) = await bulletins.heads(staffed, COUNTY)
    assert (head.state, head.document_number) == ("issued", bulletin.document_number)
    assert await bulletins.heads(staffed, "512021000000") == []
    assert await bulletins.named_so(staffed, head.document_number) == bulletin.bulletin_id


async def test_who_approved_a_bulletin_is_known_to_have_signed_for_each_fact_in_it(staffed: Pool) -> None:
    await with_lives(staffed)
    bulletin = await begun(staffed, order(CITY))
    named = bulletin.named[0]
    before = await objections.signers(staffed, named.issue_id, named.facts[0])

    out = await issue(staffed, await approved(staffed, bulletin))

    facts = [read_fact(line.body) for line in await bulletins.facts_of(staffed, out.bulletin_id)]
    signed = {str(fact.by) for fact in facts if isinstance(fact, Submitted | Approved)}
    assert (before, set(await objections.signers(staffed, named.issue_id, named.facts[0]))) == ((), signed)
    assert signed == {CITY_OFFICE}


# ---------------------------------------------------------------- entered


async def test_a_bulletin_draft_is_not_signed_by_itself(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    waiting = next(draft for draft in await drafts(staffed) if draft.kind == "bulletin")

    with pytest.raises(NotSignable) as refused:
        await sign(staffed, waiting.issue_id, waiting.number, waiting.issuer, NOW)

    assert refused.value.code == "by_bulletin"


async def test_a_general_issue_is_entered_in_the_next_periodic_bulletin_and_goes_out_with_it(
    staffed: Pool,
) -> None:
    await with_lives(staffed)
    bulletin = await begun(staffed, order(CITY))
    sent = "SELECT DISTINCT state FROM effects WHERE effect = 'bulletin'"
    assert len(bulletin.named) == 3
    assert await staffed.fetchval(sent) == "unsigned"

    out = await issue(staffed, await approved(staffed, bulletin))

    assert await staffed.fetchval(sent) == "queued"
    states = await staffed.fetch("SELECT DISTINCT state FROM documents WHERE kind = 'bulletin'")
    assert [row["state"] for row in states] == ["entered"]
    listed = await documents_of(staffed, bulletin.named[0].issue_id)
    assert [each.state for each in listed if each.kind == "bulletin"] == ["entered"]
    assert (await examine(staffed)).findings == ()
    text = await staffed.fetchval("SELECT text FROM effects WHERE effect = 'bulletin' LIMIT 1")
    assert text.startswith(out.document_number)


async def test_a_draft_is_entered_in_one_bulletin_and_set_free_when_that_is_withdrawn(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    bulletin = await begun(staffed, order(CITY))
    word = b.WithdrawBulletin(id="w-1", by=CITY_OFFICE, said_at=NOW, reason="另行处理")

    later = order(CITY).model_copy(update={"bulletin_id": f"{CITY}-2026-monthly-12"})

    while_entered = await bulletins.freeze(staffed, later, NOW)
    await add(staffed, bulletin, decide(bulletin, word, NOW))
    freed = await bulletins.freeze(
        staffed, order(CITY).model_copy(update={"bulletin_id": f"{CITY}-2026-monthly-10"}), NOW
    )

    assert while_entered.named == ()
    assert len(freed.named) == 1


async def test_a_serious_issue_has_a_bulletin_of_its_own(staffed: Pool) -> None:
    life = escalated(1, Severity.SERIOUS)
    life.wait(15 * 24)
    await record(staffed, life.letter())
    (waiting,) = await bulletins.to_open(staffed)
    one = Entered(issue_id=waiting.issue_id, number=waiting.number)

    by = ad_hoc(one, waiting.issuer, Severity.SERIOUS, waiting.opened_at, rules(), book(), waiting.drafted_at)
    bulletin = await begun(staffed, by)

    assert [named.issue_id for named in bulletin.named] == [life.issue_id]
    assert await bulletins.to_open(staffed) == []
    assert (await bulletins.freeze(staffed, order(CITY), NOW)).named == ()


async def test_a_lapse_taken_back_is_told_to_its_bulletin_once(staffed: Pool) -> None:
    life = escalated(1)
    life.wait(15 * 24)
    await record(staffed, life.letter())
    await begun(staffed, order(CITY))
    life.hear_late(say.RecordStop, said=1, heard=15 * 24 + 1, photos=1)
    await record(staffed, life.letter())

    (back,) = await bulletins.taken_back(staffed)
    assert back.issue_id == life.issue_id
    await bulletins.was_told(staffed, back)
    assert await bulletins.taken_back(staffed) == []


async def test_a_correction_that_is_due_alarms_the_operator_until_it_is_made(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    out = await issue(staffed, await approved(staffed, await begun(staffed, order(CITY))))
    (named,) = out.cut.named
    back = b.ReportLapseWithdrawn(
        id="back-1",
        by=f"roster:{CITY}",
        said_at=out.at + HOUR,
        issue_id=named.issue_id,
        facts=named.facts,
    )

    letter, due = write(out, decide(out, back, out.at + HOUR))
    for _ in range(2):
        await bulletin_records.record(staffed, letter)
    (alarm,) = await alarms.open_alarms(staffed)
    told = [line.text for line in await inbox.inbox_of(staffed, CITY_OFFICE)]
    word = b.ProposeCorrection(id="c-1", by=CITY_OFFICE, said_at=due.at, text="予以更正。")
    proposed = await add(staffed, due, decide(due, word, due.at))
    looked = await add(staffed, proposed, checked(proposed, proposed.revision, (), proposed.at))
    assert len(await alarms.open_alarms(staffed)) == 1
    assert looked.wait is not None
    approve = b.ApproveCorrection(id="c-2", by=looked.wait.post, said_at=looked.at)
    await add(staffed, looked, decide(looked, approve, looked.at))

    assert (alarm.kind, alarm.subject, alarm.times) == ("correction_due", out.bulletin_id, 1)
    assert "应予更正" in alarm.text
    assert any("应予更正" in text for text in told)
    assert await alarms.open_alarms(staffed) == []


async def test_a_lapse_taken_back_before_the_cut_is_not_named(staffed: Pool) -> None:
    life = escalated(1)
    life.wait(15 * 24)
    life.hear_late(say.RecordStop, said=1, heard=15 * 24 + 1, photos=1)
    await record(staffed, life.letter())

    frozen = await bulletins.freeze(staffed, order(CITY), NOW)

    assert frozen.named == ()
    assert (await bulletins.figures_of(staffed, order(CITY).bulletin_id, "named"))[0].issues == ()


async def test_a_lapse_taken_back_after_the_approval_is_found_before_the_number_and_not_after_it(
    staffed: Pool, database: str
) -> None:
    life = escalated(1)
    life.wait(15 * 24)
    await record(staffed, life.letter())
    first = await approved(staffed, await begun(staffed, order(CITY)))
    look = Look(bulletin_id=first.bulletin_id, revision=first.revision, draft=draft_of(first))
    records = Bulletins(database)
    life.hear_late(say.RecordStop, said=1, heard=15 * 24 + 1, photos=1)
    await record(staffed, life.letter())

    before = await records.issue_bulletin(first, look)
    number = await bulletin_records.draw_number(staffed, first)
    again = await records.issue_bulletin(first, look)
    await records.close()

    assert [finding.rule for finding in before.findings] == ["withdrawn"]
    assert (before.document_number, again.document_number) == (None, number)


@pytest.mark.parametrize("stands_still", [True, False])
async def test_a_bulletin_of_its_own_is_opened_once_and_not_while_its_clocks_stand_still(
    staffed: Pool, *, stands_still: bool
) -> None:
    life = escalated(1, Severity.SERIOUS)
    life.wait(15 * 24)
    await record(staffed, life.letter())
    (waiting,) = await bulletins.to_open(staffed)
    if stands_still:
        await staffed.execute("UPDATE issues SET is_suspended = true")
    else:
        # It stood still when the cut was made: nobody is named in it.
        one = Entered(issue_id=waiting.issue_id, number=waiting.number)
        severity, opened = Severity.SERIOUS, waiting.opened_at
        by = ad_hoc(one, waiting.issuer, severity, opened, rules(), book(), waiting.drafted_at)
        await bulletins.freeze(staffed, by, NOW)
        await staffed.execute("DELETE FROM bulletin_entries")

    assert await bulletins.to_open(staffed) == []


# ---------------------------------------------------------------- numbered


async def test_numbers_drawn_at_once_have_no_gaps_whoever_else_fails(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    ready = []
    for month in range(1, 13):
        by = order().model_copy(update={"bulletin_id": f"{COUNTY}-2026-monthly-{month}"})
        ready.append(await approved(staffed, await begun(staffed, by)))
    for quarter in range(1, 5):
        for year in (2025, 2026):
            by = order().model_copy(update={"bulletin_id": f"{COUNTY}-{year}-quarterly-{quarter}"})
            ready.append(await approved(staffed, await begun(staffed, by)))
    nowhere = [
        one.model_copy(update={"bulletin_id": f"{COUNTY}-2031-monthly-{n}"})
        for n, one in enumerate(ready[:5], 1)
    ]

    drawn = await asyncio.gather(
        *(bulletin_records.draw_number(staffed, one) for one in [*ready, *ready, *nowhere]),
        return_exceptions=True,
    )

    numbers = {one for one in drawn if isinstance(one, str)}
    failed = [one for one in drawn if not isinstance(one, str)]
    assert len(ready) == 20
    assert sorted(numbers) == sorted(f"乐河办通〔2026〕{n}号" for n in range(1, 21))
    assert len(failed) == 5
    assert all(isinstance(one, asyncpg.ForeignKeyViolationError) for one in failed)


async def test_a_number_belongs_to_the_year_in_china_in_which_it_was_approved(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    bulletin = await approved(staffed, await begun(staffed, order()))
    new_year = bulletin.model_copy(update={"approved_at": datetime(2026, 12, 31, 16, 0, tzinfo=UTC)})

    assert await bulletin_records.draw_number(staffed, new_year) == "乐河办通〔2027〕1号"


# ---------------------------------------------------------------- recomputed


async def test_a_year_later_every_figure_is_what_it_was(staffed: Pool) -> None:
    lives = await with_lives(staffed)
    bulletin = await issue(staffed, await approved(staffed, await begun(staffed, order())))
    for life in lives[1::2]:
        life.hear(say.RecordStop, 300 * 24, photos=1)
        await record(staffed, life.letter())

    result = await recompute(staffed, bulletin.bulletin_id)

    assert result.holds
    assert (result.issues, result.figures > 50) == (6, True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bulletin_figures SET count = count + 1 WHERE figure = 'closed'",
        "UPDATE bulletin_figures SET of = of + 1 WHERE figure = 'on_time'",
        "UPDATE bulletin_figures SET issues = '{512022-2026-000002}' WHERE figure = 'closed'",
        "UPDATE bulletin_figures SET among = '{}' WHERE figure = 'on_time'",
        "DELETE FROM bulletin_figures WHERE figure = 'closed'",
    ],
)
async def test_a_figure_changed_by_the_database_owner_is_found(change: str, staffed: Pool) -> None:
    await with_lives(staffed)
    bulletin = await begun(staffed, order())
    await staffed.execute("ALTER TABLE bulletin_figures DISABLE TRIGGER append_only")
    await staffed.execute(change)

    result = await recompute(staffed, bulletin.bulletin_id)

    assert not result.holds
    assert {each.figure for each in result.differing} <= {"closed", "on_time"}
    assert result.differing


async def test_an_issue_taken_out_of_the_cut_is_found(staffed: Pool) -> None:
    await with_lives(staffed)
    bulletin = await begun(staffed, order())
    await staffed.execute("ALTER TABLE bulletin_cut_issues DISABLE TRIGGER append_only")
    await staffed.execute("DELETE FROM bulletin_cut_issues WHERE issue_id = '512022-2026-000001'")

    result = await recompute(staffed, bulletin.bulletin_id)

    assert "the cut is not the one" in result.broken[0].reason
    assert "512022-2026-000001" in result.differing[0].issues


async def test_a_journal_changed_afterwards_is_found_by_its_hash(staffed: Pool) -> None:
    await with_lives(staffed)
    bulletin = await begun(staffed, order())
    await staffed.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
    await staffed.execute(
        "UPDATE issue_facts SET body = replace(body::text, '未清运干净', '已清运干净')::json"
        " WHERE issue_id = '512022-2026-000001' AND kind = 'RectificationRejected'"
    )

    result = await recompute(staffed, bulletin.bulletin_id)

    assert result.broken[0].what == "512022-2026-000001"


async def test_an_unknown_bulletin_is_not_recomputed(staffed: Pool) -> None:
    assert await recompute(staffed, f"{COUNTY}-2026-monthly-1") is None


# ---------------------------------------------------------------- looked through


async def test_the_words_of_a_report_are_found_whatever_its_punctuation(staffed: Pool) -> None:
    await with_lives(staffed, 2)
    words = "桥下第三个排口每天夜里两点偷排黑水,臭气熏天"
    body = f'{{"text": "{words}"}}'
    await staffed.execute("INSERT INTO reports VALUES ('r-1', $1, now(), NULL)", body)
    await staffed.execute(
        "INSERT INTO issue_numbers VALUES ('r-1', '512022', 2026, 1, '512022-2026-000001', now())"
    )
    bulletin = await begun(staffed, order())
    quoting = Text(where="工作要求第 1 段", words="群众反映“第三个排口 每天夜里,两点偷排”。")
    saying = Text(where="工作要求第 2 段", words="请核查夜间偷排。")

    found = await bulletins.quoted(staffed, bulletin.bulletin_id, [quoting, saying], 12)

    assert [(each.rule, each.where) for each in found] == [("quote", "工作要求第 1 段")]
    assert words[:6] not in found[0].what


async def test_an_issue_that_was_suspended_after_the_cut_is_found(staffed: Pool) -> None:
    told = Told().walk(say.RecordStop, say.Assign)
    named = named_of([told.story()], [(told.issue.issue_id, 1)])
    told.say(say.SuspendClock, told.issue.at + HOUR)
    await record(staffed, write_issue(None, tuple(told.facts))[0])
    draft = Draft(texts=(), named=named, rates=(), least_denominator=10, longest_quote=12)

    found = await bulletin_records.findings_now(staffed, draft)

    assert [each.suspended for each in named] == [False]
    assert [(each.rule, each.where) for each in found] == [("suspended", told.issue.issue_id)]


async def test_a_cut_reads_as_many_issues_as_there_are(
    staffed: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_lives(staffed)
    monkeypatch.setattr(bulletins, "AT_A_TIME", 2)

    frozen = await bulletins.freeze(staffed, order(), NOW)

    assert frozen.issues == 6
