"""举报人封存: whoever reports is known by a token alone; opening the seal needs a role and a purpose."""

import json
import re
import secrets
import unicodedata
from typing import Annotated, Self

import structlog
from pydantic import AfterValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from domain.model import Frozen, Label
from intake.access import WRONG_ROLE
from intake.problems import Problem
from reading.callers import Caller, Role
from store import sealed
from store.pool import Pool
from store.seal import Keys
from store.sealed import Opened, Opener

log = structlog.get_logger()

OPENERS: tuple[Role, ...] = (Role.OFFICE, Role.AUDITOR)
"""Who may have a seal opened: the office that must answer the reporter, and whoever inspects the offices."""

NO_PURPOSE = Label(
    "请写明开封事由(2 至 200 字,不含控制字符)",
    "say for what the seal is opened: 2 to 200 printable characters",
)
BAD_TICKET = Label(
    "开封依据编号须为 1 至 64 字,不含控制字符", "the paper's number has 1 to 64 printable characters"
)
UNKNOWN = Label("没有这个举报人编号", "there is no such reporter")

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Characters that a terminal obeys, that turn text around, or that are none."""
_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def _is_printable(text: str) -> bool:
    return not any(unicodedata.category(character) in _UNSEEN for character in text)


def _printable(secret: SecretStr) -> SecretStr:
    if not _is_printable(secret.get_secret_value()):
        # Not a ValueError: what pydantic says of one is sent on, and this sentence is all that may be said.
        raise PydanticCustomError("unprintable", "control characters are not taken")
    return secret


Words = Annotated[SecretStr, AfterValidator(_printable)]
UNSAID = SecretStr("")


class Reporter(Frozen):
    """举报人: who reports and how to reach him; shown as nothing wherever it is printed."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Words = Field(default=UNSAID, max_length=64)
    phone: Words = Field(default=UNSAID, max_length=32)
    contact: Words = Field(default=UNSAID, max_length=200)

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if not any(secret.get_secret_value().strip() for secret in (self.name, self.phone, self.contact)):
            raise PydanticCustomError("nobody", "a reporter has a name, a phone or another way to be reached")
        return self

    def __repr_args__(self) -> list[tuple[str | None, object]]:  # also what rich and str ask for
        """Show nothing, not even which fields are empty."""
        return []


class Seal:
    """封存处: seals reporters and opens them; the pool is one of the role that alone may (river_seal)."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def keys(self) -> Keys:
        """The keys, for what is compared with the sealed and shown to nobody."""
        return self._keys

    async def seal(self, pool: Pool, reporter: Reporter) -> str:
        """Seal a reporter and return the token that stands for him; raises NotConfigured, NotLetIn, Away."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        row = self._keys.seal(token, _written(reporter))
        await sealed.keep(pool, token, row)
        log.info("reporter_sealed", reporter=token, key_id=row.key_id)
        return token

    async def open(
        self, pool: Pool, token: str, caller: Caller, purpose: str, ticket: str | None = None
    ) -> Reporter:
        """Return the reporter of a token; whoever calls has checked the caller's jurisdiction.

        The opening is a row before anything is deciphered, and counts even if that fails. Raises Problem 403
        for a role not in OPENERS, 422 without a purpose, 404 for an unknown token; NotConfigured, UnknownKey,
        Broken, NotLetIn, Away.
        """
        opener = _opener(caller, purpose, ticket)
        row = await sealed.take_out(pool, token, opener) if _TOKEN.fullmatch(token) else None
        if row is None:
            raise Problem(404, "unknown-reporter", UNKNOWN)
        log.info("seal_opened", reporter=token, subject=opener.subject, role=opener.role)
        return Reporter.model_validate_json(self._keys.open(token, row))

    async def openings(self, pool: Pool, token: str) -> list[Opened]:
        """Return how often a seal was opened, when, in which role and for what; raises NotLetIn, Away."""
        return await sealed.openings(pool, token) if _TOKEN.fullmatch(token) else []


def _opener(caller: Caller, purpose: str, ticket: str | None) -> Opener:
    role = next((role for role in OPENERS if role in caller.roles), None)
    if role is None:
        raise Problem(403, "wrong-role", WRONG_ROLE)
    if not 2 <= len(purpose.strip()) <= 200 or not _is_printable(purpose):  # noqa: PLR2004 - as NO_PURPOSE says
        raise Problem(422, "no-purpose", NO_PURPOSE)
    if ticket is not None and not (0 < len(ticket) <= 64 and _is_printable(ticket)):  # noqa: PLR2004 - the same
        raise Problem(422, "bad-ticket", BAD_TICKET)
    return Opener(caller.subject, role.value, purpose.strip(), ticket)


def _written(reporter: Reporter) -> bytes:
    words = {name: secret.get_secret_value() for name, secret in reporter}
    return json.dumps(words, ensure_ascii=False).encode()
