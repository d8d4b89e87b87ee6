"""通行证: whose token is believed, and every way to have a false one believed."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_decode, base64url_encode
from structlog.testing import capture_logs

from intake.keys import KeyFile
from intake.problems import Problem
from intake.tokens import LEEWAY, LONGEST, BearerTokens, open_tokens
from reading.callers import Role
from tests.intake.gate import front
from tests.intake.passes import (
    AUDIENCE,
    ISSUER,
    KID,
    bearer,
    claims,
    make_keys,
    provider_key,
    public_jwk,
    signed,
    token,
    write_set,
)

RSA_KEY = rsa.generate_private_key(65537, 2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()
STRANGER = ec.generate_private_key(ec.SECP256R1())


def rsa_jwk(kid: str, **others: str) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": kid, **others}


def ed_jwk(kid: str) -> dict[str, Any]:
    return {**OKPAlgorithm.to_jwk(ED_KEY.public_key(), as_dict=True), "kid": kid}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> BearerTokens:
    """Give what reads tokens of a provider with a key of each kind."""
    path = tmp_path_factory.mktemp("provider") / "jwks.json"
    keys = (public_jwk(), rsa_jwk("rsa"), rsa_jwk("rsa-pss", alg="PS256"), ed_jwk("ed"))
    return BearerTokens(KeyFile(write_set(path, *keys)), ISSUER, AUDIENCE)


def written(header: Any, said: Any, key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """Return a token made by hand, so that no library keeps it from being wrong; signed if a key is given."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, said)]
    signing = b".".join(map(base64url_encode, parts))
    algorithm = jwt.get_algorithm_by_name("ES256")
    signature = algorithm.sign(signing, key) if key else b"x"
    return (signing + b"." + base64url_encode(signature)).decode()


def numbers(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims as JSON has them."""
    return {
        name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in said.items()
    }


def said_by(role: str = "operator", **others: Any) -> dict[str, Any]:
    return numbers(claims(role, **others))


HEADER = {"alg": "ES256", "typ": "JWT", "kid": KID}


async def refused(tokens: BearerTokens, shown: str, kind: str = "invalid-token") -> Problem:
    with pytest.raises(Problem) as problem:
        await tokens.caller(shown)
    assert (problem.value.status, problem.value.kind) == (401, kind)
    assert problem.value.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return problem.value


@pytest.mark.parametrize(
    ("kid", "key", "algorithm"),
    [
        (KID, provider_key(), "ES256"),
        ("rsa", RSA_KEY, "RS256"),
        ("rsa", RSA_KEY, "PS256"),
        ("rsa-pss", RSA_KEY, "PS256"),
        ("ed", ED_KEY, "EdDSA"),
    ],
    ids=["ES256", "RS256", "PS256", "PS256 alone", "EdDSA"],
)
async def test_a_token_of_every_good_kind_is_believed(
    tokens: BearerTokens, kid: str, key: Any, algorithm: str
) -> None:
    caller = await tokens.caller(jwt.encode(claims("auditor"), key, algorithm, headers={"kid": kid}))

    assert caller.roles == {Role.AUDITOR}


@pytest.mark.parametrize(
    ("kid", "key", "algorithm"),
    [
        ("rsa", RSA_KEY, "RS512"),
        ("rsa-pss", RSA_KEY, "RS256"),
        ("rsa", provider_key(), "ES256"),
        (KID, STRANGER, "ES256"),
        ("ed", provider_key(), "ES256"),
        ("nobody", provider_key(), "ES256"),
        ("", provider_key(), "ES256"),
    ],
    ids=[
        "an algorithm of ours that is not allowed",
        "another algorithm than the key's",
        "the kid of another key",
        "a stranger's key under our kid",
        "a kind that is not the key's",
        "an unknown kid",
        "an empty kid",
    ],
)
async def test_a_key_signs_in_its_own_way_and_under_its_own_name(
    tokens: BearerTokens, kid: str, key: Any, algorithm: str
) -> None:
    await refused(tokens, jwt.encode(claims("operator"), key, algorithm, headers={"kid": kid}))


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None])
@pytest.mark.parametrize("signature", ["", "eA"])
async def test_an_unsigned_token_is_not_believed(
    tokens: BearerTokens, name: str | None, signature: str
) -> None:
    shown = written({**HEADER, "alg": name}, said_by())

    await refused(tokens, shown.rpartition(".")[0] + "." + signature)


def _as_secrets() -> list[bytes]:
    """Return what of our public keys a forger might use as a shared secret."""
    forms = []
    for key in (provider_key().public_key(), RSA_KEY.public_key()):
        info = serialization.PublicFormat.SubjectPublicKeyInfo
        forms += [
            key.public_bytes(form, info) for form in (serialization.Encoding.PEM, serialization.Encoding.DER)
        ]
    return [*forms, json.dumps(public_jwk()).encode(), b""]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("kid", [KID, "rsa"])
@pytest.mark.parametrize("secret", _as_secrets(), ids=["PEM", "DER", "RSA PEM", "RSA DER", "JWK", "nothing"])
async def test_a_public_key_is_no_shared_secret(
    tokens: BearerTokens, algorithm: str, kid: str, secret: bytes
) -> None:
    signing = written({"alg": algorithm, "kid": kid}, said_by()).rpartition(".")[0]
    made = hmac.new(secret, signing.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()

    await refused(tokens, f"{signing}.{base64url_encode(made).decode()}")


@pytest.mark.parametrize(
    "others",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"iss": ISSUER.upper()},
        {"aud": "another-service"},
        {"aud": None},
        {"aud": []},
        {"aud": {AUDIENCE: 1}},
        {"aud": [AUDIENCE, 1]},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": [1]},
        {"iat": None},
        {"iat": datetime.now(UTC) + timedelta(hours=1)},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
        {"nbf": "soon"},
        {"sub": None},
    ],
    ids=lambda others: " ".join(f"{name} {type(value).__name__}" for name, value in others.items()),
)
async def test_a_token_from_elsewhere_or_for_elsewhere_or_without_its_frame_is_not_believed(
    tokens: BearerTokens, others: dict[str, Any]
) -> None:
    await refused(tokens, written(HEADER, said_by(**others), provider_key()))


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999", "9" * 5000, "{}"])
@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
async def test_a_moment_that_is_none_is_not_believed(tokens: BearerTokens, claim: str, number: str) -> None:
    said = json.dumps(said_by(**{claim: "MOMENT"})).replace('"MOMENT"', number)

    await refused(tokens, written(HEADER, said.encode(), provider_key()))


async def test_a_token_that_has_expired_is_told_so(tokens: BearerTokens) -> None:
    ended = datetime.now(UTC) - timedelta(seconds=LEEWAY + 1)

    problem = await refused(tokens, token("office", exp=ended), "token-expired")

    assert "过期" in problem.reason.zh


async def test_an_expired_token_of_a_stranger_learns_nothing(tokens: BearerTokens) -> None:
    said = said_by(exp=datetime.now(UTC) - timedelta(hours=1))

    await refused(tokens, written(HEADER, said, STRANGER))


async def test_clocks_may_differ_a_little(tokens: BearerTokens) -> None:
    now, a_little = datetime.now(UTC), timedelta(seconds=LEEWAY - 10)

    assert await tokens.caller(token("office", exp=now - a_little))
    assert await tokens.caller(token("office", iat=now + a_little, nbf=now + a_little))


async def test_one_of_several_audiences_is_ours(tokens: BearerTokens) -> None:
    assert await tokens.caller(token("office", aud=["account", AUDIENCE]))


def _thief(field: str) -> dict[str, Any]:
    """Return a header that brings a forger's own key."""
    jwk = public_jwk(STRANGER)
    return {**HEADER, field: jwk if field == "jwk" else "http://127.0.0.1:1/keys"}


@pytest.mark.parametrize("field", ["jku", "jwk", "x5u", "x5c"])
async def test_a_token_does_not_bring_its_own_key(tokens: BearerTokens, field: str) -> None:
    await refused(tokens, written(_thief(field), said_by(), STRANGER))
    await refused(tokens, written({**_thief(field), "kid": "stranger"}, said_by(), STRANGER))

    assert await tokens.caller(written(_thief(field), said_by(), provider_key()))


@pytest.mark.parametrize(
    "more", [{"crit": ["exp"]}, {"crit": []}, {"crit": None}, {"crit": ["b64"], "b64": False}]
)
async def test_a_header_that_must_be_understood_is_not_believed(
    tokens: BearerTokens, more: dict[str, Any]
) -> None:
    await refused(tokens, written({**HEADER, **more}, said_by(), provider_key()))


@pytest.mark.parametrize("kid", [None, 1, True, [KID], {KID: 1}, "\ud800", "../jwks.json", "\x00"])
async def test_a_kid_is_only_ever_a_name(tokens: BearerTokens, kid: Any) -> None:
    await refused(tokens, written({**HEADER, "kid": kid}, said_by(), provider_key()))


async def test_a_claim_that_is_made_twice_is_not_believed(tokens: BearerTokens) -> None:
    once = json.dumps(said_by("reporter"))
    twice = once[:-1] + ', "river_roles": ["operator"]}'
    header = json.dumps(HEADER)[:-1] + f', "kid": "{KID}"}}'

    assert await tokens.caller(written(HEADER, once.encode(), provider_key()))
    await refused(tokens, written(HEADER, twice.encode(), provider_key()))
    await refused(tokens, written(header.encode(), once.encode(), provider_key()))


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_that_was_touched_is_not_believed(tokens: BearerTokens, part: int) -> None:
    parts = token("office").split(".")
    read = bytearray(base64url_decode(parts[part]))
    for place in range(0, len(read), 7):
        touched = read.copy()
        touched[place] ^= 1
        await refused(
            tokens, ".".join([*parts[:part], base64url_encode(bytes(touched)).decode(), *parts[part + 1 :]])
        )


@pytest.mark.parametrize(
    "shown",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        " a.b.c",
        "a.b.c\n",
        "通行证.甲.乙",
        "ａ.ｂ.ｃ",
        "%00.%00.%00",
        written([], said_by()),
        written("ES256", said_by()),
        written(b"[" * 5000, said_by()),
        written(b'{"a":' * 1000, said_by()),
        written(HEADER, b"[" * 5000, provider_key()),
        written(HEADER, [said_by()], provider_key()),
        written(HEADER, b"", provider_key()),
        written(HEADER, b"\xff\xfe", provider_key()),
        written({**HEADER, "alg": ["ES256"]}, said_by(), provider_key()),
        written({**HEADER, "alg": {"ES256": 1}}, said_by(), provider_key()),
    ],
    ids=range(21),
)
async def test_garbage_is_not_believed(tokens: BearerTokens, shown: str) -> None:
    await refused(tokens, shown)


@pytest.mark.parametrize("added", ["=", "==", "\n", " ", "%3D", "\x00"])
async def test_a_token_is_written_in_one_way_only(tokens: BearerTokens, added: str) -> None:
    await refused(tokens, token("office") + added)


async def test_a_token_is_short(tokens: BearerTokens) -> None:
    room = LONGEST - len(token("office", note="")) - 3
    longest, huge = token("office", note="x" * (room * 3 // 4)), token("office", note="x" * LONGEST)

    assert LONGEST - 10 < len(longest) <= LONGEST
    assert await tokens.caller(longest)
    await refused(tokens, huge)
    await refused(tokens, "a" * 10_000_000)


async def test_what_was_wrong_is_told_to_the_log_and_not_to_the_sender(tokens: BearerTokens) -> None:
    wrong = [
        token("office", iss="x"),
        token("office", aud="x"),
        written(HEADER, said_by(), STRANGER),
        "e30.e30.e30",
    ]

    with capture_logs() as logged:
        told = {(await refused(tokens, shown)).reason for shown in wrong}

    assert len(told) == 1
    assert [line["reason"] for line in logged] == [
        "InvalidIssuerError",
        "InvalidAudienceError",
        "InvalidSignatureError",
        "DecodeError",
    ]
    assert not any(shown in str(logged) for shown in wrong)


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1"))))
async def test_no_text_is_a_token(tokens: BearerTokens, shown: str) -> None:
    await refused(tokens, shown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "cty", "enc"])


@given(st.dictionaries(NAMES, JSON), st.binary(max_size=100), st.binary(max_size=100))
async def test_no_header_opens_the_door_without_a_signature(
    tokens: BearerTokens, header: dict[str, Any], said: bytes, signature: bytes
) -> None:
    parts = (json.dumps({**HEADER, **header}).encode(), said, signature)

    await refused(tokens, ".".join(base64url_encode(part).decode() for part in parts))


CLAIMS = st.sampled_from([*said_by(), "nbf", "jti"])


@given(st.dictionaries(CLAIMS, JSON, min_size=1))
async def test_whatever_a_provider_signs_is_a_caller_or_a_clear_no(
    tokens: BearerTokens, others: dict[str, Any]
) -> None:
    async with front(tokens) as client:
        answer = await client.get(
            "/", headers=bearer(written(HEADER, {**said_by(), **others}, provider_key()))
        )

    assert answer.status_code in {200, 401, 403}
    assert answer.status_code != 200 or answer.json()["roles"]


@given(st.binary(min_size=1))
async def test_no_bytes_in_the_header_are_more_than_a_401(tokens: BearerTokens, shown: bytes) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers=[(b"Authorization", b"Bearer " + shown)])

    assert answer.status_code == 401


async def test_a_forger_reads_the_same_answer_at_the_door(tokens: BearerTokens) -> None:
    async with front(tokens) as client:
        answer = await client.get("/", headers=bearer(written(HEADER, said_by(), STRANGER)))

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["detail"].startswith("通行证无效")


async def test_the_settings_are_what_opens(tmp_path: Path) -> None:
    jwks, sign = make_keys(tmp_path)
    tokens = await open_tokens(str(jwks), "https://provider.example", "river-ziyang")

    caller = await tokens.caller(sign(claims("office", iss="https://provider.example", aud="river-ziyang")))

    assert caller.subject == "office-001"
    with pytest.raises(Problem):
        await tokens.caller(signed(claims("office")))
