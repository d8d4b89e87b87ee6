"""线索: a report as it comes in, before there is an issue."""

from datetime import date

from pydantic import Field, model_validator

from domain.model import Digest, Frozen, Moment
from domain.posts import Division, Post
from domain.terms import Category, Circumstance, Origin, Severity, Source


class Report(Frozen):
    """举报线索: what a line of a report file holds. Its text never enters a workflow."""

    id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    text: str = Field(min_length=1, max_length=2000)
    category: Category
    severity: Severity
    origin: Origin = Origin.NEW
    source: Source
    finder: Post | None = None
    reach: str = Field(min_length=1, max_length=32)
    division: Division
    seen_at: Moment | None = None
    circumstances: tuple[Circumstance, ...] = ()
    recurrence_of: str | None = None
    plan_on: date | None = None
    true_place: str | None = None
    borrowed: bool = False
    source_url: str | None = None
    manifest: Digest | None = None

    @model_validator(mode="after")
    def _a_patrol_names_its_finder(self) -> "Report":
        if self.source in (Source.PATROL, Source.INSPECTION) and self.finder is None:
            raise ValueError("a patrol or an inspection must name the finder's post")
        return self
