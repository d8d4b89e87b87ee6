"""照片记录: a photo is noted once for each lead or issue, with what it states of itself."""

import asyncio
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from domain.place import Point
from store.photos import Kept, add_photos, owner_issue, photos_of
from store.pool import Pool, transaction

TAKEN = datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
RECEIPT = "R-2026-0001"


def kept(number: int, **said: object) -> Kept:
    fields = {
        "digest": f"{number:064x}",
        "public_digest": f"{number + 1000:064x}",
        "bytes": 5_000_000 + number,
    }
    return Kept.model_validate({**fields, "media_type": "image/jpeg", **said})


async def test_photos_come_back_in_the_order_in_which_they_were_added(pool: Pool) -> None:
    full = kept(9, taken_at=TAKEN, zone_assumed=True, point=Point(lon=105.02, lat=-30.25))
    added = [full, kept(2), kept(5)]

    await add_photos(pool, RECEIPT, added)

    found = await photos_of(pool, RECEIPT)
    assert [Kept.model_validate(each.model_dump(exclude={"kept_at"})) for each in found] == added
    assert all(each.kept_at.tzinfo for each in found)


async def test_the_same_photo_again_is_noted_once(pool: Pool) -> None:
    await asyncio.gather(*(add_photos(pool, RECEIPT, [kept(1), kept(2), kept(1)]) for _ in range(8)))

    assert {each.digest for each in await photos_of(pool, RECEIPT)} == {kept(1).digest, kept(2).digest}


async def test_one_photo_may_belong_to_a_lead_and_to_an_issue(pool: Pool) -> None:
    issue = owner_issue("512022-2026-000001")
    await add_photos(pool, RECEIPT, [kept(1)])
    await add_photos(pool, issue, [kept(1)])

    assert issue == "issue:512022-2026-000001"
    assert len(await photos_of(pool, RECEIPT)) == len(await photos_of(pool, issue)) == 1
    assert await photos_of(pool, "nobody") == []


class GivenUp(Exception):
    """Somebody's transaction ends without being kept."""


async def test_photos_are_noted_with_the_callers_transaction_or_not_at_all(pool: Pool) -> None:
    async def give_up() -> None:
        async with transaction(pool) as connection:
            await add_photos(connection, RECEIPT, [kept(1)])
            raise GivenUp

    with pytest.raises(GivenUp):
        await give_up()
    assert await photos_of(pool, RECEIPT) == []

    async with transaction(pool) as connection:
        await add_photos(connection, RECEIPT, [kept(1)])
    assert len(await photos_of(pool, RECEIPT)) == 1


async def test_no_photos_are_no_rows(pool: Pool) -> None:
    await add_photos(pool, RECEIPT, [])

    assert await photos_of(pool, RECEIPT) == []


@pytest.mark.parametrize("wrong", [{"digest": "../x"}, {"public_digest": "A" * 64}, {"bytes": 0}])
def test_what_is_no_digest_or_no_size_is_noted_nowhere(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        kept(1, **wrong)
