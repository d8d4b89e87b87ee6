"""照片读取: bytes become a photo with a public copy, upright and nothing but its pixels, or a refusal."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from threading import Lock

from PIL import Image

from intake import photo_refusals
from intake.photo_containers import Bare, MediaType, bare
from intake.photo_exif import Exif, read_exif
from intake.photo_refusals import LONGEST_SIDE, MOST_BYTES, MOST_PIXELS

PUBLIC_SIDE = 4096
PUBLIC_QUALITY = 85
LARGE = 16_000_000
"""Pixels above which one photo is decoded at a time: 40 megapixels take 0.3 to 0.5 GB, as WebP 0.7."""

_ONE_LARGE = Lock()

_FORMATS: dict[MediaType, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Photo:
    """照片: the bytes as they came, sealed as evidence, and the copy that may be shown."""

    original: bytes = field(repr=False)
    public: bytes = field(repr=False)
    media_type: MediaType
    exif: Exif

    @property
    def digest(self) -> str:
        """SHA-256 of the original, in hex."""
        return sha256(self.original).hexdigest()

    @property
    def public_digest(self) -> str:
        """SHA-256 of the public copy, in hex."""
        return sha256(self.public).hexdigest()


def read_photo(data: bytes) -> Photo:
    """Read a photo of at most 10 MB and 40 megapixels; raises NotAPhoto, and nothing else, for all else.

    Decodes, so run it in a thread: up to a second and a few hundred MB for the largest photos.
    """
    if not data:
        raise photo_refusals.empty()
    if len(data) > MOST_BYTES:
        raise photo_refusals.too_heavy()
    found = bare(data)
    _permit_size(found.width, found.height)
    exif = read_exif(found.exif)
    with _ONE_LARGE if found.width * found.height > LARGE else nullcontext():
        public = _public(found, exif.orientation)
    return Photo(data, public, found.media_type, exif)


def _permit_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise photo_refusals.too_wide(width, height)
    if not width or not height:
        raise photo_refusals.damaged()


def _public(found: Bare, orientation: int) -> bytes:
    try:
        with Image.open(BytesIO(found.picture), formats=[_FORMATS[found.media_type]]) as image:
            shown = _in_colour(image, found)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 over broken bytes a decoder raises anything, failed assertions among it
        raise photo_refusals.damaged() from None
    shown.thumbnail((PUBLIC_SIDE, PUBLIC_SIDE))
    if orientation in _UPRIGHT:
        shown = shown.transpose(_UPRIGHT[orientation])
    shown.info.clear()
    written = BytesIO()
    shown.save(written, "JPEG", quality=PUBLIC_QUALITY)
    return written.getvalue()


def _in_colour(image: Image.Image, found: Bare) -> Image.Image:
    """Decode to RGB what is no larger than it was said to be; what is transparent lies on white."""
    if image.size != (found.width, found.height):
        raise photo_refusals.damaged()
    image.load()
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    glass = image if image.mode == "RGBA" else image.convert("RGBA")
    paper.paste(glass, mask=glass)
    return paper
