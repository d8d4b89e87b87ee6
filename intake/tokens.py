"""通行证: reads bearer tokens (JWT) and says who shows them, or 401 without telling a forger why."""

import json
import re
from collections.abc import Mapping
from typing import Any

import jwt
import structlog
from jwt.utils import base64url_decode

from domain.model import Label
from intake.house import Tokens
from intake.keys import Keys, KeysAway, keys_at
from intake.problems import TRY_AGAIN, Problem
from reading.callers import Caller, SenselessClaims, caller_of

log = structlog.get_logger()

LONGEST = 8192
"""Characters; nothing longer is even looked at."""
LEEWAY = 30
"""Seconds by which the provider's clock and ours may differ."""
WANTED = ("iss", "aud", "sub", "iat", "exp")

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

INVALID = Label("通行证无效,请重新登录", "the token is not valid: sign in again")
EXPIRED = Label("通行证已过期,请重新登录", "the token has expired: sign in again")
NOBODY = Label(
    "本服务未设置身份验证(RIVER_JWKS),目前只接待公众",
    "no keys are set here (RIVER_JWKS): nobody but the public is let in",
)
KEYS_AWAY = Label(
    "身份服务暂时没有应答,无法核对通行证,请稍后重试",
    "the identity provider does not answer: the token cannot be checked now, try again",
)


async def open_tokens(jwks: str | None, issuer: str, audience: str) -> Tokens:
    """Return what reads tokens under the settings; raises Unreadable, which names the setting to mend."""
    if jwks is None:
        return NoTokens()
    return BearerTokens(await keys_at(jwks), issuer, audience)


class NoTokens:
    """无通行证: where no keys are set, no token is believed."""

    async def caller(self, token: str) -> Caller:
        """Refuse whatever is shown."""
        del token
        raise _not_let_in("no-keys", NOBODY)


class BearerTokens:
    """通行证 of one issuer for one audience."""

    def __init__(self, keys: Keys, issuer: str, audience: str) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience

    async def caller(self, token: str) -> Caller:
        """Return who shows the token.

        Raises Problem: 401 for one that is not valid; 403 for a valid one whose claims name nobody who could
        be let in, as signing in again would not help, only setting the provider right; 503 while no key has
        ever been seen.
        """
        claims = await self._verified(token)
        try:
            return caller_of(claims)
        except SenselessClaims as senseless:
            log.warning("token_senseless", reason=senseless.reason.en)
            raise Problem(403, "senseless-token", senseless.reason) from None

    async def _verified(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that is signed by a key of ours, meant for us, and in force."""
        try:
            return await self._read(token)
        except jwt.ExpiredSignatureError:
            # Only a token whose signature is good comes this far.
            raise _not_let_in("token-expired", EXPIRED) from None
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as wrong:
            log.info("token_refused", reason=type(wrong).__name__)
            raise _not_let_in("invalid-token", INVALID) from None
        except KeysAway:
            raise Problem(503, "keys-away", KEYS_AWAY, retry_after=TRY_AGAIN) from None

    async def _read(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST or not _SHAPE.fullmatch(token):
            raise jwt.DecodeError
        written_header, written_claims, _ = token.split(".")
        # Whatever else a header says (jku, jwk, x5u …) is the sender's word about its own key.
        header = _object(written_header)
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise jwt.DecodeError
        key = await self._keys.key(kid)
        if key is None:
            raise jwt.InvalidKeyError
        # The key says by which algorithms it may be used, never the token.
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=key.algorithms,
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY,
            options={"require": list(WANTED)},
        )
        _object(written_claims)
        return claims


def _object(written: str) -> dict[str, Any]:
    """Return a JSON object; raises ValueError if it is none, or says one thing twice."""
    read = json.loads(base64url_decode(written), object_pairs_hook=_each_once)
    if isinstance(read, dict):
        return read
    raise ValueError


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _not_let_in(kind: str, reason: Label) -> Problem:
    return Problem(401, kind, reason, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
