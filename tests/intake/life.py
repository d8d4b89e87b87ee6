"""A life over HTTP: what was said by which operation, by whom, and what there is afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.issue.commands import Command
from domain.posts import Post
from reading.callers import Role
from tests.intake.asked import Asked, Served, say
from tests.intake.passes import token
from tests.intake.whole import Whole
from tests.workflows.shell import Living
from tests.workflows.words import REACH
from workflows.names import update_name

PROVINCE, CITY = "510000000000", "512000000000"
FILLED_IN = {"id", "by", "said_at", "rules", "into_reach", "into_category", "into_stage"}
"""What the front door says itself."""
ASKED_INSTEAD = ("category", "severity")
"""What is said to it instead of rules."""


@dataclass
class Life:
    """What was lived: which words were taken, by whom, and what else there is now."""

    door: Whole
    served: Served
    asked: Asked = field(default_factory=Asked)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By operation id: a body that was taken, with the post that said it."""
    posts: set[Post] = field(default_factory=set)
    known: dict[str, list[Any]] = field(default_factory=dict)
    schema: Any = None
    _said: int = 0

    async def say(self, operation_id: str, shown: str | None = None, **parts: Any) -> Any:
        self.schema = self.schema or self.served.schema()
        self._said += 1
        keyed = {"Idempotency-Key": f"lived-{self._said:06d}"}
        parts["headers"] = {**(keyed if "body" in parts else {}), **parts.get("headers", {})}
        return await say(self.asked, self.schema, operation_id, shown, **parts)

    async def report(self, shown: str | None = None, **told: Any) -> tuple[str, str, str | None]:
        """Report something; return receipt, secret, and the number of its issue if one came of it."""
        body = {"text": "岸边有异样。", "where": {"reach": REACH}, **told}
        self.taken.setdefault("report", body)
        kept = await self.say("report", shown, body=body)
        lead = await self.door.settled(kept["receipt"])
        return kept["receipt"], kept["secret"], lead.issue_id

    async def live(self, number: str, words: Sequence[type[Command]], **changes: Any) -> None:
        """Say words to an issue, each by the post that may say it, and read the issue after each."""
        issue = Living(self.door.house.client, self.door.hall.pool, number)
        for kind in words:
            fields = {name: value for name, value in changes.items() if name not in ASKED_INSTEAD}
            command = await issue.word(kind, **fields)
            body = command.model_dump(mode="json", exclude=FILLED_IN, exclude_none=True)
            body |= {name: changes[name] for name in ASKED_INSTEAD if name in changes}
            body["by"] = command.by
            done = await self.say(
                update_name(kind), by(command.by), path_parameters={"number": number}, body=body
            )
            self.posts.add(command.by)
            self.taken.setdefault(update_name(kind), body)
            await issue.journal()
            await self._read(number, done["id"])

    async def _read(self, number: str, key: str) -> None:
        reader, place = token(Role.AUDITOR, CITY), {"number": number}
        for name in ("get_issue", "list_facts", "explain_issue"):
            await self.say(name, reader, path_parameters=place)
        await self.say("outcome", reader, path_parameters={**place, "key": key})


def by(post: Post) -> str:
    """Return the token of somebody with every role, for one post."""
    return token([*Role], PROVINCE, [post])
