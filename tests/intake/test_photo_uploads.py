"""照片上传: the photos of a request are taken together or not at all, and a flood ends at the limit."""

import asyncio
import socket
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI, File, UploadFile

from intake.photo_uploads import MOST_BODY, MOST_BYTES_TOGETHER, MOST_PHOTOS, receive, take
from intake.photos import Photos, open_photos
from intake.problems import Problem, teach
from store.photos import Kept
from tests.intake.photo_files import EVERY_FORMAT, exif, photo


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    """Give photos in a folder."""
    return open_photos(str(tmp_path))


@pytest_asyncio.fixture(loop_scope="session")
async def house(photos: Photos) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a real server with one route that takes photos."""
    app = FastAPI()
    teach(app)

    @app.post("/photos", max_body_size=MOST_BODY)
    async def send(sent: Annotated[list[UploadFile], File()]) -> list[Kept]:
        return await receive(photos, sent)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
            yield client
        server.should_exit = True
        await serving


def form(*photos: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("sent", (f"../{n}.exe", data, "text/html")) for n, data in enumerate(photos)]


def objects(folder: Path) -> int:
    return sum(file.is_file() for file in folder.rglob("*"))


async def test_photos_are_taken_in_order_whatever_they_are_called(
    house: httpx.AsyncClient, photos: Photos
) -> None:
    sent = [photo(kind, exif=exif()) for kind in EVERY_FORMAT]

    answer = await house.post("/photos", files=form(*sent))

    assert answer.status_code == 200
    assert [each["media_type"] for each in answer.json()] == ["image/jpeg", "image/png", "image/webp"]
    assert [await photos.original(each["digest"]) for each in answer.json()] == sent


async def test_one_refused_photo_is_named_and_none_is_kept(house: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await house.post("/photos", files=form(photo(), b"<svg/>", photo("PNG")))

    said: dict[str, Any] = answer.json()
    assert answer.status_code == said["status"] == 415
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["type"] == "urn:river:not-a-photo"
    assert [wrong["where"] for wrong in said["errors"]] == ["photos.1"]
    assert "JPEG" in said["detail"]
    assert objects(tmp_path) == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"\xff\xd8\xff\xe0", 422), (b"", 422), (b"%PDF-1.7", 415), (photo() + b"\0" * 10 * 1024 * 1024, 413)],
)
async def test_each_refusal_has_its_status(house: httpx.AsyncClient, data: bytes, status: int) -> None:
    answer = await house.post("/photos", files=form(data))

    assert answer.status_code == status
    assert answer.json()["errors"][0]["where"] == "photos.0"


async def test_nine_photos_are_taken_and_ten_are_not(house: httpx.AsyncClient, tmp_path: Path) -> None:
    several = [photo(quality=80 + n) for n in range(MOST_PHOTOS + 1)]

    refused = await house.post("/photos", files=form(*several))
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:river:too-many-photos")
    assert objects(tmp_path) == 0

    taken = await house.post("/photos", files=form(*several[:-1]))
    assert (taken.status_code, len(taken.json())) == (200, 9)


async def test_forty_megabytes_are_taken_and_one_byte_more_is_not(house: httpx.AsyncClient) -> None:
    heavy = photo() + b"\0" * (MOST_BYTES_TOGETHER // 5 - len(photo()))

    taken = await house.post("/photos", files=form(*[heavy] * 5))
    refused = await house.post("/photos", files=form(*[heavy] * 4, heavy + b"\0"))

    assert taken.status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:river:photos-too-large")


@pytest.mark.parametrize("announced", [True, False])
async def test_a_flood_is_refused_and_what_exceeds_the_limit_is_put_nowhere(
    house: httpx.AsyncClient,
    announced: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_down, write = 0, UploadFile.write

    async def counted(upload: UploadFile, data: bytes) -> None:
        nonlocal put_down
        put_down += len(data)
        await write(upload, data)

    monkeypatch.setattr(UploadFile, "write", counted)
    begin = b'--x\r\nContent-Disposition: form-data; name="sent"; filename="a.jpg"\r\n\r\n'

    async def flood() -> AsyncIterator[bytes]:
        yield begin
        for _ in range(200):
            yield b"\0" * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if announced:
        headers["Content-Length"] = str(200_000_000 + len(begin))
    answer = await house.post("/photos", content=flood(), headers=headers)

    assert answer.status_code == 413
    assert put_down <= (0 if announced else MOST_BODY)


async def test_an_upload_is_read_no_further_than_its_limit() -> None:
    upload = UploadFile(BytesIO(b"\0" * 1_000_000))

    assert await take(UploadFile(BytesIO(b"\0" * 1000)), 1000) == b"\0" * 1000
    with pytest.raises(Problem) as refused:
        await take(upload, 1000)
    assert refused.value.status == 413
    assert upload.file.tell() == 1001


async def test_of_many_requests_two_hold_their_photos_at_a_time(
    photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = most = 0
    read = UploadFile.read

    async def counted(upload: UploadFile, size: int = -1) -> bytes:
        nonlocal held, most
        if upload.file.tell() == 0:
            held += 1
            most = max(most, held)
        return await read(upload, size)

    monkeypatch.setattr(UploadFile, "read", counted)

    async def one() -> None:
        nonlocal held
        await receive(photos, [UploadFile(BytesIO(photo()), size=len(photo()))])
        held -= 1

    await asyncio.gather(*(one() for _ in range(20)))

    assert 1 <= most <= 3  # the third may begin before the first is counted out


async def test_a_flood_of_the_publics_photos_leaves_a_turn_to_officials_and_to_other_addresses(
    photos: Photos,
) -> None:
    let_go = asyncio.Event()
    answers: list[int] = []

    async def of_the_public(address: str) -> None:
        try:
            async with photos.turns.take(address):
                await let_go.wait()
                answers.append(201)
        except Problem as problem:
            answers.append(problem.status)

    flood = [asyncio.create_task(of_the_public("192.0.2.1")) for _ in range(9)]
    another = asyncio.create_task(of_the_public("192.0.2.2"))
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        assert len(await receive(photos, [UploadFile(BytesIO(photo()), size=len(photo()))])) == 1
    let_go.set()
    await asyncio.gather(*flood, another)

    assert sorted(answers) == [201] * 4 + [429] * 6
