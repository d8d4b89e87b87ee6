"""类别建议: what the words of a report suggest about its category and severity; a person decides.

A sign counts once, in whichever of its words; a longer word hides the shorter ones inside it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.keywords import Keywords, Kind, Negation, Sign, Target, forms
from domain.model import Frozen, Label, derived
from domain.terms import Category, Severity, en, zh

_ENDS_OF_CLAUSES = frozenset(",.;:!?。\n")
"""What a negation does not reach across."""
_ENUMERATES = frozenset("、和及或与")
"""Behind a denied word it denies the next one too: 无采砂、取土."""
_FOLLOWS = 6
"""Within how many characters behind a word 许可 or 设施 makes a permit or a plant of it."""


class Reason(Frozen):
    """理由: a word of the text, where it stands, and what it weighed for which category or severity."""

    word: str
    at: int
    """Its first character, counted from 0."""
    weight: int
    means: str
    suggests: Target

    @property
    def label(self) -> Label:
        """What a person reads."""
        return Label(
            f"第 {self.at + 1} 字“{self.word}”:{zh(self.suggests)} +{self.weight}({self.means})",
            f"“{self.word}” at {self.at + 1}: {en(self.suggests)} +{self.weight}",
        )


class Suggestion(Frozen):
    """建议: a category, if the words weigh enough for one, and a severity, with every reason by its place."""

    category: Category | None
    severity: Severity
    runner_up: Category | None
    scores: dict[Category, int]
    """The heaviest first; of two that weigh the same, the one that the text names first."""
    grades: dict[Severity, int]
    reasons: tuple[Reason, ...]


def suggest(text: str, keywords: Keywords) -> Suggestion:
    """类别建议: the category whose signs weigh most, the highest severity whose signs weigh enough.

    Any text is answered, in time linear in its length. Rule: R-SUGGEST
    """
    index = _index(keywords)
    folded = text.translate(index.folds)
    of_category = [*_reasons(text, folded, keywords, index.categories)]
    of_severity = [*_reasons(text, folded, keywords, index.severities)]
    scores, weights = _sums(of_category, Category), _sums(of_severity, Severity)
    grades = {of: weights[of] for of in Severity if of in weights}
    ranked = sorted(scores, key=lambda of: -scores[of])
    likely = [of for of in ranked if scores[of] >= keywords.enough_for_category.value]
    grave = [of for of in grades if grades[of] >= keywords.enough_for_severity.value]
    return Suggestion(
        category=likely[0] if likely else None,
        severity=grave[-1] if grave else Severity.GENERAL,
        runner_up=next((of for of in ranked if of not in likely[:1]), None),
        scores={of: scores[of] for of in ranked},
        grades=grades,
        reasons=tuple(sorted((*of_category, *of_severity), key=lambda reason: reason.at)),
    )


def _sums(reasons: list[Reason], kind: type[Kind]) -> dict[Kind, int]:
    """Return what each category weighs, the one that the text names first before the others."""
    sums: dict[Kind, int] = {}
    for reason in reasons:
        of = kind(reason.suggests)
        sums[of] = sums.get(of, 0) + reason.weight
    return sums


class _Entry(NamedTuple):
    """词条: a word with the signs that it shows; with neither signs nor negation it is ignored."""

    signs: tuple["_Shown", ...] = ()
    negation: Negation | None = None


class _Shown(NamedTuple):
    """A sign of a category, and what must or must not stand nearby."""

    target: Target
    sign: Sign
    beside: re.Pattern[str] | None
    unless: re.Pattern[str] | None


class _Words(NamedTuple):
    """词典: the words, and how long those are that begin with one or two characters, the longest first."""

    entries: Mapping[str, _Entry]
    lengths: Mapping[str, tuple[int, ...]]


class _Index(NamedTuple):
    """索引: words of categories and of severities hide none of each other."""

    folds: dict[int, int]
    categories: _Words
    severities: _Words


class _Hit(NamedTuple):
    entry: _Entry
    start: int
    end: int


@derived
def _index(keywords: Keywords) -> _Index:
    folds = forms(keywords.same_characters)
    return _Index(
        folds, _words(keywords, keywords.categories, folds), _words(keywords, keywords.severities, folds)
    )


def _words(keywords: Keywords, table: Mapping[Kind, tuple[Sign, ...]], folds: dict[int, int]) -> _Words:
    shown: dict[str, list[_Shown]] = {}
    for target, signs in table.items():
        for sign in signs:
            one = _Shown(target, sign, _any_of(sign.beside, folds), _any_of(sign.unless, folds))
            for word in _folded(sign.words, folds):
                shown.setdefault(word, []).append(one)
    entries = {word: _Entry(tuple(some)) for word, some in shown.items()}
    entries |= dict.fromkeys(_folded(keywords.ignored.words, folds), _Entry())
    for negation in keywords.negations:
        followed = _folded(negation.unless_followed_by, folds)
        denying = _Entry(negation=negation.model_copy(update={"unless_followed_by": followed}))
        entries |= dict.fromkeys(_folded(negation.words, folds), denying)
    lengths: dict[str, set[int]] = {}
    for word in entries:
        lengths.setdefault(word[:2], set()).add(len(word))
    for beginning, some in lengths.items():
        some.update(lengths.get(beginning[0], ()))
    return _Words(entries, {word: tuple(sorted(some, reverse=True)) for word, some in lengths.items()})


def _any_of(words: tuple[str, ...], folds: dict[int, int]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, _folded(words, folds)))) if words else None


def _folded(words: tuple[str, ...], folds: dict[int, int]) -> tuple[str, ...]:
    return tuple(word.translate(folds) for word in words)


def _hits(folded: str, words: _Words) -> Iterator[_Hit]:
    """最长优先: every word that does not lie inside a longer one, by its place."""
    covered = 0
    for start, character in enumerate(folded):
        for length in words.lengths.get(folded[start : start + 2]) or words.lengths.get(character, ()):
            end = start + length
            if end <= covered:
                break
            if end <= len(folded) and (entry := words.entries.get(folded[start:end])):
                covered = end
                yield _Hit(entry, start, end)
                break


def _reasons(text: str, folded: str, keywords: Keywords, words: _Words) -> Iterator[Reason]:
    seen: set[int] = set()
    denied: dict[int, _Hit] = {}
    for hit in _hits(folded, words):
        if hit.entry.negation is not None:
            denied[id(hit.entry.negation)] = hit
        if denying := [key for key, negated in denied.items() if _denies(negated, hit, folded)]:
            if folded[hit.end : hit.end + 1] in _ENUMERATES:
                denied |= {key: denied[key]._replace(end=hit.end + 1) for key in denying}
            continue
        for shown in hit.entry.signs:
            if id(shown) in seen or not _counts(shown, hit, folded, keywords.near.value):
                continue
            seen.add(id(shown))
            yield Reason(
                word=text[hit.start : hit.end],
                at=hit.start,
                weight=shown.sign.weight,
                means=shown.sign.means,
                suggests=shown.target,
            )


def _counts(shown: _Shown, hit: _Hit, folded: str, near: int) -> bool:
    if shown.beside is not None and not _is_near(shown.beside, hit, folded, near):
        return False
    return shown.unless is None or not _is_near(shown.unless, hit, folded, near)


def _is_near(words: re.Pattern[str], hit: _Hit, folded: str, near: int) -> bool:
    before = words.search(folded, max(0, hit.start - near), hit.start)
    return bool(before or words.search(folded, hit.end, hit.end + near))


def _denies(negated: _Hit, hit: _Hit, folded: str) -> bool:
    """否定: the word stands within reach behind it and in its clause, and not as the name of a permit."""
    negation = negated.entry.negation
    if negation is None or not 0 <= hit.start - negated.end <= negation.reach:
        return False
    if not _ENDS_OF_CLAUSES.isdisjoint(folded[negated.end : hit.start]):
        return False
    named = folded[hit.start : hit.end + _FOLLOWS]
    return not any(word in named for word in negation.unless_followed_by)
