"""类别建议: what the keywords suggest for a text, and how often they agree with a person's labels."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.table import Table

from domain.keywords import Keywords
from domain.suggestion import Suggestion, suggest
from domain.terms import Category, zh
from ops.desk import CANNOT, DIFFERS, Json, out, print_json, refuse, say
from reading.entries import Entry, read_entries
from reading.errors import Unreadable
from reading.keywords import read_keywords
from settings import read_settings

BAR = 0.8
"""How many of the entries the keywords must get right."""

_NO_DATABASE = {"database_url": "postgresql://"}
"""The keywords are read without the records, so nobody need say where they are."""
_NONE = "无建议 none"


class Judged(NamedTuple):
    """判定: an entry, what was suggested for it, and whether a person agrees."""

    entry: Entry
    suggestion: Suggestion
    right: bool


def classify(
    texts: Annotated[
        list[str] | None, typer.Argument(help="举报文字 a report's text", metavar="TEXT")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="标注条目(JSONL)，核对准确率 labelled entries to be judged by")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """由文字建议类别和等级,并说明理由。 Suggest a category and a severity from a text, with reasons.

    Exit status: 0 done, 1 fewer than 80 % of the entries are right, 2 a file has faults; every one is named.
    """
    if (texts is None) == (check is None):
        refuse("请给出文字,或用 --check 给出文件。 Give a text, or a file with --check.", CANNOT)
    try:
        keywords = read_keywords(read_settings(_NO_DATABASE).keywords)
        entries = read_entries(check) if check else ()
    except Unreadable as unreadable:
        if as_json:
            print_json({"faults": [fault.model_dump() for fault in unreadable.faults]})
        refuse(str(unreadable), CANNOT)
    if check:
        _check(entries, keywords, as_json=as_json)
    else:
        _show([(text, suggest(text, keywords)) for text in texts or ()], as_json=as_json)


def _show(suggestions: Sequence[tuple[str, Suggestion]], *, as_json: bool) -> None:
    if as_json:
        print_json([{"text": text, **_as_json(suggestion)} for text, suggestion in suggestions])
        return
    for text, suggestion in suggestions:
        say(text)
        say(f"  类别 category   {_named(suggestion.category)}  {_scores(suggestion)}")
        say(f"  等级 severity   {zh(suggestion.severity)} {suggestion.severity}")
        for reason in suggestion.reasons:
            say(f"    {reason.label.zh}  {reason.label.en}")


def _check(entries: Sequence[Entry], keywords: Keywords, *, as_json: bool) -> None:
    judged = [_judge(entry, keywords) for entry in entries]
    right = sum(each.right for each in judged)
    enough = right >= BAR * len(judged)
    if as_json:
        print_json(_account(judged, right))
    else:
        out.print(_confusion_table(judged))
        for each in judged:
            if not each.right:
                _tell_miss(each)
        reached = "达到 reached" if enough else "未达到 not reached"
        say(f"准确率 accuracy {right}/{len(judged)} = {right / len(judged):.1%}, {BAR:.0%} {reached}")
    if not enough:
        raise typer.Exit(DIFFERS)


def _judge(entry: Entry, keywords: Keywords) -> Judged:
    suggestion = suggest(entry.text, keywords)
    return Judged(entry, suggestion, entry.agrees_with(suggestion.category))


def _account(judged: Sequence[Judged], right: int) -> dict[str, Any]:
    confusion: dict[str, dict[str, int]] = {}
    for (label, category), times in _confusion(judged).items():
        confusion.setdefault(label, {})[category or "none"] = times
    return {
        "entries": len(judged),
        "right": right,
        "accuracy": right / len(judged),
        "bar": BAR,
        "confusion": confusion,
        "misses": [
            {**each.entry.model_dump(), **_as_json(each.suggestion)} for each in judged if not each.right
        ],
    }


def _confusion(judged: Sequence[Judged]) -> Counter[tuple[str, Category | None]]:
    """Count labels against suggestions; of two labels the one that agrees, else the first."""
    return Counter((_label(each), each.suggestion.category) for each in judged)


def _label(judged: Judged) -> str:
    entry, category = judged.entry, judged.suggestion.category
    agreeing = (label for label in entry.labels if entry.means(label, category))
    return next(agreeing, entry.labels[0])


def _confusion_table(judged: Sequence[Judged]) -> Table:
    confusion = _confusion(judged)
    suggested: list[Category | None] = [of for of in (*Category, None) if any(c == of for _, c in confusion)]
    made = Table(
        "标注 label", *(zh(of) if of else "无" for of in suggested), title="标注 × 建议 label x suggestion"
    )
    for label in dict.fromkeys(each for each, _ in sorted(confusion, key=lambda pair: pair[0])):
        made.add_row(label, *(str(confusion[label, of] or "·") for of in suggested))
    return made


def _tell_miss(judged: Judged) -> None:
    entry, suggestion = judged.entry, judged.suggestion
    say(f"第 {entry.line} 行 line {entry.line}  {entry.text}")
    say(f"  {'/'.join(entry.labels)} ≠ {_named(suggestion.category)}  {_scores(suggestion)}")
    for reason in suggestion.reasons:
        if isinstance(reason.suggests, Category):
            say(f"    {reason.label.zh}")


def _named(category: Category | None) -> str:
    return f"{zh(category)} {category}" if category else _NONE


def _scores(suggestion: Suggestion) -> str:
    return ", ".join(f"{zh(of)} {score}" for of, score in suggestion.scores.items())


def _as_json(suggestion: Suggestion) -> dict[str, Any]:
    reasons = [
        {**reason.model_dump(), "zh": reason.label.zh, "en": reason.label.en} for reason in suggestion.reasons
    ]
    return {**suggestion.model_dump(), "reasons": reasons}
