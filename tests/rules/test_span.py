"""How long something was, as it is written for others to read."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.issue.explain import ClockAccount
from domain.model import Span

SPAN: TypeAdapter[timedelta] = TypeAdapter(Span)
SCHEMA = SPAN.json_schema(mode="serialization")


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(days=400), "P400DT0H0M0S"),
        (timedelta(days=17, hours=19, minutes=40), "P17DT19H40M0S"),
        (-timedelta(days=1, seconds=1), "-P1DT0H0M1S"),
        (timedelta(microseconds=1), "P0DT0H0M0.000001S"),
        (timedelta(), "P0DT0H0M0S"),
    ],
    ids=str,
)
def test_a_span_is_written_in_days_and_never_in_years(span: timedelta, written: str) -> None:
    assert SPAN.dump_python(span, mode="json") == written


@given(st.timedeltas(-timedelta(days=10**6), timedelta(days=10**6)))
def test_what_is_written_is_what_the_document_says_and_reads_as_it_was(span: timedelta) -> None:
    written = SPAN.dump_python(span, mode="json")

    assert re.fullmatch(SCHEMA["pattern"], written)
    assert SPAN.validate_python(written) == span


@pytest.mark.parametrize("name", ["ran", "stood_still", "elapsed"])
def test_an_account_writes_its_sums_so(name: str) -> None:
    of_account = ClockAccount.model_json_schema(mode="serialization")["properties"][name]

    assert of_account["pattern"] == SCHEMA["pattern"]
