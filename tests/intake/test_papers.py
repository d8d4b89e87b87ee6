"""An issue's documents and its account on paper, over HTTP."""

from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from docx import Document

from store.documents import sign
from store.journal import record
from tests.intake.front import Front
from tests.store.letters import TOWN_OFFICE, Life, escalated
from tests.workflows.words import COUNTY_OFFICE

ORDER = 4
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def ordered(front: Front, running: int = 1) -> Life:
    """Record an issue that was ordered, as fact 4."""
    life = escalated(running)
    await record(front.house.pool, life.letter())
    return life


async def test_the_documents_of_an_issue_are_listed_with_the_way_to_each(front: Front) -> None:
    life = await ordered(front)
    token = front.token_of(COUNTY_OFFICE)

    (draft,) = (await front.get(f"/issues/{life.issue_id}/documents", token)).json()["documents"]
    signed_at = life.issue.at
    await sign(front.house.pool, life.issue_id, ORDER, TOWN_OFFICE, signed_at)
    (signed,) = (await front.get(f"/issues/{life.issue_id}/documents", token)).json()["documents"]

    assert (draft["fact"], draft["kind"]["zh"], draft["state"]["zh"]) == (ORDER, "督办单", "待签发")
    assert (draft["number"], draft["signed"], draft["signed_by"]) == (None, None, None)
    assert (signed["state"]["code"], signed["signed_by"]["post"]) == ("signed", TOWN_OFFICE)
    assert signed["number"].endswith("〔2026〕1号")
    for link in signed["links"].values():
        assert (await front.get(link, token)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "accept", "medium"),
    [
        ("", "*/*", "application/pdf"),
        ("", "application/pdf", "application/pdf"),
        ("", f"{DOCX}, application/pdf;q=0.5", DOCX),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("", "application/pdf;q=nonsense, text/html;q=0.1", "text/html"),
        ("", "image/png", "application/pdf"),
        ("?as=html", "application/pdf", "text/html"),
        ("?as=docx", "*/*", DOCX),
    ],
)
async def test_a_document_comes_in_the_form_that_is_asked_for(
    asked: str, accept: str, medium: str, front: Front
) -> None:
    life = await ordered(front)
    path = f"/issues/{life.issue_id}/documents/{ORDER}{asked}"

    answer = await front.http.get(
        path, headers={"Accept": accept, "Authorization": f"Bearer {front.token_of(COUNTY_OFFICE)}"}
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == medium
    assert f"{life.issue_id}-{ORDER}." in answer.headers["content-disposition"]
    match medium:
        case "application/pdf":
            assert "督办单" in pypdf.PdfReader(BytesIO(answer.content)).pages[0].extract_text()
        case "text/html":
            assert "督办单" in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "sandbox" in answer.headers["content-security-policy"]
        case _:
            assert any("督办单" in line.text for line in Document(BytesIO(answer.content)).paragraphs)


async def test_an_unknown_form_and_an_unknown_fact_are_refused_by_name(front: Front) -> None:
    life = await ordered(front)
    token = front.token_of(COUNTY_OFFICE)

    of_fact = {fact: await front.get(f"/issues/{life.issue_id}/documents/{fact}", token) for fact in (1, 99)}
    form = await front.get(f"/issues/{life.issue_id}/documents/{ORDER}", token, **{"as": "exe"})

    assert {(each.status_code, each.json()["type"]) for each in of_fact.values()} == {
        (404, "urn:river:no-document")
    }
    assert form.status_code == 422
    for fact in ("0", "-1", "x", str(2**31)):
        assert (await front.get(f"/issues/{life.issue_id}/documents/{fact}", token)).status_code == 422


async def test_the_account_comes_as_json_unless_paper_is_asked_for(front: Front) -> None:
    life = await ordered(front)
    path, token = f"/issues/{life.issue_id}/explain", front.token_of(COUNTY_OFFICE)
    bearer = {"Authorization": f"Bearer {token}"}

    plain = await front.get(path, token)
    by_header = await front.http.get(path, headers={**bearer, "Accept": "application/pdf"})
    asked = await front.get(path, token, **{"as": "pdf", "as_of": life.issue.at.isoformat()})

    assert plain.headers["content-type"] == "application/json"
    for each in (by_header, asked):
        assert each.headers["content-type"] == "application/pdf"
        (page,) = pypdf.PdfReader(BytesIO(each.content)).pages
        assert life.issue_id in page.extract_text()


async def test_without_fonts_the_door_names_the_package_and_still_gives_word(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await ordered(front)
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    path, token = f"/issues/{life.issue_id}/documents/{ORDER}", front.token_of(COUNTY_OFFICE)

    pdf = await front.get(path, token, **{"as": "pdf"})
    word = await front.get(path, token, **{"as": "docx"})

    assert (pdf.status_code, pdf.json()["type"]) == (503, "urn:river:not-installed")
    assert "fonts-noto-cjk" in pdf.json()["detail"]
    assert int(pdf.headers["Retry-After"]) > 0
    assert word.status_code == 200
