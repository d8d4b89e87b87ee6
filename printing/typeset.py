"""排字: the punctuation of a Chinese text in full width, as print has it."""

import unicodedata

_WIDE = str.maketrans(",;:?!", "，；：？！")
_OPEN, _CLOSE = "(", ")"


def typeset(text: str) -> str:
    """Return a text with the marks beside Chinese characters in full width; 09:00 and 1,000 stay so."""
    out: list[str] = []
    opened: list[int] = []
    for place, each in enumerate(text):
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if each == _OPEN:
            opened.append(place)
            out.append(each)
        elif each == _CLOSE:
            first = opened.pop() if opened else place
            wide = _is_han(text[first - 1 : first]) or any(map(_is_han, text[first : place + 2]))
            if wide and text[first] == _OPEN:
                out[first] = "（"
            out.append("）" if wide else each)
        elif _is_han(before) or _is_han(after) or out[-1:] == ["）"]:
            out.append(each.translate(_WIDE))
        else:
            out.append(each)
    return "".join(out)


def _is_han(character: str) -> bool:
    return character != "" and unicodedata.east_asian_width(character) in "WF"
