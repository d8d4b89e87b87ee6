"""照片读取: a photo is told by its bytes, kept as it came, and shown upright, as its pixels only."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from intake.photo_containers import bare
from intake.photo_reading import PUBLIC_SIDE, read_photo
from intake.photo_refusals import LONGEST_SIDE, MOST_BYTES, MOST_PIXELS, NotAPhoto
from tests.intake.photo_files import (
    BLUE,
    EVERY_FORMAT,
    GREEN,
    GREY,
    RED,
    after_the_start,
    before_the_picture,
    chunk,
    exif,
    four_corners,
    opened,
    photo,
    segment,
    written,
)

PLANTED = b"PLANTED-MARKER"


def nearly(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(one, other, strict=True))


def corners(data: bytes) -> list[str]:
    picture = opened(data)
    right, bottom = picture.width - 5, picture.height - 5
    names = {"red": RED, "green": GREEN, "blue": BLUE, "grey": GREY}
    seen = [picture.getpixel(at) for at in ((4, 4), (right, 4), (4, bottom), (right, bottom))]
    return [next(name for name, colour in names.items() if nearly(pixel, colour)) for pixel in seen]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_each_type_is_told_by_its_bytes_and_keeps_its_pixels(kind: str) -> None:
    data = photo(kind)

    read = read_photo(data)

    assert read.media_type == f"image/{kind.lower()}"
    assert read.original == data
    assert opened(read.public).format == "JPEG"
    apart = ImageChops.difference(opened(read.public), four_corners())
    assert max(ImageStat.Stat(apart).mean) < 4  # where two colours meet, JPEG bleeds
    assert corners(read.public) == ["red", "green", "blue", "grey"]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "JPEG"),
        ("CMYK", "JPEG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("I;16", "PNG"),
        ("RGBA", "WEBP"),
    ],
)
def test_every_way_to_write_pixels_becomes_a_picture_in_colour(mode: str, kind: str) -> None:
    white = Image.new("I;16", (40, 30), 65535) if mode == "I;16" else Image.new("RGB", (40, 30), "white")

    read = read_photo(written(white if mode == "I;16" else white.convert(mode), kind))

    assert opened(read.public).mode == "RGB"
    assert nearly(opened(read.public).getpixel((20, 15)), (255, 255, 255))  # type: ignore[arg-type]


def test_what_shines_through_lies_on_white() -> None:
    clear = Image.new("RGBA", (40, 30), (200, 0, 0, 0))

    for kind in ("PNG", "WEBP"):
        read = read_photo(written(clear, kind, exact=True) if kind == "WEBP" else written(clear, kind))
        assert opened(read.public).getpixel((20, 15)) == (255, 255, 255)


@pytest.mark.parametrize("kind", EVERY_FORMAT)
@pytest.mark.parametrize(
    ("orientation", "seen"),
    [
        (1, ["red", "green", "blue", "grey"]),
        (2, ["green", "red", "grey", "blue"]),
        (3, ["grey", "blue", "green", "red"]),
        (4, ["blue", "grey", "red", "green"]),
        (5, ["red", "blue", "green", "grey"]),
        (6, ["blue", "red", "grey", "green"]),
        (7, ["grey", "green", "blue", "red"]),
        (8, ["green", "grey", "red", "blue"]),
        (0, ["red", "green", "blue", "grey"]),
        (9, ["red", "green", "blue", "grey"]),
    ],
)
def test_the_public_copy_stands_upright(kind: str, orientation: int, seen: list[str]) -> None:
    read = read_photo(photo(kind, exif=exif(orientation=orientation)))

    assert corners(read.public) == seen
    assert (opened(read.public).width < opened(read.public).height) == (orientation in (5, 6, 7, 8))


def test_the_public_copy_is_at_most_4096_pixels_on_a_side() -> None:
    read = read_photo(written(Image.new("RGB", (8192, 100), "white"), exif=exif(orientation=6)))

    assert opened(read.public).size == (50, PUBLIC_SIDE)


def laden_jpeg() -> bytes:
    thumbnail = written(Image.new("RGB", (16, 16)), comment=PLANTED)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    block = exif(orientation=1)
    data = photo(exif=block + thumbnail + PLANTED, comment=PLANTED, icc_profile=profile + PLANTED)
    return (
        after_the_start(
            data,
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + PLANTED),
            segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + PLANTED),
            segment(0xE2, b"MPF\0" + PLANTED),
            segment(0xE0, b"JFXX\0\x10" + PLANTED),
            segment(0xEF, PLANTED),
        )
        + PLANTED
        + data
    )


def laden_png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", PLANTED.decode())
    texts.add_itxt("XML:com.adobe.xmp", PLANTED.decode())
    data = photo("PNG", pnginfo=texts, exif=exif() + PLANTED, icc_profile=PLANTED)
    return before_the_picture(data, chunk(b"prVt", PLANTED)) + PLANTED


def laden_webp() -> bytes:
    return photo("WEBP", exif=exif() + PLANTED, xmp=PLANTED, icc_profile=PLANTED) + PLANTED


@pytest.mark.parametrize("laden", [laden_jpeg, laden_png, laden_webp])
def test_nothing_that_a_photo_says_beside_its_pixels_is_in_its_public_copy(laden: object) -> None:
    data = laden()  # type: ignore[operator]

    read = read_photo(data)

    assert data.count(PLANTED) >= 4
    assert read.exif.point is not None
    assert PLANTED in read.original
    assert PLANTED not in read.public
    for name in (b"Exif", b"http", b"8BIM", b"MPF", b"ICC_PROFILE", b"\xff\xe1", b"\xff\xe2", b"\xff\xfe"):
        assert name not in read.public
    assert set(opened(read.public).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert read.public.endswith(b"\xff\xd9")
    assert read.public.count(b"\xff\xd8\xff") == 1
    assert corners(read.public) == ["red", "green", "blue", "grey"]


@pytest.mark.parametrize("laden", [laden_jpeg, laden_png, laden_webp])
def test_the_decoder_sees_nothing_beside_the_picture(laden: object) -> None:
    found = bare(laden())  # type: ignore[operator]

    assert PLANTED not in found.picture
    assert opened(found.picture).size == (64, 32)


def test_the_same_pixels_with_other_metadata_have_one_public_copy() -> None:
    assert read_photo(laden_jpeg()).public == read_photo(photo()).public


def test_the_largest_photo_is_taken_and_one_byte_more_is_not() -> None:
    data = photo()
    filled = data + b"\0" * (MOST_BYTES - len(data))

    assert read_photo(filled).original == filled
    with pytest.raises(NotAPhoto, match="larger than 10 MB") as refused:
        read_photo(filled + b"\0")
    assert refused.value.status == 413


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_forty_megapixels_are_taken_and_a_row_more_is_not(kind: str) -> None:
    def plain(width: int, height: int) -> bytes:
        quick = (
            {"quality": 20} if kind == "JPEG" else {"lossless": False, "method": 0} if kind == "WEBP" else {}
        )
        return written(Image.new("L" if kind != "WEBP" else "RGB", (width, height)), kind, **quick)

    assert MOST_PIXELS == 8000 * 5000
    assert opened(read_photo(plain(8000, 5000)).public).size == (PUBLIC_SIDE, 2560)
    with pytest.raises(NotAPhoto, match="8000x5001 is too large") as refused:
        read_photo(plain(8000, 5001))
    assert refused.value.status == 413


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_a_side_of_12000_is_taken_and_one_pixel_more_is_not(kind: str) -> None:
    assert read_photo(written(Image.new("RGB", (LONGEST_SIDE, 2)), kind)).public
    for size in ((LONGEST_SIDE + 1, 2), (2, LONGEST_SIDE + 1)):
        with pytest.raises(NotAPhoto, match="is too large"):
            read_photo(written(Image.new("RGB", size), kind))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_moves_is_no_photo(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, GREEN)]
    data = written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)

    with pytest.raises(NotAPhoto, match="animated") as refused:
        read_photo(data)
    assert refused.value.status == 415


def test_a_telephones_photo_with_a_second_picture_behind_it_shows_the_first() -> None:
    second = Image.new("RGB", (20, 20), "white")
    out = BytesIO()
    four_corners().save(out, "MPO", save_all=True, append_images=[second], quality=95)

    assert corners(read_photo(out.getvalue()).public) == ["red", "green", "blue", "grey"]


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><html><script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"MZ\x90\0\x03",
        b"\x7fELF",
        b"PK\x03\x04",
        b"\0" * 64,
        b"GIF89a",
        b"BM",
        b"RIFF\x24\0\0\0WAVEfmt ",
        written(four_corners(), "GIF"),
        written(four_corners(), "TIFF"),
        written(four_corners(), "BMP"),
        written(four_corners(), "ICO"),
        written(four_corners(), "AVIF"),
    ],
)
def test_another_type_is_refused_whatever_it_is_called(data: bytes) -> None:
    with pytest.raises(NotAPhoto, match="JPEG, PNG or WebP") as refused:
        read_photo(data)
    assert refused.value.status == 415


def test_a_heic_photo_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotAPhoto, match="Most Compatible") as refused:
        read_photo(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "JPEG" in refused.value.reason.zh


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(NotAPhoto, match="empty"):
        read_photo(b"")
