"""锚: one signed line over the end of every journal, kept where who owns the records cannot reach."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from ops.desk import CANNOT, Json, ask, print_json, refuse, say
from ops.examine import Finding
from ops.export_files import MANIFEST, read_manifest
from ops.export_keys import DEFAULT, PublicKey, keep_private_key
from ops.signing import UnfitKey
from store import kept
from store.kept import Tail
from store.pool import Pool

FORMAT = "river-anchor-1"
SETTLED = timedelta(minutes=2)
"""What was recorded so long ago has been committed: no letter is under way for longer."""


class Anchor(NamedTuple):
    """锚: up to which moment, how many journals and facts, and the digest over the end of each."""

    at: datetime
    issues: int
    facts: int
    digest: str

    @property
    def words(self) -> str:
        """Return what is signed."""
        return f"{FORMAT} {self.at.isoformat()} {self.issues} {self.facts} {self.digest}"


class UnfitAnchor(Exception):
    """A file that is neither an anchor nor a manifest, or was not signed by the key that is given."""


def anchor(
    *,
    key: Annotated[
        Path, typer.Option(help="签名私钥,没有则新建 the private key; made if there is none")
    ] = DEFAULT,
    tails: Annotated[
        Path | None, typer.Option(help="并写出各日志末行 also write the end of each journal here")
    ] = None,
    as_json: Json = False,
) -> None:
    """打印一行签名的锚,存于外部。 Print one signed line over all journals, to be kept outside.

    Later: python -m ops verify --against FILE, with the line, or with what --tails wrote.

    Exit status: 0 printed, 2 Postgres does not answer, or there is no key to sign with.
    """
    try:
        signing, _ = keep_private_key(key)
    except (UnfitKey, OSError) as trouble:
        refuse(f"没有签名私钥。 There is no key to sign with: {trouble}", CANNOT)
    at = datetime.now(UTC) - SETTLED
    lines: list[str] | None = [] if tails else None
    made = ask(lambda pool: anchored(pool, at, lines))
    print_of_key = signing.public.fingerprint
    line = f"{made.words} {print_of_key} {signing.sign(made.words.encode())}"
    if tails and lines is not None:
        tails.write_text("".join((line + "\n", *lines)), encoding="utf-8")
    if as_json:
        print_json({**made._asdict(), "fingerprint": print_of_key, "line": line})
    else:
        say(line)


async def anchored(pool: Pool, at: datetime, lines: list[str] | None = None) -> Anchor:
    """Return the anchor of all journals as they were recorded up to a moment. Raises Away."""
    whole, issues, facts = sha256(), 0, 0
    async for tail in kept.tails(pool, at):
        issues, facts = issues + 1, facts + tail.number
        line = f"{tail.issue_id} {tail.number} {tail.hash}\n"
        whole.update(line.encode())
        if lines is not None:
            lines.append(line)
    return Anchor(at, issues, facts, whole.hexdigest())


async def against(pool: Pool, file: Path, key: PublicKey | None = None) -> tuple[int, list[Finding]]:
    """Hold the journals against what was kept outside: how many were looked at, and where they differ.

    A manifest and the ends that an anchor lists locate what differs; the line alone says that something does.
    Raises UnfitAnchor, Away.
    """
    content = await asyncio.to_thread(file.read_bytes)
    if file.name == MANIFEST or content.lstrip().startswith(b"{"):
        try:
            manifest = read_manifest(content)
        except (ValueError, json.JSONDecodeError) as wrong:
            raise UnfitAnchor(f"{file}: {wrong}") from None
        _signed_beside(file, content, key)
        return 1, await _held(
            pool, {manifest.issue_id: Tail(manifest.issue_id, manifest.facts, manifest.tail)}
        )
    first, *rest = content.decode(errors="replace").splitlines() or [""]
    known = _read(first, file, key)
    if rest:
        listed = [_tail(line, file) for line in rest]
        whole = sha256("".join(f"{line}\n" for line in rest).encode()).hexdigest()
        if whole != known.digest:
            raise UnfitAnchor(f"{file}: the ends that it lists are not those that were signed")
        found = await _held(pool, {tail.issue_id: tail for tail in listed})
        if found:
            return len(listed), found
    now = await anchored(pool, known.at)
    if now == known:
        return known.issues, []
    said, held = (f"{each.issues} journals, {each.facts} facts, {each.digest}" for each in (now, known))
    return known.issues, [Finding("outside", str(file), 0, "anchor", said, held)]


def _read(line: str, file: Path, key: PublicKey | None) -> Anchor:
    try:
        form, at, issues, facts, digest, print_of_key, signature = line.split()
        known = Anchor(datetime.fromisoformat(at), int(issues), int(facts), digest)
    except ValueError:
        raise UnfitAnchor(f"{file}: no anchor: one line as `ops anchor` prints it") from None
    if form != FORMAT:
        raise UnfitAnchor(f"{file}: {form} is another format than {FORMAT}")
    if key and (key.fingerprint != print_of_key or not key.holds(signature, known.words.encode())):
        raise UnfitAnchor(f"{file}: it was not signed by the key {key.fingerprint}")
    return known


def _signed_beside(file: Path, content: bytes, key: PublicKey | None) -> None:
    signature = file.with_suffix(".sig")
    if key and not (signature.is_file() and key.holds(signature.read_text("utf-8"), content)):
        raise UnfitAnchor(f"{file}: {signature.name} is no signature by the key {key.fingerprint}")


def _tail(line: str, file: Path) -> Tail:
    try:
        issue_id, number, digest = line.split()
        return Tail(issue_id, int(number), digest)
    except ValueError:
        raise UnfitAnchor(f"{file}: no end of a journal: {line[:60]}") from None


async def _held(pool: Pool, known: Mapping[str, Tail]) -> list[Finding]:
    """Each journal must still hold the very fact that was its last then, whatever came after."""
    found: list[Finding] = []
    async for issues in _some(sorted(known)):
        there = await kept.hashes_at(pool, [known[each] for each in issues])
        for each in issues:
            is_so = there.get(each, "no such fact")
            if is_so != known[each].hash:
                found.append(Finding("outside", each, known[each].number, "hash", is_so, known[each].hash))
    return found


async def _some(issues: Sequence[str], at_a_time: int = 1000) -> AsyncIterator[Sequence[str]]:
    for first in range(0, len(issues), at_a_time):
        yield issues[first : first + at_a_time]
