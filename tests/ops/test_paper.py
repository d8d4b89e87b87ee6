"""`ops paper` and `ops explain --pdf`: files that are whole, or none."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from docx import Document

from domain.issue.decide import let_time_pass
from store.journal import record
from store.pool import Pool
from tests.ops.lives import ISSUE, NEW_YEARS_EVE, Life, rectifying
from tests.ops.terminal import Ops, ops_on


def lapsed() -> tuple[Life, int]:
    """Return a life that lapsed so long that it was ordered, and the number of the order."""
    life = rectifying()
    life.facts += let_time_pass(life.issue, life.at + timedelta(days=12))
    return life, next(place for place, fact in enumerate(life.facts, 1) if fact.kind == "Ordered")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_an_order_is_printed_in_each_form(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    life, number = lapsed()
    await record(pool, life.letter())

    for form in ("pdf", "docx", "html"):
        ran = await ops("paper", ISSUE, str(number), "--as", form, "-o", str(tmp_path / f"order.{form}"))
        assert (ran.status, "已排印" in ran.out) == (0, True), ran.err

    read = pypdf.PdfReader(tmp_path / "order.pdf")
    assert "督办单" in read.pages[0].extract_text()
    assert any("督办单" in line.text for line in Document(str(tmp_path / "order.docx")).paragraphs)
    assert "督办单" in (tmp_path / "order.html").read_text(encoding="utf-8")
    assert files(tmp_path) == ["order.docx", "order.html", "order.pdf"]


async def test_an_account_is_printed_as_it_stood(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    life, _ = lapsed()
    await record(pool, life.letter())
    file = tmp_path / "account.pdf"
    then = (NEW_YEARS_EVE + timedelta(hours=3)).isoformat()

    ran = await ops("explain", ISSUE, "--as-of", then, "--pdf", str(file))

    (page,) = pypdf.PdfReader(BytesIO(file.read_bytes())).pages
    assert ran.status == 0, ran.err
    assert "截至 2026-12-30 12:00" in page.extract_text()


async def test_a_fact_without_a_document_is_named(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    await record(pool, rectifying().letter())

    ran = await ops("paper", ISSUE, "1", "-o", str(tmp_path / "none.pdf"))

    assert (ran.status, "没有文书" in ran.err) == (1, True)
    assert files(tmp_path) == []


async def test_a_file_that_cannot_be_written_is_named(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    life, number = lapsed()
    await record(pool, life.letter())

    ran = await ops(
        "paper", ISSUE, str(number), "--as", "html", "-o", str(tmp_path / "nowhere" / "order.html")
    )

    assert (ran.status, "无法写入" in ran.err) == (2, True)


async def test_without_fonts_a_package_is_named_and_no_file_is_left(
    pool: Pool, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, number = lapsed()
    await record(pool, life.letter())
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    file = tmp_path / "order.pdf"

    ran = await ops_on(database)("paper", ISSUE, str(number), "-o", str(file))

    assert (ran.status, file.exists()) == (2, False)
    assert "fonts-noto-cjk" in ran.err
    assert "缺少中文字体" in ran.err
