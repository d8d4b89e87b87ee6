"""表: the table of goals in Markdown: every figure with its spread, what was asked, and what came of it."""

from collections.abc import Iterator, Sequence

from bench.figures import Asked, Detail, Figure, Section, Verdict
from bench.results import Line, Results

MARKDOWN_FILE = "bench.md"
VERDICTS = {
    Verdict.GOAL: "✔ 达标 goal met",
    Verdict.MUST: "○ 守住底线 must held",
    Verdict.MISSED: "✘ 未达底线 must missed",
    Verdict.TOLD: "仅供参考 told",
}
FAILED = "✘ 未量成 failed"
HEAD = (
    "编号 Id",
    "量什么 What",
    "数值 [低–高] Value [low–high]",
    "底线 Must",
    "目标 Goal",
    "结论 Verdict",
)
INTRODUCTION = """\
# 量度 Measurements

每个数值是同一轮交替运行中各对的中位数，附最低与最高；未标单位的是比值。比值可以比较，绝对值不能。
由 `make bench`、`make bench-large` 写成。
Every value is the median of its pairs inside one interleaved run, with the lowest and the highest; without
a unit it is a ratio. Ratios travel, absolute numbers do not. Written by `make bench` and `make bench-large`.
"""
ABSOLUTE = (
    "绝对值只对那台机器、那一刻有效。 "
    "Absolute numbers hold for that machine and that minute only; they are no promise."
)
HUNDRED = 100


def markdown(results: Results, plots: Sequence[tuple[str, str]] = ()) -> str:
    """Return the whole document; `plots` are the titles and files of the pictures beside it."""
    machines = list(dict.fromkeys(line.on for line in results.lines))
    paragraphs = [
        INTRODUCTION,
        grid(HEAD, [row for line in results.lines for row in rows(line)]),
        "".join(f"![{title}]({file})\n\n" for title, file in plots).rstrip() + "\n" if plots else "",
        "## 机器 Machines\n",
        "".join(f"{number}. {machine.in_words()}\n" for number, machine in enumerate(machines, 1)),
        *(_told_of(line, machines.index(line.on) + 1) for line in results.lines),
    ]
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def rows(line: Line) -> Iterator[tuple[str, ...]]:
    """Give the rows of one line: one a figure, or one that says why there is none."""
    if line.section is None:
        yield line.id, line.failure or "", "", "", "", FAILED
        return
    for figure in line.section.figures:
        asked = figure.asked
        yield (
            figure.id,
            figure.what,
            with_spread(figure),
            bar(asked, asked.must, figure.unit) if asked else "",
            bar(asked, asked.goal, figure.unit) if asked else "",
            VERDICTS[figure.verdict],
        )


def grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)


def with_spread(figure: Figure) -> str:
    """Return a value with its unit, and how far its pairs lie apart if they do."""
    value = with_unit(figure.value, figure.unit)
    if figure.low == figure.high:
        return value
    return f"{value} [{number(figure.low)}–{number(figure.high)}]"


def bar(asked: Asked, height: float, unit: str) -> str:
    """Return what was asked, with its direction."""
    return f"{asked.better} {with_unit(height, unit)}"


def with_unit(value: float, unit: str) -> str:
    """Return a number with its unit; a ratio has none."""
    return number(value) if unit == "ratio" else f"{number(value)} {unit}"


def number(value: float) -> str:
    """Return three digits of a number, as a reader wants them: 0.667, 12.3, 1,234."""
    if value == int(value) or abs(value) >= HUNDRED:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cell(text: str) -> str:
    """Return a text that stays inside its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _told_of(line: Line, machine: int) -> str:
    when = f"{line.at:%Y-%m-%d %H:%M} UTC，用时 took {line.seconds:,.0f} s，机器 machine {machine}"
    if line.section is None:
        return f"## {line.id}\n\n{FAILED}: {cell(line.failure or '')}\n\n{when}。\n"
    section = line.section
    told = f"## {section.id} {cell(section.title)}\n\n{section.how}\n\n{_pairs(section)}{when}。\n"
    return f"{told}\n{_details(section.details)}\n{ABSOLUTE}\n" if section.details else told


def _pairs(section: Section) -> str:
    counts = sorted({figure.pairs for figure in section.figures})
    return f"{'、'.join(map(str, counts))} 对 pairs，" if counts else ""


def _details(details: Sequence[Detail]) -> str:
    names = list(dict.fromkeys(name for detail in details for name in detail.numbers))
    body = [
        [detail.variant, *(number(detail.numbers[name]) if name in detail.numbers else "" for name in names)]
        for detail in details
    ]
    return grid(["变体 Variant", *names], body)
