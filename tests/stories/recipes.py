"""处置手册 as it is written: its recipes, its other blocks, its anchors, read out of docs/operating.md."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

_FENCE = re.compile(r"(?:<!-- recipe: (?P<name>\w+) -->\n)?```sh\n(?P<lines>.*?)```", re.DOTALL)
_EXIT = re.compile(r"#\s*exit (\d)\s*$")
_HEADING = re.compile(r"^#{2,4} ", re.MULTILINE)
_ITS_OWN = re.compile(r"\A(?:\s|<a id=\"[\w-]+\"></a>)*(?:#{2,4} .*)?")
PLACEHOLDER = re.compile(r"[A-Z]{4,}")


class Line(NamedTuple):
    """One command of a recipe, and the exit status that the document promises."""

    words: tuple[str, ...]
    status: int = 0

    def about(self, **said: str) -> "Line":
        """Put the things themselves in the place of the words that stand for them."""
        words = tuple(said.get(word, word) for word in self.words)
        left = [word for word in words if PLACEHOLDER.fullmatch(word)]
        assert left == [], f"nobody said what {left} is in {' '.join(self.words)}"
        return self._replace(words=words)


def section(heading: str) -> str:
    """Return what stands under a heading of the second level."""
    _, _, below = TEXT.partition(f"\n## {heading}\n")
    assert below, heading
    return below.partition("\n## ")[0]


RUNBOOK = section("按症状处置 By symptom")


def _lines(block: str) -> tuple[Line, ...]:
    return tuple(_line(line) for line in block.replace("\\\n", " ").splitlines() if line.strip())


def _line(text: str) -> Line:
    promised = _EXIT.search(text)
    return Line(tuple(shlex.split(text, comments=True)), int(promised[1]) if promised else 0)


def _named() -> Iterator[tuple[str, tuple[Line, ...]]]:
    for block in _FENCE.finditer(TEXT):
        if block["name"]:
            yield block["name"], _lines(block["lines"])


NAMES = [name for name, _ in _named()]
RECIPES = dict(_named())
OTHERS = [line for block in _FENCE.finditer(RUNBOOK) if not block["name"] for line in _lines(block["lines"])]
"""What stands in the runbook and is no recipe: it wants Docker."""
WITH_DOCKER = [
    line
    for block in _FENCE.finditer(TEXT)
    if not block["name"] and block["lines"].startswith("docker")
    for line in _lines(block["lines"])
]


def under(anchor: str) -> str:
    """Return what an anchor leads to, without its heading, up to the next one; empty if there is none."""
    _, found, below = TEXT.partition(f'<a id="{anchor}"></a>')
    return _HEADING.split(_ITS_OWN.sub("", below, count=1))[0] if found else ""
