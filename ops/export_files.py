"""导出格式: what an export is made of, as bytes: the same issue gives the same files (docs/export.md)."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from domain.issue.events import CalendarAdopted, EditionAdopted, Opened, Regraded
from domain.issue.fact_base import Event
from store.archive import Chain, canonical, pack
from store.kept import Act, Fact, Kept, Paper, Picture

FORMAT = "river-export-1"
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "key.public.jwk"
JOURNAL, EFFECTS, DOCUMENTS, PHOTOS = "journal.jsonl", "effects.jsonl", "documents.jsonl", "photos.jsonl"
HISTORIES, RULES, BUILD = "histories.json.gz", "rules.json", "build.json"
ORIGINALS = "photos"

HOME = Path(__file__).parents[1]
_SOURCES = ("domain", "store", "activities", "workflows", "ops")

_LINES: Mapping[str, TypeAdapter[Any]] = {
    JOURNAL: TypeAdapter(Fact),
    EFFECTS: TypeAdapter(Act),
    DOCUMENTS: TypeAdapter(Paper),
    PHOTOS: TypeAdapter(Picture),
}


class Manifest(NamedTuple):
    """清单: which files there are by their digests, and where the journal ends."""

    issue_id: str
    facts: int
    tail: str
    files: Mapping[str, str]

    def bytes(self) -> bytes:
        """Return what is signed."""
        return _document({"format": FORMAT, **self._asdict()})


def read_manifest(content: bytes) -> Manifest:
    """Return what a manifest says; raises ValueError where it is none."""
    try:
        read = json.loads(content)
        if read.pop("format") != FORMAT:
            raise ValueError("another format")
        manifest = Manifest(**read)
        texts = (manifest.issue_id, manifest.tail, *manifest.files.values())
        if not all(isinstance(text, str) for text in texts) or not isinstance(manifest.facts, int):
            raise ValueError("texts and a number")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    return manifest


def files_of(
    each: Kept, facts: Sequence[Event], chain: Chain | None, build: Mapping[str, object]
) -> dict[str, bytes]:
    """Return the files of an issue, but for manifest and photos, by their names."""
    files = {
        JOURNAL: _lines(JOURNAL, each.facts),
        EFFECTS: _lines(EFFECTS, each.acts),
        DOCUMENTS: _lines(DOCUMENTS, each.papers),
        PHOTOS: _lines(PHOTOS, each.pictures),
        RULES: rules_of(facts),
        BUILD: _document(build),
    }
    return {**files, HISTORIES: pack(chain)} if chain else files


def manifest_of(each: Kept, files: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of what was exported."""
    digests = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    last = each.facts[-1]
    return Manifest(each.issue_id, last.number, last.hash, digests)


def rules_of(facts: Sequence[Event]) -> bytes:
    """Return every edition and calendar by which the issue was counted, with the fact that brought it."""
    used = [
        {"fact": number, **_rules(fact)}
        for number, fact in enumerate(facts, start=1)
        if isinstance(fact, Opened | Regraded | EditionAdopted | CalendarAdopted)
    ]
    return _document(used)


def _rules(fact: Event) -> Mapping[str, object]:
    if isinstance(fact, CalendarAdopted):
        return {"calendar": fact.calendar.model_dump(mode="json")}
    assert isinstance(fact, Opened | Regraded | EditionAdopted)
    return {"rules": fact.rules.model_dump(mode="json")}


def read_kept(issue_id: str, files: Mapping[str, bytes]) -> Kept:
    """Return what is kept of an issue from the files of an export; raises ValueError."""
    read = {name: tuple(_read(name, files.get(name, b""))) for name in _LINES}
    return Kept(issue_id, read[JOURNAL], read[EFFECTS], read[DOCUMENTS], read[PHOTOS])


def _read(name: str, content: bytes) -> Iterable[Any]:
    # By the byte: a text may hold what Unicode also counts as the end of a line.
    lines = [line for line in content.split(b"\n") if line]
    return [_LINES[name].validate_python(json.loads(line.decode())) for line in lines]


def _lines(name: str, rows: Iterable[Any]) -> bytes:
    """Write named tuples, one a line: a tuple by itself would be written without its names."""
    dump = _LINES[name].dump_python
    return b"".join(
        canonical(dict(zip(row._fields, dump(row, mode="json"), strict=True))) + b"\n" for row in rows
    )


def _document(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


@cache
def build(build_id: str | None) -> Mapping[str, object]:
    """Return which code this is: its build, its commit if it is known, the digests of sources and lock."""
    return {
        "build_id": build_id,
        "commit": _commit(HOME / ".git"),
        "sources": _sources(),
        "lock": _digest(HOME / "requirements-runtime.lock"),
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
        "pydantic": version("pydantic"),
    }


def build_now(exported: bytes) -> bytes:
    """Return what the build file would be here; under which name it was deployed does not matter."""
    try:
        build_id = json.loads(exported)["build_id"]
    except (ValueError, KeyError, TypeError):
        return b""
    return _document(build(build_id))


def _sources() -> str:
    files = sorted(
        file for folder in _SOURCES for file in (HOME / folder).rglob("*") if file.suffix in (".py", ".sql")
    )
    listed = "".join(f"{_digest(file)} {file.relative_to(HOME).as_posix()}\n" for file in files)
    return sha256(listed.encode()).hexdigest()


def _digest(file: Path) -> str | None:
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _commit(git: Path) -> str | None:
    """Read it where it stands: an installed service has no git, nor its folder."""
    try:
        if git.is_file():  # a worktree says where its folder is
            git = Path(git.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        ref = head.removeprefix("ref: ")
        common = git / "commondir"
        folder = (git / common.read_text(encoding="utf-8").strip()) if common.is_file() else git
        return (folder / ref).read_text(encoding="utf-8").strip()
    except OSError:
        return None
