"""封存: what is sealed opens under its key and its token, and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.seal import BLOCK, BadKeys, Broken, Keys, NotConfigured, Sealed, UnknownKey, fresh_key

TOKEN = "A" * 22
KEYS = Keys.read(f"{fresh_key('new')},{fresh_key('old')}")

PLAINS = st.binary(max_size=2 * BLOCK)


@given(PLAINS)
def test_what_is_sealed_is_what_is_opened(plain: bytes) -> None:
    assert KEYS.open(TOKEN, KEYS.seal(TOKEN, plain)) == plain


@given(PLAINS, st.sampled_from(["nonce", "cipher", "token", "key_id"]), st.data())
def test_one_flipped_bit_anywhere_is_refused(plain: bytes, where: str, data: st.DataObject) -> None:
    sealed = KEYS.seal(TOKEN, plain)
    row = {"token": TOKEN.encode(), "key_id": sealed.key_id.encode(), **_bytes_of(sealed)}
    bit = data.draw(st.integers(0, 8 * len(row[where]) - 1))

    row[where] = _flipped(row[where], bit)

    with pytest.raises((Broken, UnknownKey)) as refused:
        _open(row)
    assert plain not in str(refused.value).encode() or len(plain) < 3


def test_a_row_is_refused_under_another_known_key() -> None:
    sealed = KEYS.seal(TOKEN, b"x")

    with pytest.raises(Broken, match=f"{TOKEN}.*old"):
        KEYS.open(TOKEN, sealed._replace(key_id="old"))


def test_two_rows_cannot_change_places() -> None:
    one, other = KEYS.seal(TOKEN, b"one"), KEYS.seal("B" * 22, b"other")

    for token, row in ((TOKEN, other), ("B" * 22, one)):
        with pytest.raises(Broken):
            KEYS.open(token, row)


@pytest.mark.parametrize(
    "cut", [Sealed("new", b"", b""), Sealed("new", b"1" * 12, b""), Sealed("new", b"1", b"2")]
)
def test_a_row_that_was_cut_short_is_refused(cut: Sealed) -> None:
    with pytest.raises(Broken):
        KEYS.open(TOKEN, cut)


@given(st.binary(max_size=BLOCK - 4), st.binary(max_size=BLOCK - 4))
def test_length_says_nothing(one: bytes, other: bytes) -> None:
    assert len(KEYS.seal(TOKEN, one).cipher) == len(KEYS.seal(TOKEN, other).cipher)


def test_the_same_words_are_never_the_same_ciphertext() -> None:
    assert len({KEYS.seal(TOKEN, b"same") for _ in range(100)}) == 100


def test_the_first_key_seals_and_all_of_them_open() -> None:
    old, new = fresh_key("2025"), fresh_key("2026")
    before = Keys.read(old).seal(TOKEN, b"x")

    both = Keys.read(f"{new}, {old}")

    assert (both.newest, both.seal(TOKEN, b"y").key_id, both.open(TOKEN, before)) == ("2026", "2026", b"x")
    with pytest.raises(UnknownKey, match="2025"):
        Keys.read(new).open(TOKEN, before)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_key_nothing_is_sealed_or_opened(nothing: str | None) -> None:
    keys = Keys.read(nothing)

    with pytest.raises(NotConfigured, match="RIVER_SEAL_KEYS"):
        keys.seal(TOKEN, b"x")
    with pytest.raises(NotConfigured):
        keys.open(TOKEN, KEYS.seal(TOKEN, b"x"))


GOOD = fresh_key("good")
SECRET = GOOD.partition(":")[2]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (SECRET, 1),
        (f":{SECRET}", 1),
        (f"{GOOD},", 2),
        (f"{GOOD},{GOOD}", 2),
        (f"{GOOD},other:{SECRET[:-4]}", 2),
        (f"other:{SECRET}!", 1),
        (f"other:{SECRET}{SECRET}", 1),
        (f"钥匙:{SECRET}", 1),
        (f"a b:{SECRET}", 1),
        ("other:不是密钥", 1),
        ("other", 1),
    ],
    ids=[
        "a secret alone",
        "no name",
        "a comma at the end",
        "one name twice",
        "a secret cut short",
        "a letter that is none",
        "two secrets in one",
        "a Chinese name",
        "a blank in the name",
        "Chinese for a secret",
        "a name alone",
    ],
)
def test_keys_that_are_not_well_formed_are_named_by_place_and_never_shown(wrong: str, place: int) -> None:
    with pytest.raises(BadKeys, match=f"第 {place} 个密钥.*Key number {place}") as refused:
        Keys.read(wrong)

    assert SECRET[:8] not in str(refused.value)


def test_keys_show_nothing_when_printed() -> None:
    assert SECRET not in f"{Keys.read(GOOD)!r}{vars(Keys.read(GOOD))}"


def _bytes_of(sealed: Sealed) -> dict[str, bytes]:
    return {"nonce": sealed.nonce, "cipher": sealed.cipher}


def _flipped(text: bytes, bit: int) -> bytes:
    changed = bytearray(text)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _open(row: dict[str, bytes]) -> bytes:
    sealed = Sealed(row["key_id"].decode("latin-1"), row["nonce"], row["cipher"])
    return KEYS.open(row["token"].decode("latin-1"), sealed)
