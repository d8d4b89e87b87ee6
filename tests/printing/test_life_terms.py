"""What a life is told in: every field of every fact has its name in Chinese."""

from typing import get_args

from domain.issue.events import Fact
from domain.issue.fact_base import Event
from printing.life_terms import FIELDS

FACTS: tuple[type[Event], ...] = get_args(get_args(Fact)[0])


def test_every_field_of_every_fact_has_its_name() -> None:
    told = {name for fact in FACTS for name in fact.model_fields} - {*Event.model_fields, "kind"}

    assert len(FACTS) > 30
    assert told - FIELDS.keys() == set()
