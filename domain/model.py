"""The frozen base of every value in the rule book, and the Label that names a term in two languages."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value: never changed, only replaced; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(NamedTuple):
    """What a term is called: the Chinese an official reads, the English an engineer reads."""

    zh: str
    en: str


Moment = Annotated[datetime, AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""An instant; always aware, always UTC once it is inside the service."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
"""What stands for files and texts that stay outside: hex of a SHA-256, or at least its first 12 digits."""

CommandId = Annotated[str, Field(min_length=1, max_length=64)]
"""Made by the caller and kept for a retry, so that a word said twice is heard once."""

IssueId = Annotated[str, Field(pattern=r"^\d{6}-\d{4}-\d{6}$")]
"""问题编号: county, year, running number: `512022-2026-000123`."""
