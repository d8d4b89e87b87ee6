"""照片库: kept whole or not at all, once for the same bytes, originals apart from what is shown."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore
from PIL import Image

from intake.photo_reading import read_photo
from intake.photos import Photos, manifest_digest, open_photos
from store.pool import Away
from store.shelf import Missing, NoShelf, ShelfAway
from tests.intake.photo_files import exif, photo, written

ROOT = Path(__file__).parents[2]
NOBODYS = "0" * 64


class Bucket(BaseHTTPRequestHandler):
    """A stand-in for S3's three verbs on one bucket; it looks at no signature, and can be told to fail."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}
    fails: ClassVar[bool] = False

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.fails:
            self.objects[self.path] = content
        self._answer(503 if self.fails else 200)

    def do_GET(self) -> None:
        found = self.objects.get(self.path)
        self._answer(404 if found is None else 200, found or b"")

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Tue, 03 Nov 2026 01:30:00 GMT")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Bucket]]:
    """Give a bucket on loopback, named to the service by the variables that a cluster would set."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "river")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "river-secret")
    Bucket.objects.clear()
    Bucket.fails = False
    yield Bucket
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "memory", "s3"])
def photos(request: pytest.FixtureRequest, tmp_path: Path, bucket: type[Bucket]) -> Photos:
    """Give each kind of storage in turn."""
    if request.param == "folder":
        return open_photos(str(tmp_path / "photos"))
    return Photos(MemoryStore()) if request.param == "memory" else open_photos("s3://river-photos/lezhi")


def files(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


async def test_what_is_kept_comes_back(photos: Photos) -> None:
    data = photo(exif=exif())

    kept = await photos.keep(await photos.read(data))

    assert kept.bytes == len(data)
    assert kept.taken_at == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert kept.point is not None
    assert await photos.original(kept.digest) == data
    assert await photos.public(kept.public_digest) == read_photo(data).public


async def test_an_original_is_found_under_no_public_digest(photos: Photos) -> None:
    kept = await photos.keep(read_photo(photo(exif=exif())))

    with pytest.raises(Missing):
        await photos.public(kept.digest)
    with pytest.raises(Missing):
        await photos.original(kept.public_digest)


@pytest.mark.parametrize(
    "digest",
    [
        "",
        NOBODYS,
        "../original/aa",
        NOBODYS[:63],
        NOBODYS + "0",
        NOBODYS + "\n",
        "%2e%2e/" + NOBODYS,
        "A" * 64,
    ],
)
async def test_what_is_not_kept_is_missing_whatever_it_is_called(photos: Photos, digest: str) -> None:
    for ask in (photos.public, photos.original):
        with pytest.raises(Missing):
            await ask(digest)


async def test_the_same_photo_again_is_the_same_two_objects(tmp_path: Path) -> None:
    photos = open_photos(str(tmp_path))
    one = read_photo(photo(exif=exif()))

    kept = [await photos.keep(one), *await asyncio.gather(*(photos.keep(one) for _ in range(20)))]

    assert len(set(map(repr, kept))) == 1
    assert files(tmp_path) == [
        f"original/{one.digest[:2]}/{one.digest}",
        f"public/{one.public_digest[:2]}/{one.public_digest}",
    ]


async def test_what_was_spoiled_on_the_disk_is_missing_and_is_healed_by_sending_it_again(
    tmp_path: Path,
) -> None:
    photos = open_photos(str(tmp_path))
    kept = await photos.keep(read_photo(photo()))
    for file in files(tmp_path):
        (tmp_path / file).write_bytes(b"")

    with pytest.raises(Missing):
        await photos.original(kept.digest)
    with pytest.raises(Missing):
        await photos.public(kept.public_digest)

    await photos.keep(read_photo(photo()))
    assert await photos.original(kept.digest) == photo()


KEEPS_FOR_EVER = """
import asyncio, sys
from intake.photo_reading import Photo
from intake.photo_exif import Exif
from intake.photos import open_photos

async def run():
    photos = open_photos(sys.argv[1])
    print("begun", flush=True)
    for number in range(1_000_000):
        noise = number.to_bytes(4, "big") * 2_000_000
        await photos.keep(Photo(noise, noise, "image/jpeg", Exif()))

asyncio.run(run())
"""


def test_a_process_killed_while_it_writes_leaves_nothing_half_under_a_digest(tmp_path: Path) -> None:
    dice, torn, life = Random(7), 0, 0  # noqa: S311 the dice keep no secret
    while life < 4 or (not torn and life < 40):
        life += 1
        folder = tmp_path / str(life)
        process = subprocess.Popen(
            [sys.executable, "-c", KEEPS_FOR_EVER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(dice.uniform(0.01, 0.12))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()

        photos = open_photos(str(folder))
        for file in files(folder):
            shelf, _, digest = file.split("/")
            if "#" in digest:
                torn += 1
                continue
            ask = photos.original if shelf == "original" else photos.public
            assert len(asyncio.run(ask(digest))) == 8_000_000
    assert torn  # or it was never killed in the middle of a write


async def test_a_torn_write_is_in_nobodys_way(tmp_path: Path) -> None:
    photos, one = open_photos(str(tmp_path)), read_photo(photo())
    shelf = tmp_path / "original" / one.digest[:2]
    shelf.mkdir()
    (shelf / f"{one.digest}#1").write_bytes(b"half")

    kept = await photos.keep(one)

    assert await photos.original(kept.digest) == photo()


async def test_originals_are_readable_by_the_service_alone(tmp_path: Path) -> None:
    open_photos(str(tmp_path / "photos"))

    assert (tmp_path / "photos" / "original").stat().st_mode & 0o077 == 0


async def test_storage_that_does_not_answer_is_away_like_the_records(bucket: type[Bucket]) -> None:
    photos = open_photos("s3://river-photos")
    bucket.fails = True

    with pytest.raises(ShelfAway) as away:
        await photos.keep(read_photo(photo()))
    assert isinstance(away.value, Away)
    assert "127.0.0.1" not in str(away.value)


async def test_a_folder_that_went_away_is_away(tmp_path: Path) -> None:
    photos = open_photos(str(tmp_path / "photos"))
    (tmp_path / "photos").rename(tmp_path / "gone")
    (tmp_path / "photos").write_text("a file")

    with pytest.raises(ShelfAway):
        await photos.keep(read_photo(photo()))


async def test_in_a_bucket_photos_stand_under_the_prefix_of_the_setting(bucket: type[Bucket]) -> None:
    kept = await open_photos("s3://river-photos/county/lezhi/").keep(read_photo(photo()))

    assert sorted(bucket.objects) == [
        f"/river-photos/county/lezhi/original/{kept.digest[:2]}/{kept.digest}",
        f"/river-photos/county/lezhi/public/{kept.public_digest[:2]}/{kept.public_digest}",
    ]


@pytest.mark.parametrize(
    "setting",
    ["s3://", "s3:///prefix", "s3://B!", "gs://river", "https://river.example/photos", "file:///srv"],
)
def test_a_setting_that_is_no_place_is_refused_by_name(setting: str) -> None:
    with pytest.raises(NoShelf, match=r"RIVER_PHOTOS.*s3://bucket/prefix"):
        open_photos(setting)


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for setting in (str(tmp_path / "file"), str(tmp_path / "file" / "photos"), "bad\0name"):
        with pytest.raises(NoShelf, match="RIVER_PHOTOS"):
            open_photos(setting)


async def test_a_flood_of_photos_is_decoded_two_at_a_time_even_if_its_senders_go_away(tmp_path: Path) -> None:
    photos = open_photos(str(tmp_path))
    data = written(Image.new("RGB", (1500, 1500), "white"))

    reading = [asyncio.create_task(photos.read(data)) for _ in range(40)]
    await asyncio.sleep(0)
    for task in reading[::2]:
        task.cancel()
    done = await asyncio.gather(*reading, return_exceptions=True)

    assert sum(isinstance(each, asyncio.CancelledError) for each in done) == 20
    assert len(photos._threads._threads) <= 2


DIGESTS = st.sets(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=9)


@given(DIGESTS, st.randoms(use_true_random=False))
def test_a_manifest_is_the_same_in_any_order(digests: set[str], dice: Random) -> None:
    mixed = [*digests, *digests]
    dice.shuffle(mixed)

    assert manifest_digest(mixed) == manifest_digest(sorted(digests))


@given(DIGESTS, DIGESTS)
def test_other_photos_have_another_manifest(one: set[str], other: set[str]) -> None:
    assert (manifest_digest(one) == manifest_digest(other)) == (one == other)


def test_a_manifest_can_be_recomputed_with_the_tools_of_any_machine(tmp_path: Path) -> None:
    digests = ["b" * 64, "a" * 64]
    (tmp_path / "digests").write_text("".join(f"{digest}\n" for digest in digests))
    environment = {**os.environ, "LC_ALL": "C"}

    said = subprocess.run(
        ["sh", "-c", "sort -u digests | sha256sum"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )

    assert said.stdout.decode().split()[0] == manifest_digest(digests)


@pytest.mark.parametrize("digests", [[], ["abc"], ["a" * 64, "A" * 64], ["a" * 64 + "\n"]])
def test_a_manifest_of_nothing_or_of_no_digest_is_a_mistake(digests: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one SHA-256"):
        manifest_digest(digests)
