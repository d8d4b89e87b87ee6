"""链: each fact's hash covers the one before, so that a journal cannot be changed in the middle."""

import json
from hashlib import sha256

from domain.model import Frozen, derived

GENESIS = "0" * 64
"""What stands before the first fact."""


@derived
def canonical(fact: Frozen) -> str:
    """Return the one way to write a fact: sorted keys, no blanks, nothing that is only a default.

    Defaults are left out, so that a field added later changes no old hash; the kind is always written.
    """
    body = fact.model_dump(mode="json", exclude_defaults=True)
    if kind := getattr(fact, "kind", None):
        body["kind"] = kind
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(before: str, number: int, body: str) -> str:
    """Return the hash of a fact's body at its number, after the hash of the fact before."""
    return sha256(f"{before}\n{number}\n{body}".encode()).hexdigest()
