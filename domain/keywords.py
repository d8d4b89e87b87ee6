"""关键词表: the words by which a category and a severity are suggested, as an official keeps them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from domain.limits import Ground
from domain.model import Frozen
from domain.terms import Category, Severity, zh

Kind = TypeVar("Kind", Category, Severity)

HEAVIEST = 10
"""What one sign may weigh at most: ten hints cannot be outweighed by a slip of the keyboard."""

_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SMALL = {capital: capital + 0x20 for capital in range(ord("A"), ord("Z") + 1)}
_FORMS = {wide: _SMALL.get(narrow, narrow) for wide, narrow in _HALF_WIDTH.items()} | _SMALL
"""One character for one, so that a place in the folded text is the same place in the text."""

Word = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^\S+$")]
Words = Annotated[tuple[Word, ...], Field(min_length=1)]
Character = Annotated[str, Field(min_length=1, max_length=1)]
Target = Category | Severity


class Number(Frozen):
    """一个数及其依据."""

    value: int = Field(ge=1, le=100)
    source: Ground


class Sign(Frozen):
    """迹象: one thing that a text may show, with all the words for it."""

    means: str = Field(min_length=1)
    weight: int = Field(ge=1, le=HEAVIEST)
    words: Words
    beside: tuple[Word, ...] = ()
    """It counts only with one of these nearby."""
    unless: tuple[Word, ...] = ()
    """It does not count with one of these nearby."""
    source: Ground


class Negation(Frozen):
    """否定: after these words, so many characters on and within the clause, no sign counts."""

    words: Words
    reach: int = Field(ge=0, le=20)
    unless_followed_by: tuple[Word, ...] = ()
    """没有采砂许可 denies the permit, not the act."""
    source: Ground


class Ignored(Frozen):
    """不算的词: names that hold a word of some sign and show nothing."""

    words: Words
    source: Ground


def _grades_above_the_first(table: dict[Severity, tuple[Sign, ...]]) -> dict[Severity, tuple[Sign, ...]]:
    if Severity.GENERAL in table:
        raise ValueError("一般是没有其他迹象时的等级,不写词 (GENERAL is what is left: it has no words)")
    return table


class Keywords(Frozen):
    """关键词表: by which words a category and a severity are suggested."""

    title: str = Field(min_length=1)
    enough_for_category: Number
    enough_for_severity: Number
    near: Number
    """How many characters before and after a word are nearby."""
    same_characters: dict[Character, Character]
    """Another way to write a character: 沙 for 砂, 圍 for 围."""
    categories: dict[Category, tuple[Sign, ...]]
    severities: Annotated[dict[Severity, tuple[Sign, ...]], AfterValidator(_grades_above_the_first)]
    negations: tuple[Negation, ...]
    ignored: Ignored

    @field_validator("same_characters")
    @classmethod
    def _lead_to_one_character(cls, table: dict[str, str]) -> dict[str, str]:
        if chained := [one for one, other in table.items() if other in table]:
            raise ValueError(f"所指的字又指向别的字 (leads on to another one): {', '.join(chained)}")
        return table

    @field_validator("categories", "severities")
    @classmethod
    def _no_word_twice(
        cls, table: dict[Kind, tuple[Sign, ...]], info: ValidationInfo
    ) -> dict[Kind, tuple[Sign, ...]]:
        folds = forms(info.data.get("same_characters", {}))
        twice = {
            target: _doubles(word.translate(folds) for sign in signs for word in sign.words)
            for target, signs in table.items()
        }
        if told := [f"{zh(target)} {word}" for target, words in twice.items() for word in words]:
            raise ValueError(f"同一类别中有重复的词 (a word twice in a category): {', '.join(told)}")
        return table

    @field_validator("negations")
    @classmethod
    def _negations_are_no_signs(
        cls, negations: tuple[Negation, ...], info: ValidationInfo
    ) -> tuple[Negation, ...]:
        _stand_nowhere_else(negations, info.data)
        return negations

    @field_validator("ignored")
    @classmethod
    def _ignored_words_are_no_signs(cls, ignored: Ignored, info: ValidationInfo) -> Ignored:
        _stand_nowhere_else((ignored,), info.data)
        return ignored


def _stand_nowhere_else(holders: Iterable[Negation | Ignored], read: Mapping[str, Any]) -> None:
    folds = forms(read.get("same_characters", {}))
    words = [word.translate(folds) for holder in holders for word in holder.words]
    tables = [read.get(name, {}) for name in ("categories", "severities")]
    others = [sign for table in tables for signs in table.values() for sign in signs]
    others += read.get("negations", ())
    taken = {word.translate(folds) for other in others for word in other.words}
    if told := [*_doubles(words), *sorted(taken.intersection(words))]:
        raise ValueError(f"这些词别处已写 (words that stand elsewhere): {', '.join(told)}")


def forms(same_characters: Mapping[str, str]) -> dict[int, int]:
    """Return the table that folds a text, character by character, into how the words are written."""
    return _FORMS | {ord(one): ord(other.translate(_FORMS)) for one, other in same_characters.items()}


def _doubles(words: Iterable[str]) -> list[str]:
    return sorted(word for word, times in Counter(words).items() if times > 1)
