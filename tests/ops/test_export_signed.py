"""Signature and digests prove what was exported, also without any history: no server is needed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops import export_files as made
from ops.bring_in import check_export
from ops.export import write_export
from ops.export_files import files_of
from ops.export_keys import PrivateKey, keep_private_key
from store.archive import Chain, Run, SpoiledError, canonical, pack, unpack
from store.journal import record
from store.kept import kept
from store.pool import Pool
from store.proof import told
from store.shelf import Missing, open_shelf
from tests.store.letters import closed

ISSUE = "512022-2026-000001"
CHAIN = Chain(
    ISSUE, f"issue/{ISSUE}", (Run("r", "COMPLETED", "2026-11-03", "2026-11-04", {"events": [{"x": 1}]}),)
)


async def exported(pool: Pool, folder: Path) -> tuple[Path, PrivateKey]:
    await record(pool, closed().letter())
    key, _ = keep_private_key(folder / "key.jwk")
    (each,) = [one async for one in kept(pool, [ISSUE])]
    write_export(folder / "out", each, files_of(each, told(each.facts), None, {}), key)
    return folder / "out", key


async def found(folder: Path, key: PrivateKey) -> list[tuple[str, str]]:
    return [(each.check, each.where) for each in (await check_export(folder, key.public)).findings]


def _claims_another_key(folder: Path, stranger: PrivateKey) -> None:
    (folder / made.KEY).write_bytes(canonical(stranger.public.jwk))


def _is_signed_by_another(folder: Path, stranger: PrivateKey) -> None:
    (folder / made.SIGNATURE).write_text(stranger.sign((folder / made.MANIFEST).read_bytes()))


def _has_another_file(folder: Path, _: PrivateKey) -> None:
    (folder / "more.txt").write_text("x")


def _lacks_a_file(folder: Path, _: PrivateKey) -> None:
    (folder / made.BUILD).unlink()


FORGED: dict[Callable[[Path, PrivateKey], None], tuple[str, str]] = {
    _claims_another_key: ("signature", made.KEY),
    _is_signed_by_another: ("signature", made.SIGNATURE),
    _has_another_file: ("digests", "more.txt"),
    _lacks_a_file: ("digests", made.BUILD),
}


@pytest.mark.parametrize("forge", FORGED)
async def test_what_was_signed_by_another_or_is_not_what_was_signed_is_named(
    forge: Callable[[Path, PrivateKey], None], pool: Pool, tmp_path: Path
) -> None:
    folder, key = await exported(pool, tmp_path)
    stranger, _ = keep_private_key(tmp_path / "stranger.jwk")
    assert await found(folder, key) == []

    forge(folder, stranger)

    assert await found(folder, key) == [FORGED[forge]]


def test_a_file_of_histories_is_of_its_issue_and_whole() -> None:
    file = pack(CHAIN)

    assert unpack(file, ISSUE) == CHAIN
    with pytest.raises(SpoiledError, match="it is the archive of"):
        unpack(file, "512022-2026-000002")
    with pytest.raises(SpoiledError):
        unpack(file[:-9], ISSUE)


async def test_a_file_is_read_only_as_what_its_digest_names(tmp_path: Path) -> None:
    shelf = open_shelf(str(tmp_path), "sha256", "RIVER_ARCHIVE")
    digest = await shelf.keep(pack(CHAIN))
    assert await shelf.read(digest) == pack(CHAIN)

    (tmp_path / shelf.where(digest)).write_bytes(pack(CHAIN._replace(issue_id="another")))

    with pytest.raises(Missing):
        await shelf.read(digest)
