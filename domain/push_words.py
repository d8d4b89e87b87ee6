"""推送措辞: what a telephone shows: the words of the inbox, never more, cut to what a channel carries."""

from collections.abc import Sequence
from typing import NamedTuple

SUBJECT = 60
"""Characters of a subject: enough for the heading and the number of an issue."""


class Words(NamedTuple):
    """一次推送的文字: a subject in one line, then the lines."""

    subject: str
    lines: tuple[str, ...]
    link: str | None = None


def words(texts: Sequence[str], link: str | None = None) -> Words:
    """措辞: one notice as it stands in the inbox, several as a numbered list; each on a line of its own.

    Whatever breaks a line or turns a text is taken out: a subject is a mail's header. Rule: R-PUSH-WORDS
    """
    plain = tuple(" ".join(_printable(text).split()) for text in texts)
    if len(plain) == 1:
        return Words(plain[0].partition(":")[0][:SUBJECT], plain, link)
    numbered = tuple(f"{place}. {text}" for place, text in enumerate(plain, 1))
    return Words(f"【汇总】{len(plain)} 件告知待阅", numbered, link)


def fitted(said: Words, most: int) -> str:
    """Return the body in at most `most` bytes of UTF-8; what does not fit is counted."""
    head = [said.subject] if len(said.lines) > 1 else []
    tail = [f"查看:{said.link}"] if said.link else []
    for kept in range(len(said.lines), 0, -1):
        left = len(said.lines) - kept
        more = [f"另有 {left} 件,请登录收件箱查看。"] if left else []
        body = "\n".join((*head, *said.lines[:kept], *more, *tail))
        if len(body.encode()) <= most:
            return body
    rest = "\n".join(("…请登录收件箱查看全文。", *tail))
    room = max(most - len(rest.encode()), 0)
    first = "\n".join((*head, said.lines[0])).encode()[:room].decode(errors="ignore")
    return first + rest


def _printable(text: str) -> str:
    """Without control, format and private characters; an emoji and its joiners are nobody's words here."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
