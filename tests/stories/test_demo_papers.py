"""演示的公文: what the demo leaves is printed, numbered, and recomputes to what was frozen."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
import pytest_asyncio
from docx import Document

from demo.clerks import next_word, of_this_month
from demo.papers import BULLETIN, BULLETIN_IN_WORD, PAPERS, keep_papers
from domain.bulletin.terms import BulletinState
from reading.bulletins import read_bulletin_rules
from store import documents
from store.pool import Pool, close, open_pool
from store.roster import load_posts
from tests.rules.bulletins import a_bulletin, lapsed, looked_through
from tests.rules.given import CITY, ROOT, book
from tests.store.conftest import ROSTER
from tests.store.test_bulletins import NOW, approved, begun, issue, order, with_lives


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """Give a pool on a database with a roster, on which the operators' commands work as well."""
    monkeypatch.setenv("RIVER_DATABASE_URL", database)
    pool = await open_pool(database, 4)
    await load_posts(pool, ROSTER)
    yield pool
    await close(pool)


async def test_what_was_issued_recomputes_and_lies_in_the_folder(pool: Pool, tmp_path: Path) -> None:
    lives = await with_lives(pool)
    out = await issue(pool, await approved(pool, await begun(pool, order(CITY))))
    draft = next(each for each in await documents.drafts(pool) if each.kind == "order")
    await documents.sign(pool, draft.issue_id, draft.number, draft.issuer, datetime.now(UTC))

    kept = await keep_papers(pool, lives[1].issue.issue_id, tmp_path)

    assert kept.issued == (out.document_number,)
    assert kept.holds
    assert kept.papers == PAPERS
    assert {name: (tmp_path / name).read_bytes()[:4] for name in PAPERS} == {
        name: b"PK\x03\x04" if name == BULLETIN_IN_WORD else b"%PDF" for name in PAPERS
    }
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / BULLETIN).pages)
    written = [each.text for each in Document(str(tmp_path / BULLETIN_IN_WORD)).paragraphs]
    assert str(out.document_number) in printed.replace("\n", "")
    assert str(out.document_number) in written


async def test_where_nothing_was_issued_no_bulletin_is_kept(pool: Pool, tmp_path: Path) -> None:
    (life, *_) = await with_lives(pool, 1)

    kept = await keep_papers(pool, life.issue.issue_id, tmp_path)

    assert not kept.holds
    assert BULLETIN not in kept.papers


def test_the_people_of_a_bulletin_speak_in_turn() -> None:
    rules = read_bulletin_rules(ROOT / "rules" / "bulletins-demo.yaml")
    bulletin = a_bulletin(lapsed())
    prepared = bulletin.model_copy(update={"state": BulletinState.PREPARING})
    written = looked_through(prepared.model_copy(update={"remarks": ("请整改。",)}))

    assert next_word(bulletin)[:2] == ("reply", bulletin.named_posts[0])
    assert next_word(prepared)[:2] == ("revise", bulletin.issuer)
    assert next_word(written) == ("submit", bulletin.issuer)
    assert next_word(written.model_copy(update={"checked": 0})) == ()
    month = of_this_month(CITY, rules, book(), NOW + timedelta(days=1))
    assert month.bulletin_id == f"{CITY}-2026-monthly-12"
