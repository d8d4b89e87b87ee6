"""Lives issues over HTTP, every word by an operation of the document, until each has been taken once."""

import json
from datetime import timedelta
from typing import Any

from activities.courier import deliver_all
from domain import posts
from domain.issue import commands as say_
from domain.posts import Post
from domain.terms import Level
from reading.callers import Role
from store.documents import documents_of
from tests.intake.asked import Served
from tests.intake.life import CITY, Life, by
from tests.intake.passes import token
from tests.intake.photo_files import photo
from tests.intake.published import publish
from tests.intake.whole import Whole
from tests.workflows.shell import eventually
from tests.workflows.words import REACH, TOWNSHIP_CHIEF

PLAIN = (
    *(say_.RecordStop, say_.Assign, say_.ReportRectified, say_.RejectRectification, say_.ReportRectified),
    say_.AcceptRectification,
)
PLANNED = (
    *(say_.ReportCannotStop, say_.RecordStop, say_.Assign, say_.Reassign, say_.SubmitPlan, say_.AcceptPlan),
    *(say_.SuspendClock, say_.UpholdSuspension, say_.ResumeClock, say_.RequestExtension),
    *(say_.GrantExtension, say_.SetDate, say_.TransferToEnforcement, say_.RecordInterview),
)
DISPUTED = (
    *(say_.NothingToStop, say_.Assign, say_.RequestExtension, say_.DenyExtension),
    *(say_.HandBack, say_.Reassign, say_.HandBack, say_.RuleOnDispute, say_.ReplyToReporter),
)


async def lived(door: Whole, served: Served) -> Life:
    """Live enough that every operation has been asked for what it can give; note what there is then."""
    life = Life(door, served)
    hotline = token(Role.OFFICE, CITY)
    told = {"source": "HOTLINE", "severity": "GENERAL", "reporter": {"name": "甲某", "phone": "0832-1"}}

    receipt, secret, plain = await life.report(hotline, category="DUMPING", **told)
    assert plain is not None
    its_reporter = {"path_parameters": {"receipt": receipt}, "headers": {"X-Receipt-Secret": secret}}
    await life.live(plain, PLAIN)
    life.taken["say_not_fixed"] = {"text": "渣土还在。"}
    await life.say("say_not_fixed", body=life.taken["say_not_fixed"], **its_reporter)
    await life.live(plain, (say_.ReplyToReporter, say_.Close))
    life.taken["say_how_satisfied"] = {"answer": "fair"}
    await life.say("say_how_satisfied", body=life.taken["say_how_satisfied"], **its_reporter)
    await life.say("get_report", **its_reporter)

    _, _, planned = await life.report(hotline, category="SEWAGE", **{**told, "severity": "SERIOUS"})
    assert planned is not None
    await life.live(planned, PLANNED)

    _, _, disputed = await life.report(hotline, category="BUILDING", **told)
    assert disputed is not None
    await life.live(disputed, DISPUTED)
    await life.live(disputed, (say_.AnnounceVacancy, say_.AnnounceHolder), post=TOWNSHIP_CHIEF)
    await life.live(disputed, (say_.Dismiss,))

    _, _, one = await life.report(hotline, category="OCCUPATION", **told)
    _, _, other = await life.report(hotline, category="EXTRACTION", **told)
    assert one is not None
    assert other is not None
    await life.live(one, (say_.Regrade,), category="EXTRACTION")
    about = {"into_reach": REACH, "into_category": "EXTRACTION", "into_stage": "discovered"}
    await life.live(one, (say_.ReplyToReporter,))
    await life.live(one, (say_.MergeInto,), into=other, **about)
    await _look_around(life, other)
    await _ask_for_papers(life, hotline, told)
    await _sign_for_what_came(life, other)
    await publish(life)
    await _report_as_others_do(life)
    life.known |= {
        "number": [other, plain, f"{other[:-6]}999999"],
        "receipt": [receipt],
        "X-Receipt-Secret": [secret],
        "reach": [REACH],
        "division": [f"{other[:6]}000000"],
    }
    life.known |= dict.fromkeys(("by", "unit", "post", "finder"), sorted(life.posts))
    return life


async def _look_around(life: Life, number: str) -> None:
    """Photos of an issue and of a lead, a lead that a person decides, a seal that is opened."""
    office, issue = token([*Role], CITY, [f"office:{CITY}"]), {"number": number}
    photos = [photo(), photo("PNG")]
    evidence = await life.say("upload_photos", office, path_parameters=issue, body={"photos": photos})
    shown = await life.say("list_photos", office, path_parameters=issue)
    assert [each["digest"] for each in shown] == evidence["photos"]
    of_issue = {**issue, "digest": shown[0]["public_digest"]}
    assert (await life.say("get_photo", office, path_parameters=of_issue))[:2] == b"\xff\xd8"
    await life.say("list_issues", office)

    told = {"text": "看着不对劲。", "where": {"reach": REACH}, "reporter": {"contact": "someone@example.org"}}
    body = {"report": json.dumps(told), "photos": photos}
    kept = await life.say("report_with_photos", body=body)
    await life.door.settled(kept["receipt"])
    lead = {"receipt": kept["receipt"]}
    await life.say("list_leads", office)
    await life.say("get_lead", office, path_parameters=lead)
    seen = await life.say("list_lead_photos", office, path_parameters=lead)
    of_lead = {**lead, "digest": seen[0]["public_digest"]}
    assert (await life.say("get_lead_photo", office, path_parameters=of_lead))[:2] == b"\xff\xd8"
    life.taken["open_seal"] = {"purpose": "回访核实", "ticket": "12345-1"}
    await life.say("open_seal", office, path_parameters=lead, body=life.taken["open_seal"])
    life.taken["decide_lead"] = {"decision": "open", "category": "OTHER", "severity": "GENERAL"}
    await life.say("decide_lead", office, path_parameters=lead, body=life.taken["decide_lead"])
    life.known["digest"] = [of_issue["digest"]]


async def _ask_for_papers(life: Life, hotline: str, told: dict[str, Any]) -> None:
    """What was seen long enough ago has lapsed when it is opened, and an order is drafted."""
    seen = (life.door.house.now() - timedelta(hours=40)).isoformat()
    _, _, late = await life.report(hotline, category="DUMPING", seen_at=seen, **told)
    assert late is not None

    async def is_ordered() -> bool:
        return bool(await documents_of(life.door.hall.pool, late))

    await eventually(f"{late} is ordered", is_ordered)
    office, issue = token([*Role], CITY), {"number": late}
    (order,) = (await life.say("list_documents", office, path_parameters=issue))["documents"]
    of_order = {**issue, "fact": order["fact"]}
    for form, begins in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!DOCTYPE")):
        shown = await life.say("get_document", office, path_parameters=of_order, query={"as": form})
        assert shown.startswith(begins), form
    account = await life.say("explain_issue", office, path_parameters=issue, query={"as": "pdf"})
    assert account.startswith(b"%PDF")


async def _sign_for_what_came(life: Life, number: str) -> None:
    """Let the courier deliver; read an inbox, sign for a line, and see how others were reached."""
    await deliver_all(life.door.hall.pool, _no_post_is_vacant)
    post = posts.office(f"{number[:6]}000000", Level.COUNTY)
    page = await life.say("list_inbox", by(post), query={"limit": 1})
    (line,) = page["lines"]
    again = await life.say("list_inbox", by(post), query={"limit": 1, "cursor": page["next"]})
    assert again["lines"][0]["line"] < line["line"]
    await life.say("sign_for", by(post), path_parameters={"line": line["line"]})
    office, issue = token([*Role], CITY, [f"office:{CITY}"]), {"number": number}
    assert (await life.say("list_deliveries", office, path_parameters=issue))["deliveries"]
    await life.say("list_burdens", office)
    life.known["line"] = [line["line"]]
    life.posts.add(post)


async def _no_post_is_vacant(issue_id: str, post: Post) -> None:
    """Nobody here asks."""


async def _report_as_others_do(life: Life) -> None:
    """Open311, and whether the service is well."""
    await life.say("healthy")
    form = {"form": "json"}
    for name in ("discovery", "services", "requests"):
        await life.say(f"open311_{name}", path_parameters=form)
    await life.say("open311_service", path_parameters={**form, "code": "DUMPING"})
    life.taken["open311_report"] = {"service_code": "DUMPING", "address_id": "R02-01"}
    (made,) = await life.say("open311_report", path_parameters=form, body=life.taken["open311_report"])
    receipt = made["service_request_id"]
    for name, called in (("request", "request_id"), ("token", "token")):
        await life.say(f"open311_{name}", path_parameters={**form, called: receipt})
    life.known |= {"request_id": [receipt], "token": [receipt], "code": ["DUMPING"], "form": ["json"]}
