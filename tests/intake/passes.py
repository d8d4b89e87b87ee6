"""通行证 for tests: a provider with one EC key; whoever tests a route asks for a token by role."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from reading.callers import Role

ISSUER, AUDIENCE, KID = "river-local", "river", "tests-1"
DIVISION = "512022000000"
Sign = Callable[[Mapping[str, Any]], str]


class Made(NamedTuple):
    """A key set on disk, and what signs any claims with its private half."""

    jwks: Path
    sign: Sign


@cache
def provider_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: Any = None, kid: str = KID) -> dict[str, Any]:
    """Return the public half of an EC key as a JWK."""
    public = (key or provider_key()).public_key()
    return {**ECAlgorithm.to_jwk(public, as_dict=True), "kid": kid, "use": "sig", "alg": "ES256"}


def write_set(path: Path, *keys: Mapping[str, Any]) -> Path:
    """Write a JWKS; return its path."""
    path.write_text(json.dumps({"keys": keys}), encoding="utf-8")
    return path


def make_keys(folder: Path) -> Made:
    """Write the tests' key set into a folder."""
    return Made(write_set(folder / "jwks.json", public_jwk()), signed)


def signed(claims: Mapping[str, Any]) -> str:
    """Return a token of the tests' provider that says these claims and nothing else."""
    return jwt.encode(dict(claims), provider_key(), "ES256", headers={"kid": KID})


def claims(
    role: Role | str | Sequence[Role | str],
    division: str | None = DIVISION,
    posts: Sequence[str] | None = None,
    subject: str | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return what a token says; `others` replace claims or add to them, and None leaves one out."""
    roles = [role] if isinstance(role, str) else list(role)
    now = datetime.now(UTC)
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(hours=1),
        "sub": subject or f"{roles[0]}-001",
        "river_roles": roles,
        "river_division": division,
        "river_posts": _usual(roles, division) if posts is None else list(posts),
        **others,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(
    role: Role | str | Sequence[Role | str],
    division: str | None = DIVISION,
    posts: Sequence[str] | None = None,
    subject: str | None = None,
    **others: Any,
) -> str:
    """Return a token that the key set of `make_keys` opens; a role that speaks for a post has a usual one."""
    return signed(claims(role, division, posts, subject, **others))


def bearer(shown: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"Authorization": f"Bearer {shown}"}


def _usual(roles: Sequence[str], division: str | None) -> list[str]:
    tails = {Role.OFFICE: "", Role.UNIT: ":water", Role.CHIEF: ":R03-01", Role.PATROLLER: ":R03-01"}
    return [f"{role}:{division}{tails[Role(role)]}" for role in roles if role in tails and division]
