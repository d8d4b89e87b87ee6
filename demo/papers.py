"""案卷: what the story leaves in a folder for officials to read: a bulletin, an order, an account."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from demo.operators import said_by_ops
from domain.bulletin.terms import BulletinKind, BulletinState
from store import bulletins, documents, figures
from store.bulletins import Head
from store.pool import Pool

BULLETIN, BULLETIN_IN_WORD, ORDER, ACCOUNT = "通报.pdf", "通报.docx", "督办单.pdf", "时限说明书.pdf"
PAPERS = (BULLETIN, BULLETIN_IN_WORD, ORDER, ACCOUNT)


@dataclass(frozen=True)
class Kept:
    """成果: the numbers of the bulletins that were issued, how many recompute, and which papers lie there."""

    issued: tuple[str, ...]
    recomputed: int
    papers: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every figure of every bulletin is what it was when it was frozen."""
        return bool(self.issued) and self.recomputed == len(self.issued)


async def keep_papers(pool: Pool, issue_id: str, into: Path) -> Kept:
    """Recompute what was issued, and print the papers into a folder; `issue_id` is explained."""
    issued = await bulletins.heads(pool, state=BulletinState.ISSUED)
    wanted: dict[str, tuple[str, ...]] = {ACCOUNT: ("explain", issue_id, "--pdf")}
    if issued:
        name = _to_be_read(issued).bulletin_id
        wanted[BULLETIN] = ("bulletin", "paper", name, "-o")
        wanted[BULLETIN_IN_WORD] = ("bulletin", "paper", name, "--as", "docx", "-o")
    if order := await _signed_order(pool, issue_id):
        wanted[ORDER] = ("paper", *order, "-o")
    recomputing = [said_by_ops("bulletin", "recompute", head.bulletin_id, "--json") for head in issued]
    printing = [said_by_ops(*words, str(into / file)) for file, words in wanted.items()]
    answers = await asyncio.gather(*recomputing, *printing)
    printed = {file for file, (status, _) in zip(wanted, answers[len(issued) :], strict=True) if status == 0}
    return Kept(
        issued=tuple(head.document_number or "" for head in issued),
        recomputed=sum(_holds(said) for _, said in answers[: len(issued)]),
        papers=tuple(file for file in PAPERS if file in printed),
    )


def _to_be_read(issued: list[Head]) -> Head:
    """Prefer the one of a period: its tables are longest."""
    return next((head for head in issued if head.kind != BulletinKind.AD_HOC), issued[0])


async def _signed_order(pool: Pool, first: str) -> tuple[str, str] | None:
    """Return an order that was signed, of the explained issue if it had one."""
    issues = [row.issue_id for row in await figures.board(pool, 10_000)]
    for issue_id in (first, *issues):
        for document in await documents.documents_of(pool, issue_id):
            if document.kind == "order" and document.state == "signed":
                return issue_id, str(document.number)
    return None


def _holds(said: str) -> bool:
    try:
        return json.loads(said)["holds"] is True
    except (ValueError, KeyError, TypeError):
        return False
