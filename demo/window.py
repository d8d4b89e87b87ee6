"""窗口: how the story speaks to the service: over HTTP, as every sender and every official does."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from demo.cast import TYPED_IN
from domain.issue.commands import Command, Regrade
from domain.model import IssueId
from domain.posts import Division, Post, division_of, kind_of, office
from domain.terms import Level, PostKind, Source
from ops.signing import SigningKey, read_signing_key
from reading.callers import Role
from store import leads
from store.pool import Pool
from workflows.names import update_name

AT_ONCE = 8
GIVE_UP_AFTER = 30.0
AN_HOUR = timedelta(hours=1)

ROLES: Mapping[PostKind, Role] = {
    PostKind.CHIEF: Role.CHIEF,
    PostKind.GENERAL_CHIEF: Role.CHIEF,
    PostKind.OFFICE: Role.OFFICE,
    PostKind.UNIT: Role.UNIT,
    PostKind.PATROLLER: Role.PATROLLER,
}
OF_THE_OFFICE = frozenset({Source.HOTLINE, Source.ORDER, Source.TRANSFER, Source.MEDIA})


WHOLE_CITY = "512000000000"
VAGUE = frozenset({"LS033", "LS094"})
SOMEWHERE = "沱江边上"
"""Reports that do not say where: the river has many reaches, and a person must find out."""

_OF_THE_DOOR = {"id", "said_at", "rules", "into_reach", "into_category", "into_stage"}
"""What of a command nobody brings: the door fills it in."""


class Refused(Exception):
    """The front door said no; carries what it said."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {said.get('detail', '')}")
        self.status = status
        self.said = said


class Window:
    """One process's way to the front door; it signs tokens that only the standalone service believes."""

    def __init__(self, address: str, key: Path, receipts: Path) -> None:
        self.address = address
        self._http = httpx.AsyncClient(base_url=address, timeout=GIVE_UP_AFTER)
        self._key = read_signing_key(key)
        self._receipts = receipts
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def report_file(self, file: Path) -> int:
        """Send every line of a file as a report; return how many lines it had, the refused ones too."""
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        lines = [line for line in text.splitlines() if line.strip()]
        await asyncio.gather(*(self._report_line(line) for line in lines))
        return len(lines)

    async def assess(self, reports: Mapping[str, Mapping[str, Any]]) -> int:
        """研判: let the city's office open what waits for a person; return how many it opened."""
        token = _pass_of(office(WHOLE_CITY, Level.CITY), self._key)
        answer = await self._http.get("/leads", headers={"Authorization": f"Bearer {token}"})
        waiting = answer.json().get("leads", []) if answer.is_success else []
        of = {receipt: report_id for report_id, receipt in receipts_in(self._receipts).items()}
        opened = 0
        for lead in waiting:
            report = reports.get(of.get(lead["receipt"], ""))
            if report:
                names = ("reach", "division", "category", "severity")
                body = {"decision": "open", **{name: report[name] for name in names}}
                with suppress(Refused):
                    await self._post(f"/leads/{lead['receipt']}/decision", body, lead["receipt"], token)
                    opened += 1
        return opened

    async def say(self, issue_id: str, command: Command) -> None:
        """Say a command in the name of the post that says it; raises Refused."""
        body = command.model_dump(mode="json", exclude=_OF_THE_DOOR, exclude_unset=True)
        if isinstance(command, Regrade):
            body["severity"] = command.rules.severity
        path = f"/issues/{issue_id}/{update_name(type(command))}"
        await self._post(path, body, command.id, _pass_of(command.by, self._key))

    async def _report_line(self, line: str) -> None:
        async with self._turn:
            body: Any = line  # the broken line of the story stays broken
            key, token = "STORY-BROKEN", None
            with suppress(ValueError):
                report = json.loads(line)
                key, body, token = report["id"], _told(report), _sender(report, self._key)
            try:
                answer = await self._post("/reports", body, f"demo:{key}", token)
            except Refused:
                return
            self._remember(key, answer["receipt"])

    async def _post(self, path: str, body: Any, key: str, token: str | None) -> Mapping[str, Any]:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        response = await self._http.post(path, content=content.encode(), headers=headers)
        while response.status_code in (429, 503):
            await asyncio.sleep(float(response.headers.get("Retry-After", "1")))
            response = await self._http.post(path, content=content.encode(), headers=headers)
        said: Mapping[str, Any] = response.json() if response.content else {}
        if response.is_error:
            raise Refused(response.status_code, said)
        return said

    def _remember(self, report_id: str, receipt: str) -> None:
        """Keep which receipt a report got, for the people of the story, who run in another process."""
        with self._receipts.open("a", encoding="utf-8") as file:
            file.write(f"{report_id} {receipt}\n")


def window_of(environment: Mapping[str, str], receipts: Path) -> Window:
    """Return the way to the front door of the machine that an environment names."""
    address = f"http://127.0.0.1:{environment['RIVER_HTTP_PORT']}"
    return Window(address, Path(environment["RIVER_TOKEN_KEY"]), receipts)


async def issue_of(pool: Pool, receipts: Path, report_id: str) -> IssueId | None:
    """Return the issue that a report of the sample became or was attached to, or nothing yet."""
    receipt = receipts_in(receipts).get(report_id)
    lead = await leads.one(pool, receipt) if receipt else None
    return lead.issue_id if lead and lead.is_decided else None


def receipts_in(file: Path) -> dict[str, str]:
    """Return the receipts by the ids that the reports have in the sample."""
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _told(report: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        name: report[name]
        for name in (
            "text",
            "category",
            "severity",
            "source",
            "seen_at",
            "circumstances",
            "origin",
            "plan_on",
        )
        if name in report
    }
    told["where"] = {name: report[name] for name in ("reach", "division") if name in report}
    if report["id"] in VAGUE:
        told["where"] = {"name": SOMEWHERE}
    return {**told, **{name: report[name] for name in ("finder", "recurrence_of") if name in report}}


def _sender(report: Mapping[str, Any], key: SigningKey) -> str | None:
    """Let each report come from whoever sends such ones: the public without a token."""
    division, source = report["division"], report["source"]
    if source in OF_THE_OFFICE or report.get("origin") == "STOCK" or "recurrence_of" in report:
        return _pass_of(office(division, Level.COUNTY), key)
    if source == Source.INSPECTION:
        return _token(key, Role.SUPERVISOR, division_of(report["finder"]), ())
    if source == Source.PATROL:
        return _pass_of(report["finder"], key)
    # What a quarrel is about hangs on its grade, which an official said when the letter came in.
    return _pass_of(office(division, Level.COUNTY), key) if report["id"] in TYPED_IN else None


def _pass_of(post: Post, key: SigningKey) -> str:
    role = ROLES[kind_of(post)]
    if kind_of(post) is PostKind.CHIEF or role is Role.CHIEF:
        role = Role.CHIEF
    return _token(key, role, division_of(post), (post,))


def _token(key: SigningKey, role: Role, division: Division, posts: tuple[Post, ...]) -> str:
    now = datetime.now(UTC)
    return key.sign(
        {
            "iss": "river-local",
            "aud": "river",
            "sub": f"demo-{role}-{division}",
            "iat": int(now.timestamp()),
            "exp": int((now + AN_HOUR).timestamp()),
            "river_roles": [role],
            "river_division": division,
            "river_posts": list(posts),
        }
    )
