"""文书: orders and bulletins are drafts until a person signs; a signature draws the number 〔year〕N号."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from domain.model import Frozen, Label, Moment
from domain.posts import Post, division_of, kind_of, reach_of
from domain.terms import PostKind
from domain.workdays import local_day
from store.effects import SQL as EFFECTS
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("documents")

_SUBJECT = {"order": "督", "bulletin": "通"}
_ENDINGS = ("街道河长办", "河长办")


class Draft(Frozen):
    """待签发: an order or a bulletin that waits for a signature."""

    issue_id: str
    number: int
    kind: str
    issuer: Post
    addressees: tuple[Post, ...]
    text: str
    drafted_at: Moment
    severity: str


class SignedDocument(Frozen):
    """已签发: a document with its number, and the posts to which it now goes out."""

    issue_id: str
    number: int
    kind: str
    issuer: Post
    addressees: tuple[Post, ...]
    text: str
    signed_by: Post
    signed_at: Moment
    document_number: str


class Document(Frozen):
    """文书: an order or a bulletin of an issue, whatever has become of it."""

    number: int
    kind: str
    issuer: Post
    addressees: tuple[Post, ...]
    drafted_at: Moment
    state: Literal["draft", "signed", "withdrawn", "entered"]
    signed_by: Post | None
    signed_at: Moment | None
    document_number: str | None


class NotSignable(Exception):
    """A document that cannot be signed so; `code` for machines, `label` for people in two languages."""

    def __init__(self, code: str, label: Label) -> None:
        self.code, self.label = code, label
        super().__init__(f"{label.zh} {label.en}")


class _Document(NamedTuple):
    kind: str
    issuer: Post
    state: str
    reach: str
    issuer_name: str | None


async def drafts(pool: Pool) -> list[Draft]:
    """Return what waits for a signature, the oldest first."""
    async with connected(pool) as connection:
        return [Draft.model_validate(dict(row)) for row in await connection.fetch(SQL["drafts"])]


async def documents_of(pool: Pool, issue_id: str) -> list[Document]:
    """Return the documents of an issue in the order of their facts."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["documents_of"], issue_id)
    return [Document.model_validate(dict(row)) for row in rows]


async def names_of(pool: Pool, posts: Iterable[Post]) -> dict[Post, str]:
    """Return what the roster calls some posts; those that it lacks are left out."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["names_of_posts"], sorted(set(posts)))
    return {row["post"]: row["name_zh"] for row in rows}


async def sign(pool: Pool, issue_id: str, number: int, by: Post, at: datetime) -> SignedDocument:
    """签发: sign the document of a fact, draw its number, and let it go out; `at` is an aware moment.

    Raises NotSignable with code unknown, already_signed, withdrawn, by_bulletin or wrong_signer; Away when
    Postgres does not answer.
    """
    async with transaction(pool) as connection:
        row = await connection.fetchrow(SQL["lock_document"], issue_id, number)
        document = _signable(issue_id, number, _Document(*row) if row else None)
        _may_sign(document, by)
        year = local_day(at).year
        sequence = await connection.fetchval(SQL["next_sequence"], document.issuer, document.kind, year)
        document_number = f"{abbreviation(document.issuer, document.issuer_name)}{_SUBJECT[document.kind]}"
        document_number += f"〔{year}〕{sequence}号"
        signed = await connection.fetchrow(
            SQL["sign"], issue_id, number, by, at, document_number, year, sequence
        )
        await _send(connection, issue_id, number, document.kind, document_number)
    assert signed is not None  # it was a draft, and locked
    fields: dict[str, Any] = {**dict(signed), "kind": document.kind, "issuer": document.issuer}
    return SignedDocument(
        issue_id=issue_id,
        number=number,
        signed_by=by,
        signed_at=at,
        document_number=document_number,
        **fields,
    )


async def _send(connection: Connection, issue_id: str, number: int, kind: str, under: str) -> None:
    await connection.execute(SQL["send_document"], issue_id, number, kind, under)
    await connection.execute(EFFECTS["ring"])


def _signable(issue_id: str, number: int, document: _Document | None) -> _Document:
    if document is None:
        raise NotSignable(
            "unknown",
            Label(
                f"没有 {issue_id} 第 {number} 号事实的文书。",
                f"There is no document for fact {number} of {issue_id}.",
            ),
        )
    if document.state == "signed":
        raise NotSignable(
            "already_signed", Label("该文书此前已签发。", "The document has been signed already.")
        )
    if document.state == "withdrawn":
        raise NotSignable(
            "withdrawn",
            Label(
                "该文书所依据的逾期已撤回,不得签发。",
                "The lapse behind the document was withdrawn: it must not be signed.",
            ),
        )
    if document.kind == "bulletin":
        raise NotSignable(
            "by_bulletin",
            Label(
                "通报不单独签发:列入通报,经征求意见、核稿后签发(ops bulletin list)。",
                "A bulletin is not signed by itself: it is entered in one that is heard and looked through.",
            ),
        )
    return document


def _may_sign(document: _Document, by: Post) -> None:
    """签发权限: the issuing office, its chief of the reach or 总河长."""
    kinds = {PostKind.OFFICE, PostKind.CHIEF, PostKind.GENERAL_CHIEF}
    who = Label("签发单位、本级责任河长或总河长", "the issuing office, its level's chief or general chief")
    here = division_of(by) == division_of(document.issuer) and reach_of(by) in (None, document.reach)
    if not here or kind_of(by) not in kinds:
        raise NotSignable(
            "wrong_signer",
            Label(f"{by} 无权签发:须由{who.zh}签发。", f"{by} may not sign it: {who.en} must."),
        )


def abbreviation(issuer: Post, name: str | None) -> str:
    """机关代字: `资河办` for 资阳市河长办, `乐河办` for 乐至县河长办, `蟠龙镇河办` for a township; chosen."""
    if not name:
        return f"{division_of(issuer)}河办"
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    place = name[0] if name[-1:] in ("省", "市", "县", "区") else name
    return f"{place}河办"
