"""案卷: what the story leaves in a folder for officials to read: a bulletin, an order, an account."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from demo.operators import said_by_ops
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.issue.explain import Account, explain
from domain.issue.state import Issue
from printing.account import account_pdf
from printing.missing import NotInstalled
from printing.pdf import pdf
from printing.word import docx
from store import bulletins, documents, figures, journal
from store.bulletin_papers import bulletin_paper
from store.bulletins import Head
from store.papers import paper_of
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
    recomputing = [said_by_ops("bulletin", "recompute", head.bulletin_id, "--json") for head in issued]
    answers = await asyncio.gather(*recomputing)
    account = await _account(pool, issue_id)
    wanted: dict[str, Callable[[], bytes]] = {ACCOUNT: partial(account_pdf, *account)}
    if issued:
        bulletin = await bulletin_paper(pool, _to_be_read(issued).bulletin_id)
        wanted |= {BULLETIN: partial(pdf, bulletin), BULLETIN_IN_WORD: partial(docx, bulletin)}
    if order := await _signed_order(pool, issue_id):
        wanted[ORDER] = partial(pdf, await paper_of(pool, *order))
    return Kept(
        issued=tuple(head.document_number or "" for head in issued),
        recomputed=sum(_holds(said) for _, said in answers),
        papers=await asyncio.to_thread(_print, wanted, into),
    )


async def _account(pool: Pool, issue_id: str) -> tuple[Issue, Account]:
    issue = await journal.retell_issue(pool, issue_id)
    return issue, explain(issue, datetime.now(UTC))


def _print(wanted: Mapping[str, Callable[[], bytes]], into: Path) -> tuple[str, ...]:
    """Print one after the other; where a font or a library is missing, some are missing."""
    printed = []
    for name in (name for name in PAPERS if name in wanted):
        with suppress(NotInstalled):
            (into / name).write_bytes(wanted[name]())
            printed.append(name)
    return tuple(printed)


def _to_be_read(issued: list[Head]) -> Head:
    """Prefer the one of a period: its tables are longest."""
    return next((head for head in issued if head.kind != BulletinKind.AD_HOC), issued[0])


async def _signed_order(pool: Pool, first: str) -> tuple[str, int] | None:
    """Return an order that was signed, of the explained issue if it had one."""
    issues = [row.issue_id for row in await figures.board(pool, 10_000)]
    for issue_id in (first, *issues):
        for document in await documents.documents_of(pool, issue_id):
            if document.kind == "order" and document.state == "signed":
                return issue_id, document.number
    return None


def _holds(said: str) -> bool:
    try:
        return json.loads(said)["holds"] is True
    except (ValueError, KeyError, TypeError):
        return False
