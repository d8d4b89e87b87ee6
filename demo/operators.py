"""值班: what is done by `python -m ops` while the story goes on: orders signed, a calendar adopted."""

import asyncio
import sys
from pathlib import Path

import structlog

from demo.cast import OF_NEXT_YEAR
from demo.window import issue_of
from domain.terms import Stage
from store import documents, figures
from store.pool import Pool

log = structlog.get_logger()

SIGNATURES = 3
HERE = Path(__file__).resolve().parent.parent


async def sign_some(pool: Pool) -> None:
    """签发: a person signs the first orders; a bulletin is heard and looked through before that."""
    signed = 0
    while signed < SIGNATURES:
        await asyncio.sleep(3)
        for draft in await documents.drafts(pool):
            if draft.kind == "order":
                await operate("sign", draft.issue_id, str(draft.number), "--by", draft.issuer)
                signed += 1
                break


async def adopt_the_calendar(pool: Pool, rules: Path, receipts: Path) -> None:
    """适用新日历: once the issue rectifies under a limit that is provisional; `rules` hold the calendar."""
    adopted = False
    while not adopted:
        await asyncio.sleep(1)
        issue_id = await issue_of(pool, receipts, OF_NEXT_YEAR)
        stages = {row.issue_id: row.stage for row in await figures.board(pool, 500)}
        if issue_id and stages.get(issue_id) == Stage.RECTIFYING:
            options = ("--rules", str(rules), "--issue", issue_id, "--apply")
            adopted = await operate("adopt", "calendar", *options)


async def operate(*words: str) -> bool:
    """Say one thing on the command line, and log what it answered; tell whether it was carried out."""
    status, said = await said_by_ops(*words)
    log.info("operated", words=words, status=status, said=said.strip())
    return status == 0


async def said_by_ops(*words: str) -> tuple[int, str]:
    """Return the exit status of a command and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ops", *words),
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None  # it has ended
    return process.returncode, (out or err).decode()
