"""字体: which characters the fonts of this machine can print; asked of fontconfig, as Pango does."""

import ctypes
import unicodedata
from functools import cache

from domain.model import Label
from printing.missing import NotInstalled

GETA = "〓"
"""What a printer sets where a type is missing; an empty box would look like a character of its own."""

_SAMPLES = "河湖长制督办单〔〕〓"
_UNSEEN = {"Cc", "Cf", "Cs"}
"""Controls and marks that nobody sees, some of which turn the direction of reading."""


class _Fonts:
    """Every font's characters, as one set of fontconfig."""

    def __init__(self) -> None:
        try:
            lib = ctypes.CDLL("libfontconfig.so.1")
        except OSError:
            raise NotInstalled.lacking(
                Label("fontconfig 程序库", "the library fontconfig"), "libfontconfig1"
            ) from None
        for name in (
            "FcPatternCreate",
            "FcObjectSetCreate",
            "FcFontList",
            "FcCharSetCreate",
            "FcCharSetUnion",
        ):
            getattr(lib, name).restype = ctypes.c_void_p
        self._lib = lib
        self._covered = self._union()

    def _union(self) -> ctypes.c_void_p:
        lib = self._lib
        wanted = ctypes.c_void_p(lib.FcObjectSetCreate())
        lib.FcObjectSetAdd(wanted, b"charset")
        pattern = ctypes.c_void_p(lib.FcPatternCreate())
        listed = ctypes.cast(lib.FcFontList(None, pattern, wanted), ctypes.POINTER(_FontSet))
        covered = ctypes.c_void_p(lib.FcCharSetCreate())
        for index in range(listed.contents.count):
            one = ctypes.c_void_p()
            if lib.FcPatternGetCharSet(
                ctypes.c_void_p(listed.contents.fonts[index]), b"charset", 0, ctypes.byref(one)
            ):
                continue
            covered = ctypes.c_void_p(lib.FcCharSetUnion(covered, one))
        return covered

    def has(self, character: str) -> bool:
        """Say whether any font has a character."""
        return bool(self._lib.FcCharSetHasChar(self._covered, ctypes.c_uint32(ord(character))))


class _FontSet(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int),
        ("capacity", ctypes.c_int),
        ("fonts", ctypes.POINTER(ctypes.c_void_p)),
    )


@cache
def _fonts() -> _Fonts:
    return _Fonts()


def require_fonts() -> None:
    """Raise NotInstalled unless some font has Chinese characters: never a page of empty boxes."""
    if not all(map(_fonts().has, _SAMPLES)):
        raise NotInstalled.lacking(Label("中文字体", "a font with Chinese characters"), "fonts-noto-cjk")


@cache
def _legible(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in _UNSEEN:
        return ""
    code = ord(character)
    return GETA if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF else character  # noqa: PLR2004


def legible(text: str) -> str:
    """Return a text as it can be shown: no unseen marks, 〓 for what Unicode says is no character."""
    return "".join(map(_legible, text))


@cache
def _printed(character: str) -> str:
    # What stands for private use is another character in each font.
    known = unicodedata.category(character) != "Co" and _fonts().has(character)
    return character if known else GETA


def printed(text: str) -> str:
    """Return a legible text as it can be printed on this machine: 〓 for what none of its fonts has."""
    return "".join(map(_printed, text))
