"""运维照单办理: an operator who does what `stuck` suggests, word for word, and knows nothing else.

A command of ours is run as it stands; a repair is signed besides. What compose would start is started as
the process that compose starts, and `temporal` is the real program. What a person must do is done at the
front door, or said to the workflow.
"""

import asyncio
import csv
import json
import shlex
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from activities.courier import Courier
from domain import posts
from domain.issue import commands as say
from domain.model import Label
from domain.posts import Post
from domain.stuck import Kind, Stuck
from machine.ports import LOOPBACK, any_free_port
from machine.temporal import binary
from reading.callers import Role
from tests.intake.passes import bearer, make_keys, token
from tests.ops.planted import ELSEWHERE, QUEUE, Site, posts_at
from tests.ops.terminal import Ran, ops_on
from tests.stories.outage import ROOT, AtWork, reaching
from tests.workflows.words import TOWNSHIP, UNIT

SIGNED = ("--reason", "演练", "--ticket", "T-7", "--by", "OP-1", "--apply")
REGISTRY = ROOT / "registry" / "ziyang"
COMPOSED = {"worker": ["worker.py"], "intake": ["-m", "intake"]}
LEVELS = ("province", "city", "county", "township")
PROVINCES = ("610000000000", "611900000000", "611902000000", ELSEWHERE)


class Operator:
    """运维一人, with a terminal, and with the passes of whoever he asks to do something."""

    def __init__(self, at: Site, folder: Path) -> None:
        self._at, self._folder = at, folder
        self._settings = {
            **reaching(at.dsn, at.server),
            "RIVER_TASK_QUEUE": QUEUE,
            "RIVER_ARCHIVE": str(folder / "archive"),
            "RIVER_PHOTOS": str(folder / "photos"),
            "RIVER_REGISTRY": str(folder / "registry"),
        }
        told = {name.removeprefix("RIVER_").lower(): value for name, value in self._settings.items()}
        self.ops = ops_on(told.pop("database_url"), **told)
        self._door = ""

    async def mend(self) -> None:
        """Undo the causes that no repair undoes: bugs, open transactions, a roster, a courier that is away.

        A history that other code has written stays what it is, and so does the code.
        """
        faults = self._at.faults
        for wrong in (faults.raises, faults.sleeps, faults.strange):
            wrong.clear()
        await self._at.held.aclose()
        await self._at.leads.reach(self._at.dsn)
        carrying = asyncio.create_task(Courier(self._at.dsn, self._at.announce, look_every=0.2).run())
        self._at.held.callback(carrying.cancel)

    async def follow(self, stuck: Stuck) -> None:
        """Do what is suggested."""
        if stuck.kind.is_human and stuck.kind is not Kind.POST_VACANT:
            await ASKED[stuck.kind](self, stuck)
            return
        line = stuck.repair
        if stuck.kind is Kind.POST_VACANT:
            self._appoint(stuck.whose)
            line = line[line.index("python -m ops") :]
        program, *words = shlex.split(line)
        await {"python": self._ours, "docker": self._compose, "temporal": self._temporal}[program](
            stuck, words
        )

    async def listed(self) -> list[Stuck]:
        """Read what `stuck` lists, top to bottom."""
        soon = ("--minutes", "0.02", "--mark-minutes", "0.02", "--days", "0.0001")
        ran = await self.ops("stuck", "--json", *soon)
        told = json.loads(ran.out)
        assert (told["silent"], ran.status) == ({}, 1 if told["found"] else 0), ran
        return [
            Stuck(
                Kind(each["kind"]), each["subject"], None, each["whose"], Label(**each["why"]), each["repair"]
            )
            for each in told["found"]
        ]

    async def _ours(self, stuck: Stuck, words: list[str]) -> None:
        module, name, *rest = words
        assert (module, name) == ("-m", "ops")
        ran: Ran = await self.ops(*rest, *(SIGNED if rest[0] == "repair" else ()))
        assert ran.status == 0, (stuck, ran)

    async def _compose(self, stuck: Stuck, words: list[str]) -> None:
        *_, program = words
        assert words == ["compose", "up", "-d", program]
        queue = {"RIVER_TASK_QUEUE": stuck.subject} if stuck.kind is Kind.WORKER_MISSING else {}
        await self._start(program, queue)

    async def _temporal(self, stuck: Stuck, words: list[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            *(str(binary()), *words, "--address", self._at.server.address),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        is_done_already = b"Can't find pending activity" in out  # a list is as old as its reader is slow
        assert process.returncode == 0 or is_done_already, (stuck, out.decode())

    async def _start(self, program: str, changes: Mapping[str, str] = {}) -> None:
        started = AtWork(
            program, COMPOSED[program], self._folder, {**self._settings, **self._http(), **changes}
        )
        await started.start()
        self._at.held.push_async_callback(started.stop)

    def _http(self) -> dict[str, str]:
        port = any_free_port()
        self._door = f"http://{LOOPBACK}:{port}"
        keys = str(make_keys(self._folder).jwks)
        registry = {"RIVER_REGISTRY": str(REGISTRY)}
        return {**registry, "RIVER_JWKS": keys, "RIVER_HTTP_HOST": LOOPBACK, "RIVER_HTTP_PORT": str(port)}

    async def _at_the_door(self, role: Role, post: Post, method: str, path: str, **said: Any) -> Any:
        """Ask the front door as the holder of a post does."""
        if not self._door:
            await self._start("intake")
        shown = bearer(token(role, posts.division_of(post), [post], "H-1"))
        async with httpx.AsyncClient(base_url=self._door, headers=shown, timeout=30) as http:
            answer = await http.request(method, path, **said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sign_for(self, stuck: Stuck) -> None:
        role = Role(stuck.whose.partition(":")[0])
        (line,) = [
            each["line"]
            for each in (await self._at_the_door(role, stuck.whose, "GET", "/inbox"))["lines"]
            if each["about"] == stuck.subject and each["effect"] == "order"
        ]
        await self._at_the_door(role, stuck.whose, "POST", f"/inbox/{line}/receipt")

    async def assess(self, stuck: Stuck) -> None:
        """Refuse a lead, as its office does; the office is told why in the same sentence as its reporter."""
        said = {"decision": "refuse", "reason": "现场没有发现"}
        path = f"/leads/{stuck.subject}/decision"
        await self._at_the_door(Role.OFFICE, stuck.whose, "POST", path, json=said)

    async def approve(self, stuck: Stuck) -> None:
        role = Role(stuck.whose.partition(":")[0])
        path = f"/bulletins/{stuck.subject}/approve"
        await self._at_the_door(role, stuck.whose, "POST", path, json={"id": "approve-1", "by": stuck.whose})

    async def rule(self, stuck: Stuck) -> None:
        await self._at.issue(stuck.subject).say(say.RuleOnDispute, by=stuck.whose)

    async def uphold(self, stuck: Stuck) -> None:
        await self._at.issue(stuck.subject).say(say.UpholdSuspension, by=stuck.whose)

    def _appoint(self, post: Post) -> None:
        """Write into the registry who holds a post, and what else of another province the roster knew."""
        folder = Path(shutil.copytree(REGISTRY, self._folder / "registry"))
        _add(
            folder / "divisions.csv",
            [
                (code, f"外省{level}", level, parent)
                for code, level, parent in zip(PROVINCES, LEVELS, ("", *PROVINCES), strict=False)
            ],
        )
        with (folder / "departments.csv").open(encoding="utf-8") as file:
            departments = {row["department"] for row in csv.DictReader(file)}
        units = [f"unit:{PROVINCES[2]}:{department}" for department in sorted(departments)]
        theirs = [each for each in posts_at(ELSEWHERE) if posts.reach_of(each) is None]
        assigned = (UNIT, UNIT.replace(TOWNSHIP, ELSEWHERE))
        held = dict.fromkeys((post, *assigned), "H-512000-001")
        _add(
            folder / "posts.csv",
            [
                (each, each, level_of(each), posts.division_of(each), "", held.get(each, ""), "")
                for each in (*units, *theirs, *assigned)
            ],
        )


def level_of(post: Post) -> str:
    return posts.level_of(posts.division_of(post)).name.lower()


def _add(file: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with file.open("a", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)


ASKED: Mapping[Kind, Callable[[Operator, Stuck], Awaitable[None]]] = {
    Kind.NO_RECEIPT: Operator.sign_for,
    Kind.LEAD_UNASSESSED: Operator.assess,
    Kind.BULLETIN_UNAPPROVED: Operator.approve,
    Kind.DISPUTE_UNRULED: Operator.rule,
    Kind.SUSPENSION_UNREVIEWED: Operator.uphold,
}
"""What each sentence asks of a person."""
