"""剧本: lives that together walk every family of arrows; each is told once and kept."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from domain import posts
from domain.issue import commands as say
from domain.terms import Category, Level, Origin, Severity, Source
from store.journal import SQL
from store.pool import transaction
from tests.workflows.shell import Living, Shell, eventually, has_rolled
from tests.workflows.words import COUNTY_CHIEF, REACH, TOWNSHIP, TOWNSHIP_CHIEF

CITY_CHIEF = posts.chief(TOWNSHIP, Level.CITY, REACH)
HOUR = timedelta(hours=1)

Life = Callable[[Living], Awaitable[None]]


class Scenario(NamedTuple):
    """How an issue opens, and what is then said to it."""

    live: Life
    opens: Mapping[str, object]
    impatient: bool = False


async def _say(issue: Living, *kinds: type[say.Command]) -> None:
    for kind in kinds:
        await issue.say(kind)


async def plan_and_close(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.Assign, say.SubmitPlan, say.AcceptPlan)
    await _say(issue, say.ReportRectified, say.AcceptRectification, say.Close)


async def rejected_then_answered(issue: Living) -> None:
    await _say(issue, say.NothingToStop, say.Assign, say.ReportRectified)
    await issue.pass_time(timedelta(days=1))
    await _say(issue, say.RejectRectification, say.ReportRectified, say.AcceptRectification)
    await _say(issue, say.ReplyToReporter, say.Close)


async def up_to_the_bulletin(issue: Living) -> None:
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit + timedelta(days=16))
    await issue.say(say.RecordStop)


async def lapse_withdrawn(issue: Living) -> None:
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit + 13 * HOUR)
    await issue.say(say.RecordStop, at=limit - HOUR)
    await issue.say(say.Assign)


async def dismissed(issue: Living) -> None:
    await _say(issue, say.ReplyToReporter, say.Dismiss)


async def merged(issue: Living) -> None:
    other = {"into": "512022-2026-000999", "into_reach": REACH, "into_stage": "rectifying"}
    await issue.say(say.MergeInto, **other, into_category=Category.DUMPING)


async def cannot_stop_among_vacancies(issue: Living) -> None:
    await issue.say(say.AnnounceVacancy, post=CITY_CHIEF)
    await issue.say(say.ReportCannotStop)
    await issue.say(say.AnnounceHolder, post=TOWNSHIP_CHIEF)
    await issue.say(say.AnnounceHolder, post=CITY_CHIEF)
    await issue.say(say.RecordStop)


async def stock_with_its_own_plan(issue: Living) -> None:
    await issue.say(say.Assign)
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit + HOUR)
    await _say(issue, say.ReportRectified, say.AcceptRectification, say.Close)


async def recurred(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.Assign)


async def reassigned_and_complained_of(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.Assign, say.Reassign)
    await issue.say(say.AttachReport, source=Source.HOTLINE)
    await issue.say(say.ReplyToReporter)


async def rejected_too_often(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.Assign, say.SubmitPlan, say.AcceptPlan)
    await _say(issue, say.ReportRectified, say.RejectRectification)
    await _say(issue, say.ReportRectified, say.RejectRectification)


async def repaired(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.RecordRepair, say.Assign)
    await issue.say(say.RecordRepair, what="skip", approved_by="OP-2", about=("notice 1",))


async def postgres_away(issue: Living) -> None:
    await issue.journal()
    async with transaction(issue.pool) as connection:
        await connection.execute(SQL["lock_issue"], issue.issue_id)
        await _say(issue, say.RecordStop, say.Assign)
        await issue.say(say.AttachReport)
    await issue.journal()


async def continued_as_new(issue: Living) -> None:
    await _say(issue, say.RecordStop, say.Assign)
    await eventually("it continues as new", lambda: has_rolled(issue))
    await _say(issue, say.ReportRectified)


TO_RECTIFYING = (say.RecordStop, say.Assign)


async def extended_then_denied(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.RequestExtension, say.GrantExtension)
    await issue.pass_time(timedelta(days=1))
    await _say(issue, say.ReportRectified, say.RequestExtension, say.DenyExtension)


async def suspended_reviewed_and_resumed(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.SuspendClock)
    await issue.pass_time(timedelta(days=100))
    await issue.say(say.UpholdSuspension)
    await issue.pass_time(timedelta(days=10))
    await _say(issue, say.ResumeClock, say.SuspendClock, say.ReportRectified)


async def suspended_for_a_year(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.SuspendClock)
    await issue.pass_time(timedelta(days=380))


async def disputed_and_ruled(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.HandBack, say.Reassign, say.HandBack)
    await issue.pass_time(timedelta(days=6))
    await _say(issue, say.RuleOnDispute, say.ReportRectified)


async def disputed_to_the_end(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.HandBack, say.Reassign, say.HandBack)
    await issue.pass_time(timedelta(days=20))


async def regraded_with_a_date_of_its_own(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.Regrade, say.SetDate)
    await issue.say(say.ReportUndeliverable, addressee=COUNTY_CHIEF, why="nobody")


async def transferred_to_enforcement(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.TransferToEnforcement, say.ReportRectified)
    await issue.pass_time(timedelta(days=2))
    await issue.say(say.RejectRectification)


async def interviewed_and_referred(issue: Living) -> None:
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit + timedelta(days=30))
    await issue.say(say.RecordInterview)
    await issue.pass_time(timedelta(days=45))
    await issue.say(say.RecordStop)


async def under_another_edition(issue: Living) -> None:
    await _say(issue, *TO_RECTIFYING, say.AdoptEdition, say.AdoptCalendar)
    await issue.pass_time(timedelta(days=12))
    await issue.say(say.ReportRectified)


_STOCK = {"origin": Origin.STOCK, "category": Category.BUILDING, "source": Source.TRANSFER}

SCENARIOS: Mapping[str, Scenario] = {
    "plan_and_close": Scenario(plan_and_close, {"severity": Severity.SERIOUS}),
    "rejected_then_answered": Scenario(rejected_then_answered, {"source": Source.PUBLIC}),
    "up_to_the_bulletin": Scenario(up_to_the_bulletin, {}),
    "lapse_withdrawn": Scenario(lapse_withdrawn, {}),
    "dismissed": Scenario(dismissed, {"source": Source.HOTLINE}),
    "merged": Scenario(merged, {}),
    "cannot_stop_among_vacancies": Scenario(cannot_stop_among_vacancies, {"vacant": (TOWNSHIP_CHIEF,)}),
    "stock_with_its_own_plan": Scenario(stock_with_its_own_plan, {**_STOCK, "plan_on": timedelta(days=9)}),
    "recurred": Scenario(recurred, {"severity": Severity.MAJOR, "recurrence_of": "512022-2025-000001"}),
    "reassigned_and_complained_of": Scenario(reassigned_and_complained_of, {}),
    "rejected_too_often": Scenario(rejected_too_often, {"severity": Severity.SERIOUS}),
    "extended_then_denied": Scenario(extended_then_denied, {"source": Source.PUBLIC}),
    "suspended_reviewed_and_resumed": Scenario(suspended_reviewed_and_resumed, {}),
    "suspended_for_a_year": Scenario(suspended_for_a_year, {}),
    "disputed_and_ruled": Scenario(disputed_and_ruled, {}),
    "disputed_to_the_end": Scenario(disputed_to_the_end, {}),
    "regraded_with_a_date_of_its_own": Scenario(regraded_with_a_date_of_its_own, {}),
    "transferred_to_enforcement": Scenario(transferred_to_enforcement, {}),
    "interviewed_and_referred": Scenario(interviewed_and_referred, {}),
    "under_another_edition": Scenario(under_another_edition, {}),
    "repaired": Scenario(repaired, {}),
    "postgres_away": Scenario(postgres_away, {}),
    "continued_as_new": Scenario(continued_as_new, {}, impatient=True),
}


async def tell(shell: Shell, name: str, number: int, today: date) -> Living:
    """Live one scenario and return the issue when its journal holds everything."""
    scenario = SCENARIOS[name]
    opens = dict(scenario.opens)
    if isinstance(within := opens.get("plan_on"), timedelta):
        opens["plan_on"] = today + within
    issue = await shell.open(issue_id=f"512022-2026-{number:06d}", **opens)
    await scenario.live(issue)
    await issue.journal()
    return issue
