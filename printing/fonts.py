"""字体: which characters the fonts of this machine can print; asked of fontconfig, as Pango does."""

import ctypes
import unicodedata
from functools import cache

from domain.model import Label
from printing.missing import NotInstalled

GETA = "〓"
"""What a printer sets where a type is missing; an empty box would look like a character of its own."""

_SAMPLES = "河湖长制督办单〔〕〓"
_NEVER = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Controls, invisible marks (some turn the direction of reading), and what no standard defines."""


class _Fonts:
    """Every font's characters, as one set of fontconfig."""

    def __init__(self) -> None:
        try:
            lib = ctypes.CDLL("libfontconfig.so.1")
        except OSError:
            raise NotInstalled(
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
def _printed(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in _NEVER - {"Co", "Cn"}:
        return ""
    return character if _fonts().has(character) else GETA


def printed(text: str) -> str:
    """Return a text as it can be printed here: no invisible marks, 〓 for what no font has."""
    return "".join(map(_printed, text))


def legible(text: str) -> str:
    """Return a text for a reader with fonts of its own: no invisible marks, nothing that is no character."""
    return "".join(
        " " if each.isspace() else each
        for each in text
        if each.isspace() or unicodedata.category(each) not in _NEVER
    )
