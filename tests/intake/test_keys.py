"""钥匙: a key set that changes on disk, a provider that is away, spoiled, slow, and back again."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from intake.keys import FRESH_FOR, LARGEST, PAUSE, KeyAddress, KeyFile, KeysAway, keys_at
from intake.problems import Problem
from intake.tokens import BearerTokens, open_tokens
from reading.errors import Unreadable
from reading.keys import read_key_set
from tests.intake.gate import front
from tests.intake.passes import AUDIENCE, ISSUER, KID, bearer, make_keys, public_jwk, token, write_set
from tests.intake.provider import Provider, own_certificate, serving

NEXT = ec.generate_private_key(ec.SECP256R1())


class Clock:
    """A clock that a test pushes."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def push(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(public_jwk())) as provider:
        yield provider


@pytest_asyncio.fixture(loop_scope="session")
async def keys(provider: Provider, clock: Clock) -> KeyAddress:
    keys = KeyAddress(provider.address, clock)
    await keys.begin()
    return keys


# ------------------------------------------------------------------------------------ a file


async def test_keys_that_change_on_disk_are_taken_at_once(tmp_path: Path) -> None:
    path = make_keys(tmp_path).jwks
    tokens = BearerTokens(KeyFile(path), ISSUER, AUDIENCE)
    assert await tokens.caller(token("office"))

    write_set(path, public_jwk(NEXT, "next"))

    with pytest.raises(Problem) as refused:
        await tokens.caller(token("office"))
    assert refused.value.status == 401
    write_set(path, public_jwk(), public_jwk(NEXT, "next"))
    assert await tokens.caller(token("office"))


async def test_a_file_that_is_replaced_by_one_as_long_and_as_old_is_taken(tmp_path: Path) -> None:
    path = write_set(tmp_path / "jwks.json", public_jwk(kid="one"))
    keys = KeyFile(path)
    found = path.stat()
    other = write_set(tmp_path / "new.json", public_jwk(kid="two"))
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))

    other.replace(path)

    assert await keys.key("one") is None
    assert await keys.key("two")


@pytest.mark.parametrize("spoiled", ["", "{", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "eA"}]}', None])
async def test_a_spoiled_file_leaves_the_last_good_keys_in_force(tmp_path: Path, spoiled: str | None) -> None:
    path = make_keys(tmp_path).jwks
    keys = KeyFile(path)
    if spoiled is None:
        path.unlink()
    else:
        path.write_text(spoiled)

    assert await keys.key(KID)
    assert await keys.key(KID)

    write_set(path, public_jwk(NEXT, "next"))
    assert (await keys.key(KID), bool(await keys.key("next"))) == (None, True)


@pytest.mark.parametrize("name", ["none.json", "."])
async def test_a_file_that_cannot_be_read_ends_the_start_and_names_the_setting(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Unreadable, match="RIVER_JWKS"):
        await open_tokens(str(tmp_path / name), ISSUER, AUDIENCE)


# ------------------------------------------------------------------------------------ what a set may hold


def _jwk_of(key: Any, **others: Any) -> dict[str, Any]:
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key, as_dict=True), "kid": "k-1", **others}


SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - shown to be refused

UNFIT = {
    "a shared secret": ({"kty": "oct", "k": "c2VjcmV0", "kid": "k-1"}, "symmetric"),
    "a shared secret for RSA": ({**public_jwk(), "k": "c2VjcmV0"}, "symmetric"),
    "a private key": (_jwk_of(NEXT), "private"),
    "a short key": (_jwk_of(SHORT.public_key()), "1024 bits"),
    "a key without a name": (public_jwk(kid=""), "kid"),
    "a name that is a number": ({**public_jwk(), "kid": 1}, "kid"),
    "a point beside the curve": ({**public_jwk(), "x": public_jwk()["y"]}, "cannot be read"),
    "half a key": ({"kty": "EC", "crv": "P-256", "kid": "k-1"}, "cannot be read"),
    "a word": ("key", "no key"),
}


@pytest.mark.parametrize(("jwk", "reason"), UNFIT.values(), ids=UNFIT)
async def test_a_key_that_should_not_be_there_ends_the_start_and_says_why(
    tmp_path: Path, jwk: Any, reason: str
) -> None:
    path = write_set(tmp_path / "jwks.json", public_jwk(kid="good"), jwk)

    with pytest.raises(Unreadable) as unfit:
        await open_tokens(str(path), ISSUER, AUDIENCE)

    (fault,) = unfit.value.faults
    assert fault.file == f"RIVER_JWKS={path}"
    assert fault.where == "keys[1]"
    assert reason in fault.reason


def test_every_fault_of_a_set_is_named() -> None:
    text = json.dumps({"keys": [jwk for jwk, _ in UNFIT.values()]}).encode()

    with pytest.raises(Unreadable) as unfit:
        read_key_set(text, "jwks.json")

    assert len(unfit.value.faults) == len(UNFIT)


def test_two_keys_of_one_name_are_none() -> None:
    text = json.dumps({"keys": [public_jwk(), public_jwk(NEXT)]}).encode()

    with pytest.raises(Unreadable, match="same kid"):
        read_key_set(text, "jwks.json")


BESIDE = [
    {**public_jwk(kid="enc"), "use": "enc"},
    {**public_jwk(kid="wrap"), "key_ops": ["wrapKey"]},
    {**public_jwk(kid="es512"), "alg": "ES512"},
    _jwk_of(ec.generate_private_key(ec.SECP384R1()).public_key(), kid="p384"),
    _jwk_of(rsa.generate_private_key(65537, 2048).public_key(), kid="rs512", alg="RS512"),
    {"kty": "AKP", "kid": "pq"},
    {"kty": ["EC"], "kid": "odd"},
]


def test_keys_for_something_else_are_passed_over() -> None:
    text = json.dumps({"keys": [*BESIDE, public_jwk()]}).encode()

    assert set(read_key_set(text, "jwks.json")) == {KID}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b"<html>",
        b"\xff",
        b"[" * 100_000,
        json.dumps({"keys": BESIDE}).encode(),
    ],
    ids=range(8),
)
def test_a_set_without_a_key_of_ours_is_none(text: bytes) -> None:
    with pytest.raises(Unreadable, match="keys"):
        read_key_set(text, "jwks.json")


# ------------------------------------------------------------------------------------ an address


@pytest.mark.parametrize(
    "address",
    [
        "http://provider.example/keys",
        "http://127.0.0.1.example/keys",
        "http://localhost.example/keys",
        "http://169.254.169.254/keys",
        "ftp://provider.example/keys",
        "file:///etc/passwd",
        "https://",
        "https:///keys",
        "https://a:b@provider.example/keys",
        "https://provider.example:99999/keys",
        "https://provider.example/a b",
        "https://身份.example/keys",
        "https://[::1/keys",
        "://",
    ],
)
async def test_an_address_without_encryption_or_sense_ends_the_start(address: str) -> None:
    with pytest.raises(Unreadable, match="RIVER_JWKS: address"):
        await keys_at(address)


async def test_a_known_key_costs_no_question(provider: Provider, keys: KeyAddress) -> None:
    for _ in range(100):
        assert await keys.key(KID)

    assert provider.asked == 1


async def test_a_new_key_is_found_when_a_token_names_it(
    provider: Provider, keys: KeyAddress, clock: Clock
) -> None:
    provider.publish(public_jwk(), public_jwk(NEXT, "next"))
    clock.push(PAUSE)

    assert await keys.key("next")
    assert provider.asked == 2


async def test_a_flood_of_unknown_keys_is_one_question_in_half_a_minute(
    provider: Provider, keys: KeyAddress, clock: Clock
) -> None:
    async def flood() -> None:
        found = await asyncio.gather(*(keys.key(f"unknown-{number}") for number in range(500)))
        assert found == [None] * 500

    for _ in range(3):
        await flood()
    assert provider.asked == 1  # that of the beginning

    for round_ in range(2, 5):
        clock.push(PAUSE)
        await flood()
        await flood()
        assert provider.asked == round_
        assert await keys.key(KID)


async def test_a_key_that_is_withdrawn_opens_nothing_for_long(
    provider: Provider, keys: KeyAddress, clock: Clock
) -> None:
    provider.publish(public_jwk(NEXT, "next"))
    clock.push(FRESH_FOR - 1)
    assert await keys.key(KID)

    clock.push(1)

    assert await keys.key(KID) is None
    assert await keys.key("next")


GOOD_NEXT = json.dumps({"keys": [public_jwk(NEXT, "next")]}).encode()
TROUBLES = {
    "500": (500, b"", {}),
    "404": (404, b"", {}),
    "no content": (204, b"", {}),
    "garbage": (200, b"<html>maintenance</html>", {}),
    "an empty set": (200, b'{"keys": []}', {}),
    "a shared secret": (200, b'{"keys": [{"kty": "oct", "k": "eA", "kid": "next"}]}', {}),
    "a set without an end": (200, GOOD_NEXT + b" " * (LARGEST + 70_000), {}),
    "half an answer": (200, b"{", {"Content-Length": "100"}),
    "elsewhere": (302, b"", {"Location": "http://127.0.0.1:1/keys"}),
    "a file": (302, b"", {"Location": "file:///etc/passwd"}),
}


@pytest.mark.parametrize(("status", "body", "headers"), TROUBLES.values(), ids=TROUBLES)
async def test_a_provider_in_trouble_leaves_the_last_good_keys_in_force_until_it_recovers(
    provider: Provider, keys: KeyAddress, clock: Clock, status: int, body: bytes, headers: dict[str, str]
) -> None:
    provider.answer(status, body, headers)
    for _ in range(3):
        clock.push(FRESH_FOR)
        assert await keys.key(KID)
        assert await keys.key("next") is None
    assert provider.asked == 4

    provider.publish(public_jwk(NEXT, "next"))
    clock.push(PAUSE)

    assert await keys.key("next")
    assert await keys.key(KID) is None


async def test_elsewhere_is_not_asked(provider: Provider, keys: KeyAddress, clock: Clock) -> None:
    with serving(Provider(public_jwk(NEXT, "next"))) as elsewhere:
        provider.answer(307, headers={"Location": elsewhere.address})
        clock.push(PAUSE)

        assert await keys.key("next") is None

    assert elsewhere.asked == 0


async def test_a_provider_that_hangs_delays_nobody_with_a_known_key(
    provider: Provider, keys: KeyAddress, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.keys.HARDLY", 0.01)
    provider.held.clear()
    clock.push(FRESH_FOR)

    async with asyncio.timeout(2):
        assert all(await asyncio.gather(*(keys.key(KID) for _ in range(100))))

    provider.publish(public_jwk(NEXT, "next")).held.set()
    assert await keys.key("next")
    assert provider.asked == 2


async def test_a_provider_that_hangs_is_given_up_and_asked_again(
    provider: Provider, keys: KeyAddress, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.keys.PATIENCE", 0.1)
    provider.held.clear()
    clock.push(PAUSE)
    async with asyncio.timeout(2):
        assert await keys.key("next") is None
        assert keys._asking is not None
        await asyncio.wait({keys._asking})

    monkeypatch.undo()
    provider.publish(public_jwk(NEXT, "next")).held.set()
    clock.push(PAUSE)

    assert await keys.key("next")


async def test_a_provider_that_was_never_there_is_no_fault_of_the_token(clock: Clock) -> None:
    with serving(Provider(public_jwk())) as gone:
        address = gone.address
    keys = KeyAddress(address, clock)
    await keys.begin()
    with pytest.raises(KeysAway):
        await keys.key(KID)

    async with front(BearerTokens(keys, ISSUER, AUDIENCE)) as client:
        answer = await client.get("/", headers=bearer(token("office")))

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:river:keys-away")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_provider_that_was_away_at_the_start_is_believed_once_it_is_there(
    provider: Provider, clock: Clock
) -> None:
    keys = KeyAddress(provider.answer(503).address, clock)
    await keys.begin()
    provider.publish(public_jwk())
    clock.push(PAUSE)

    assert await BearerTokens(keys, ISSUER, AUDIENCE).caller(token("office"))


@pytest.mark.parametrize("body", [b"<html>", b'{"keys": [{"kty": "oct", "k": "eA", "kid": "a"}]}'])
async def test_an_address_that_gives_something_else_ends_the_start(provider: Provider, body: bytes) -> None:
    with pytest.raises(Unreadable) as unfit:
        await open_tokens(provider.answer(200, body).address, ISSUER, AUDIENCE)

    assert f"RIVER_JWKS={provider.address}" in str(unfit.value)


async def test_an_address_is_believed_only_with_a_certificate_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path)
    with serving(Provider(public_jwk()), certificate) as provider:
        with pytest.raises(Problem) as away:
            await (await open_tokens(provider.address, ISSUER, AUDIENCE)).caller(token("office"))
        asked = provider.asked
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        tokens = await open_tokens(provider.address, ISSUER, AUDIENCE)

        assert (away.value.status, asked) == (503, 0)
        assert await tokens.caller(token("office"))
