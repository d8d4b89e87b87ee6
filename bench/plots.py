"""图: the ratios against what was asked, and the distributions behind them; drawn without a screen."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.figures import Asked, Figure, Section, Verdict, percentile
from bench.results import Results
from bench.table import bar, number, with_unit

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
)
COLOURS = {Verdict.GOAL: "#1b7f5c", Verdict.MUST: "#d08a1d", Verdict.MISSED: "#c0392b"}
WORDS = {
    Verdict.GOAL: "达标 goal met",
    Verdict.MUST: "守住底线 must held",
    Verdict.MISSED: "未达底线 must missed",
}
LINES = ("#1b6ca8", "#c0392b", "#1b7f5c", "#d08a1d", "#6c4ab6", "#555555")
TIMES = (1 / 64, 1 / 16, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 64, 256, 1024)
INK, PALE = "#22303c", "#d5dbe1"
SMALLEST = 0.1
"""What is nearer to nothing is drawn here: a logarithm has no zero."""
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")

LONGEST_LABEL = 62

Wording = Callable[[str], str]


def draw(results: Results, folder: Path) -> list[tuple[str, str]]:
    """Draw what there is to draw into a folder; return the title and the file of each picture."""
    font = _chinese_font()
    words: Wording = str if font else english
    style: dict[str, Any] = {
        "font.family": [font, "DejaVu Sans"] if font else ["DejaVu Sans"],
        "font.size": 10,
        "axes.unicode_minus": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.edgecolor": PALE,
    }
    sections = [line.section for line in results.lines if line.section is not None]
    drawn = []
    with mpl.rc_context(style):
        for title, file, canvas in _pictures(sections, words):
            canvas.savefig(folder / file, dpi=140, facecolor="white", metadata={"Software": None})
            drawn.append((title, file))
    return drawn


def comparable(sections: Sequence[Section]) -> list[tuple[Figure, Asked]]:
    """Return the figures that can stand on one axis: something was asked of them, and nothing is zero."""
    asked = [(figure, figure.asked) for section in sections for figure in section.figures]
    return [
        (figure, bars)
        for figure, bars in asked
        if bars is not None and min(bars.must, bars.goal, figure.value, figure.low) > 0
    ]


def english(text: str) -> str:
    """Return the English of a text whose Chinese stands first, for where no font has Chinese."""
    return CHINESE.split(text)[-1].lstrip(" ),.:;·") or text


def _pictures(sections: Sequence[Section], words: Wording) -> Iterator[tuple[str, str, Canvas]]:
    figures = comparable(sections)
    if figures:
        yield "各项与底线之比 Every figure against its bar", "ratios.png", _ratios(figures, words)
    for section in sections:
        series = {name: values for name, values in section.series.items() if values}
        if series:
            canvas = _distribution(f"{section.id} {words(section.title)}", section.series_unit, series, words)
            yield f"{section.id} {section.title}", f"{section.id.lower()}.png", canvas


def _ratios(figures: Sequence[tuple[Figure, Asked]], words: Wording) -> Canvas:
    canvas = Canvas(figsize=(11, 1.8 + 0.36 * len(figures)), layout="constrained")
    axes = canvas.subplots()
    for place, (figure, asked) in enumerate(figures):
        _one_figure(axes, place, figure, asked)
    axes.axvline(1, color=INK, linewidth=1.4, zorder=1)
    axes.set_xscale("log", base=2)
    reach = axes.get_xlim()
    axes.set_xticks([times for times in TIMES if reach[0] <= times <= reach[1]], minor=False)
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda times, _: f"{times:.3g}×"))
    axes.set_yticks(
        range(len(figures)), [f"{figure.id}  {words(_short(figure.what))}" for figure, _ in figures]
    )
    axes.set_ylim(len(figures) - 0.4, -0.6)
    axes.set_xlabel(
        words("比底线好几倍(越右越好) times better than what must be held, further right is better")
    )
    _frame(axes, "x")
    _explain(canvas, words)
    said = axes.secondary_yaxis("right")
    said.set_yticks(range(len(figures)), [_value_and_bar(figure, asked) for figure, asked in figures])
    said.tick_params(length=0)
    said.spines["right"].set_visible(False)
    return canvas


def _one_figure(axes: Axes, place: int, figure: Figure, asked: Asked) -> None:
    colour = COLOURS[figure.verdict]
    reached = asked.times_better(figure.value)
    ends = sorted(asked.times_better(value) for value in (figure.low, figure.high))
    axes.hlines(place, min(1.0, reached), max(1.0, reached), color=colour, alpha=0.22, linewidth=9, zorder=2)
    axes.hlines(place, *ends, color=colour, linewidth=1.8, zorder=3)
    axes.plot(reached, place, "o", color=colour, markersize=7, zorder=5)
    goal = asked.times_better(asked.goal)
    axes.plot(goal, place, "D", markerfacecolor="white", markeredgecolor=INK, markersize=6, zorder=4)


def _explain(canvas: Canvas, words: Wording) -> None:
    dots = [Line2D([], [], marker="o", linestyle="", color=COLOURS[verdict]) for verdict in WORDS]
    goal = Line2D([], [], marker="D", linestyle="", markerfacecolor="white", markeredgecolor=INK)
    must = Line2D([], [], color=INK)
    canvas.legend(
        [*dots, goal, must],
        [*map(words, WORDS.values()), words("目标 goal"), words("底线 must = 1×")],
        title=words("各项与底线之比 Every figure against its bar"),
        title_fontproperties={"weight": "bold", "size": 12},
        alignment="left",
        loc="outside upper left",
        ncols=5,
        frameon=False,
        handletextpad=0.3,
        columnspacing=1.6,
    )


def _distribution(title: str, unit: str, series: Mapping[str, Sequence[float]], words: Wording) -> Canvas:
    canvas = Canvas(figsize=(11, 4.8), layout="constrained")
    axes = canvas.subplots()
    for (name, values), colour in zip(series.items(), _colours(), strict=False):
        ordered = [max(SMALLEST, value) for value in sorted(values)]
        shares = [100 * (rank + 1) / len(ordered) for rank in range(len(ordered))]
        axes.step(
            [ordered[0], *ordered],
            [0, *shares],
            where="post",
            color=colour,
            linewidth=2,
            label=_summed_up(words(name), values),
        )
    for share in (50, 99):
        axes.axhline(share, color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.annotate(
            f"p{share}",
            (1, share),
            xycoords=("axes fraction", "data"),
            xytext=(4, -3),
            textcoords="offset points",
            fontsize=9,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0, 103)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g} %"))
    axes.set_ylabel(words("不超过此值的占比 share at or below"))
    axes.set_xlabel(unit)
    axes.set_title(title, loc="left", fontweight="bold", pad=12)
    _frame(axes, "both")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=min(2, len(series)), frameon=False)
    return canvas


def _frame(axes: Axes, lines: str) -> None:
    axes.grid(axis=lines, color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(which="both", length=0)


def _colours() -> Iterator[str]:
    while True:
        yield from LINES


def _summed_up(name: str, values: Sequence[float]) -> str:
    middle, late, last = (
        number(value) for value in (percentile(values, 0.5), percentile(values, 0.99), max(values))
    )
    return f"{name} (n {len(values):,}, p50 {middle}, p99 {late}, max {last})"


def _short(what: str) -> str:
    return what if len(what) <= LONGEST_LABEL else what[: LONGEST_LABEL - 1] + "…"


def _value_and_bar(figure: Figure, asked: Asked) -> str:
    return f"{with_unit(figure.value, figure.unit)}  ({bar(asked, asked.must, figure.unit)})"


def _chinese_font() -> str | None:
    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((font for font in CHINESE_FONTS if font in there), None)
