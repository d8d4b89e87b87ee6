"""门卫: each role before each door, and what is said to whoever stays outside."""

from itertools import combinations
from pathlib import Path

import pytest

from intake.access import require_jurisdiction
from intake.keys import KeyFile
from intake.problems import MEDIA_TYPE, Problem
from intake.tokens import BearerTokens, open_tokens
from reading.callers import Caller, Role, SenselessClaims, caller_of
from tests.intake.gate import front
from tests.intake.passes import AUDIENCE, DIVISION, ISSUER, bearer, claims, make_keys, token

DOORS = [(role,) for role in Role] + [*combinations(Role, 2)] + [tuple(Role)]


@pytest.fixture
def tokens(tmp_path: Path) -> BearerTokens:
    return BearerTokens(KeyFile(make_keys(tmp_path).jwks), ISSUER, AUDIENCE)


@pytest.mark.parametrize("door", DOORS, ids="+".join)
async def test_each_role_passes_the_doors_that_name_it_and_no_other(
    tokens: BearerTokens, door: tuple[Role, ...]
) -> None:
    async with front(tokens, *door) as client:
        answers = {role: (await client.get("/", headers=bearer(token(role)))).status_code for role in Role}

    assert answers == {role: 200 if role in door else 403 for role in Role}


async def test_one_of_several_roles_is_enough(tokens: BearerTokens) -> None:
    async with front(tokens, Role.AUDITOR) as client:
        answer = await client.get("/", headers=bearer(token([Role.CHIEF, Role.AUDITOR])))

    assert answer.status_code == 200
    assert set(answer.json()["roles"]) == {"chief", "auditor"}


async def test_a_door_knows_who_came(tokens: BearerTokens) -> None:
    shown = token("chief", division="512022113000", posts=["chief:512022113000:R03-01"], subject="H-001")

    async with front(tokens) as client:
        answer = await client.get("/", headers=bearer(shown))

    assert answer.json() == {
        "subject": "H-001",
        "roles": ["chief"],
        "division": "512022113000",
        "posts": ["chief:512022113000:R03-01"],
    }


async def test_whoever_shows_nothing_is_told_what_to_show(tokens: BearerTokens) -> None:
    async with front(tokens) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["type"] == "urn:river:no-token"


@pytest.mark.parametrize("shown", ["Basic cml2ZXI6cml2ZXI=", "Bearer", "Bearer   ", "Token x", "", "，"])
async def test_what_is_no_bearer_token_counts_as_nothing(tokens: BearerTokens, shown: str) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers={"Authorization": shown.encode()})

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:river:no-token")


@pytest.mark.parametrize("word", ["bearer", "BEARER", "Bearer "])
async def test_the_word_bearer_may_be_written_in_any_case(tokens: BearerTokens, word: str) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers={"Authorization": f"{word} {token('office')}"})

    assert answer.status_code == 200


async def test_two_tokens_are_none(tokens: BearerTokens) -> None:
    both = [("Authorization", f"Bearer {token(role)}") for role in ("office", "auditor")]

    async with front(tokens) as client:
        answer = await client.get("/", headers=both)

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:river:two-tokens")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_request"'


async def test_without_keys_nobody_but_the_public_is_let_in() -> None:
    async with front(await open_tokens(None, ISSUER, AUDIENCE)) as client:
        answer = await client.get("/", headers=bearer(token("operator")))

    assert answer.status_code == 401
    assert "RIVER_JWKS" in answer.json()["detail"]
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


SENSELESS = {
    "no roles": ({"river_roles": None}, "river_roles"),
    "empty roles": ({"river_roles": []}, "river_roles"),
    "an unknown role": ({"river_roles": ["office", "emperor"]}, "river_roles"),
    "roles in one string": ({"river_roles": "office"}, "river_roles"),
    "roles in an object": ({"river_roles": {"office": True}}, "river_roles"),
    "a short division": ({"river_division": "512022"}, "river_division"),
    "a division as a number": ({"river_division": 512022000000}, "river_division"),
    "a division in other digits": ({"river_division": "５１２０２２００００００"}, "river_division"),
    "a division and a line more": ({"river_division": "512022000000\n"}, "river_division"),
    "no division": ({"river_division": None}, "river_division"),
    "no posts": ({"river_posts": None}, "river_posts"),
    "empty posts": ({"river_posts": []}, "river_posts"),
    "no such post": ({"river_posts": ["emperor:512022000000"]}, "river_posts"),
    "a post that is a list": ({"river_posts": [["office:512022000000"]]}, "river_posts"),
    "posts in one string": ({"river_posts": "office:512022000000"}, "river_posts"),
    "a post above": ({"river_posts": ["office:512000000000"]}, "river_posts"),
    "a post beside": ({"river_posts": ["office:512022000000", "office:512021000000"]}, "river_posts"),
    "a name": ({"sub": "举报人甲乙丙"}, "sub"),
    "a name in letters": ({"sub": "jubaoren.jiayibing"}, "sub"),
    "an address": ({"sub": "a1@example.org"}, "sub"),
    "a telephone": ({"sub": "13800000000"}, "sub"),
    "a telephone in groups": ({"sub": "u:138-0000-0000"}, "sub"),
    "a telephone from abroad": ({"sub": "8613800000000"}, "sub"),
    "a telephone after zeros": ({"sub": "0086-13800000000"}, "sub"),
    "an identity card": ({"sub": "11010119900101001X"}, "sub"),
    "an endless subject": ({"sub": "a1" * 33}, "sub"),
    "an empty subject": ({"sub": ""}, "sub"),
}


@pytest.mark.parametrize(("others", "claim"), SENSELESS.values(), ids=SENSELESS)
async def test_a_genuine_token_that_makes_no_sense_is_forbidden_and_the_claim_is_named(
    tokens: BearerTokens, others: dict[str, object], claim: str
) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers=bearer(token("office", **others)))

    said = answer.json()
    assert (answer.status_code, said["type"]) == (403, "urn:river:senseless-token")
    assert claim in said["detail"]
    assert claim in said["detail_en"]
    assert not any(str(value) in answer.text for value in others.values() if isinstance(value, str) and value)


@pytest.mark.parametrize(
    "subject",
    [
        "H-512022-001",
        "office:512022000000",
        "512022-2026-000123",
        "550e8400-e29b-41d4-a716-446655440000",
        "13800000-0000-4138-8000-013800000000",
        "a1" * 32,
    ],
)
async def test_a_code_is_a_subject(tokens: BearerTokens, subject: str) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers=bearer(token("office", subject=subject)))

    assert (answer.status_code, answer.json().get("subject")) == (200, subject)


@pytest.mark.parametrize("role", Role)
def test_who_needs_a_division_and_who_needs_a_post(role: Role) -> None:
    def is_taken(**others: object) -> bool:
        try:
            caller_of(claims(role, **others))
        except SenselessClaims:
            return False
        return True

    needs_division = role is not Role.REPORTER
    needs_post = role in {Role.CHIEF, Role.UNIT, Role.OFFICE, Role.PATROLLER}
    assert is_taken()
    assert is_taken(river_division=None, river_posts=None) is not needs_division
    assert is_taken(river_posts=None) is not needs_post


def test_a_reporter_who_is_also_something_else_needs_what_that_needs() -> None:
    with pytest.raises(SenselessClaims):
        caller_of(claims([Role.REPORTER, Role.AUDITOR], division=None))


def test_a_jurisdiction_reaches_down_and_never_up_or_aside() -> None:
    caller = Caller(subject="s-1", roles=frozenset({Role.SUPERVISOR}), division=DIVISION)

    require_jurisdiction(caller, DIVISION)
    require_jurisdiction(caller, "512022113000")
    for elsewhere in ("512000000000", "512021000000", "512021113000"):
        with pytest.raises(Problem) as refused:
            require_jurisdiction(caller, elsewhere)
        assert refused.value.status == 403
