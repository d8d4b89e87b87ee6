"""回音: what the records answer to a letter; imports no driver, so that workflows may read it."""

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from domain.model import Frozen


class Answer(Frozen):
    """回音: recorded, with the journal's tail; or away (Postgres does not answer), or diverged.

    Diverged tells the commands that the journal holds from the letter's first number on, in its `order`.
    """

    state: Literal["recorded", "away", "diverged"]
    tail: str | None = None
    number: int | None = None
    trouble: str | None = None
    order: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what says nothing: each answer stands in a history for as long as that is kept."""
        return {name: value for name, value in write(self).items() if value}
