"""一句话: what every command has: an id, an author, and the moment at which it was said."""

from typing import Annotated

from pydantic import Field

from domain.model import PRINTABLE, CommandId, Frozen, Moment
from domain.posts import Post

Reason = Annotated[str, Field(pattern=PRINTABLE)]
"""理由 in a person's words: it stays in the journal and goes into no notice."""
MAX_REASON = 300


class Command(Frozen):
    """一句话 to an issue: who says it and when it was said; intake stamps `said_at`."""

    id: CommandId
    by: Post
    said_at: Moment
