"""封存窗口: seals who reports and opens a seal, with what the seal's own troubles are answered by."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from pydantic import SecretStr, ValidationError

from domain.model import Label
from intake.problems import TRY_AGAIN, Problem
from intake.seal import Reporter, Seal
from reading.callers import Caller
from store import sealed
from store.pool import Pool
from store.seal import Broken, NotConfigured, UnknownKey
from store.sealed import NotLetIn, Opened

NOT_HERE = Label(
    "本服务未设置举报人封存,请不要填写姓名、电话;匿名举报照常受理",
    "no seal is set up here: leave name and telephone out; reports without them are taken",
)
TOO_MUCH = Label(
    "姓名最多64字,电话最多32字,联系方式最多200字,不含控制字符",
    "a name has up to 64 characters, a telephone 32, another contact 200, none of them control characters",
)
UNOPENABLE = Label(
    "这份封存目前无法打开,请联系运维人员(ops seal status)",
    "this seal cannot be opened now: ask an operator (ops seal status)",
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Sealing:
    """封存窗口 of one process: without the seal's own way to the records, nobody may name himself."""

    seal: Seal | None = None
    pool: "Pool | None" = None

    @property
    def is_set_up(self) -> bool:
        """Whether anybody who names himself can be taken."""
        return self.seal is not None and self.pool is not None

    async def put_words_away(self, name: str, phone: str, contact: str) -> str:
        """Seal what somebody says of himself; Problem 422 for what cannot be sealed."""
        try:
            reporter = Reporter(name=SecretStr(name), phone=SecretStr(phone), contact=SecretStr(contact))
        except ValidationError:
            raise Problem(422, "bad-reporter", TOO_MUCH) from None
        return await self.put_away(reporter)

    async def put_away(self, reporter: Reporter) -> str:
        """Seal a reporter and return his token; Problem 422 where no seal is set up. Raises Away."""
        seal, pool = self._set_up()
        with _answered():
            return await seal.seal(pool, reporter)

    async def forget_unclaimed(self) -> None:
        """Delete whoever was sealed for a report that was never kept. Raises Away, NotLetIn."""
        if self.pool is not None and (forgotten := await sealed.forget_unclaimed(self.pool)):
            log.info("unclaimed_reporters_forgotten", reporters=forgotten)

    async def open(self, token: str, caller: Caller, purpose: str, ticket: str | None) -> Reporter:
        """Open a seal for whoever may, in his jurisdiction; the opening is a row. Raises Problem, Away."""
        seal, pool = self._set_up()
        with _answered():
            return await seal.open(pool, token, caller, purpose, ticket)

    async def openings(self, token: str) -> list[Opened]:
        """Return how often a seal was opened, when, by which role and for what. Raises Problem, Away."""
        seal, pool = self._set_up()
        with _answered():
            return await seal.openings(pool, token)

    def _set_up(self) -> tuple[Seal, Pool]:
        if self.seal is None or self.pool is None:
            raise Problem(422, "no-seal", NOT_HERE)
        return self.seal, self.pool


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except NotConfigured:
        raise Problem(422, "no-seal", NOT_HERE) from None
    except (UnknownKey, Broken, NotLetIn) as trouble:
        log.exception("seal_trouble", trouble=type(trouble).__name__)
        raise Problem(503, "seal-trouble", UNOPENABLE, retry_after=TRY_AGAIN) from None
