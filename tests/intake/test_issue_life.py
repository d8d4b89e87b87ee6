"""The life of an issue over HTTP: every word acknowledged when the issue has decided, every refusal named."""

from datetime import datetime

from domain.issue import commands as say
from domain.terms import Stage
from intake.speaking import REFUSALS
from tests.intake.front import Front
from tests.workflows.shell import Living
from tests.workflows.words import COUNTY_OFFICE, UNIT

A_WHOLE_LIFE = (
    (say.RecordStop, Stage.STOPPED),
    (say.Assign, Stage.RECTIFYING),
    (say.ReportRectified, Stage.VERIFYING),
    (say.RejectRectification, Stage.RECTIFYING),
    (say.ReportRectified, Stage.VERIFYING),
    (say.AcceptRectification, Stage.ACCEPTED),
    (say.Close, Stage.CLOSED),
)


async def _told(issue: Living, kind: str) -> list[datetime]:
    return [line.said_at for line in await issue.journal() if line.kind == kind]


async def test_a_whole_life_is_led_over_http(front: Front) -> None:
    issue = await front.open()

    for kind, stage in A_WHOLE_LIFE:
        answer = await front.say(issue, kind)
        assert (answer.status_code, answer.json().get("stage")) == (200, stage), answer.text

    read = await front.get(f"/issues/{issue.issue_id}", front.token_of(COUNTY_OFFICE))
    assert read.json()["stage"] == {"code": "closed", "zh": "销号", "en": "closed"}


async def test_every_refusal_has_its_status_and_both_sentences(front: Front) -> None:
    issue = await front.open()
    token = front.token_of
    path = f"/issues/{issue.issue_id}"
    unready = {"photos": 0}

    answers = {
        "NotAtThisStage": await front.say(issue, say.RecordStop, key="early-bird")
        and await front.say(issue, say.RecordStop),
        "NotYours": await front.post(f"{path}/assign", {"unit": UNIT}, token(UNIT)),
        "Incomplete": await front.post(f"{path}/dismiss", {}, token(COUNTY_OFFICE)),
    }
    del unready

    for kind, answer in answers.items():
        said = answer.json()
        assert (answer.status_code, said["type"]) == (REFUSALS[kind].status, f"urn:river:{kind}"), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert said["detail"]
        assert said["detail_en"]
