"""Whatever is sent, the front door answers with a sentence and never breaks."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.issue_words import BODIES, COMMAND_OF, MAY
from tests.intake.front import Front, bearer
from tests.workflows.shell import Living
from tests.workflows.words import COUNTY_OFFICE, TOWNSHIP_CHIEF, UNIT
from workflows.names import update_name

FIELDS = sorted({name for body in BODIES.values() for name in body.model_fields})
LIKELY = [
    *(TOWNSHIP_CHIEF, COUNTY_OFFICE, UNIT, "ab" * 32, "3wd", "2026-12-01", "2026-12-01T09:00:00+08:00"),
    *("SERIOUS", "DUMPING", "litigation", "RECTIFY", "512022-2026-500001", "\x00", "\ud800", "理由", ""),
    *(0, 1, -1, 9999, 10_000, 2**63, 10**400, 1e308, float("nan"), True, None),
]
VALUES = st.one_of(
    st.sampled_from(LIKELY),
    st.text(max_size=20),
    st.recursive(
        st.none() | st.integers(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=5,
    ),
)
SAID = st.one_of(VALUES, st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), VALUES, max_size=6))


@pytest.fixture(scope="module")
def issues() -> dict[str, Living]:
    """Give a place for the one issue that all examples are sent to."""
    return {}


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=st.sampled_from(sorted(MAY, key=update_name)), said=SAID, key=st.text(max_size=12))
async def test_no_body_breaks_the_door(
    kind: type, said: Any, key: str, front: Front, issues: dict[str, Living]
) -> None:
    if "one" not in issues:
        issues["one"] = await front.open()
    content = json.dumps(said).encode("utf-8", "surrogatepass")
    headers = [
        (b"authorization", bearer(front.token_of(COUNTY_OFFICE))["Authorization"].encode()),
        (b"content-type", b"application/json"),
        (b"idempotency-key", key.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")),
    ]

    answer = await front.http.post(
        f"/issues/{issues['one'].issue_id}/{update_name(kind)}", content=content, headers=headers
    )

    assert answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[" * 100_000, b'{"a": ' * 5000, b"\xff\xfe", b"1" * 5000, b"null", b"[]"),
        *(b'{"\\ud800": 1}', b'{"reason": "\\ud800"}', b'{"by": "\\ud800"}', b'{"id": "\\u0000"}'),
        *(b'{"photos": NaN}', b'{"photos": -Infinity}', b'{"amount": "999999999999999999999wd"}'),
        *(b'{"set_on": "9999-12-31"}', b'{"filed_at": 1e308}', b'{"reason": "\\u0000"}'),
    ],
    ids=lambda body: body[:24],
)
async def test_no_broken_body_breaks_the_door(body: bytes, front: Front) -> None:
    issue = await front.open()
    for name in sorted(COMMAND_OF):
        headers = {**bearer(front.token_of(COUNTY_OFFICE)), "Content-Type": "application/json"}

        answer = await front.http.post(
            f"/issues/{issue.issue_id}/{name}", content=body, headers={**headers, "Idempotency-Key": name}
        )

        assert answer.status_code < 500, (name, answer.text)
