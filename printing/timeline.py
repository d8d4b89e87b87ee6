"""时限图: the clocks of an issue side by side as SVG: solid while they ran, hatched while they stood."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple

from domain.issue.explain import Account, ClockAccount
from domain.issue.run import Passed
from domain.terms import Rung, zh
from domain.workdays import CHINA

WIDTH, NAMES, FOOT = 720.0, 66.0, 44.0
"""Width, room for the names, and for the axis and what the signs mean; the picture is scaled to its page."""

RAN, LATE, STILL, INK, HERE = "#2f6f8f", "#c8102e", "#8a8a8a", "#222222", "#e08a00"
_LEAST = 1.5
_FONT = "'Noto Sans CJK SC', 'SimHei', sans-serif"
_STEPS = (
    *(timedelta(minutes=n) for n in (1, 5, 15, 30)),
    *(timedelta(hours=n) for n in (1, 3, 6, 12)),
    *(timedelta(days=n) for n in (1, 2, 5, 10, 30, 90, 180, 365, 3650, 36500)),
)
_TICKS, _DATE = 9, 24.0


class Scale(NamedTuple):
    """比例: which moment stands where."""

    since: datetime
    until: datetime

    def x(self, at: datetime) -> float:
        """Return where a moment stands; what lies outside stands at the edge."""
        share = (at - self.since) / (self.until - self.since)
        return NAMES + min(max(share, 0.0), 1.0) * (WIDTH - NAMES - 4)


class Band(NamedTuple):
    """行: where a clock stands, and how thick."""

    middle: float
    thick: float

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.middle - self.thick / 2


def timeline(account: Account, first: int = 1, moments: Sequence[datetime] = ()) -> str:
    """Return the picture of an account, its clocks numbered from `first`; nothing in it but what it says.

    Through each of the `moments` goes a line of the class `moment`, for a page that shows one of them.
    """
    scale, row = scale_of(account), _row_height(len(account.clocks))
    height = len(account.clocks) * row
    rows = (
        line
        for place, clock in enumerate(account.clocks)
        for line in _row(scale, first + place, clock, Band((place + 0.5) * row, min(11.0, row * 0.55)))
    )
    now = _now(scale, account.as_of, height)
    lines = (_moment(scale, at, height) for at in moments)
    parts = "\n".join([*_axis(scale, height, account.as_of), *rows, *now, *lines, *_legend(height + 38)])
    size = f'viewBox="0 0 {WIDTH:g} {height + FOOT:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}">\n{_HATCH}{parts}\n</svg>'


def _row_height(rows: int) -> float:
    """Few clocks have room; many stand closer, so that the words have some as well."""
    return min(30.0, max(9.0, 260.0 / max(1, rows)))


_HATCH = (
    '<defs><pattern id="still" width="4" height="4" patternUnits="userSpaceOnUse">'
    f'<path d="M0,4 L4,0" stroke="{STILL}" stroke-width="0.9"/></pattern></defs>\n'
)


def scale_of(account: Account) -> Scale:
    """Return the scale of what has happened, and of the limits that end before as long again.

    A limit a year ahead would press a week's events into one stroke; it stands at the edge as an arrow.
    """
    since = min([account.as_of, *(clock.started_at for clock in account.clocks)])
    happened = max([account.as_of, *(each.until for clock in account.clocks for each in clock.stretches)])
    horizon = happened + max(happened - since, timedelta(minutes=1))
    limits = [clock.limit_at for clock in account.clocks if clock.limit_at <= horizon]
    return Scale(since, max([happened, since + timedelta(minutes=1), *limits]))


def _axis(scale: Scale, height: float, now: datetime) -> Iterator[str]:
    span = scale.until - scale.since
    step = next(step for step in _STEPS if span <= step * _TICKS)
    written = (
        "%H:%M" if step < timedelta(hours=1) else "%m-%d %H:%M" if step < timedelta(days=1) else "%Y-%m-%d"
    )
    at = scale.since.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= scale.until:
        if at >= scale.since:
            x = scale.x(at)
            yield f'<path d="M{x:.1f},0 V{height + 3:g}" stroke="#dddddd" stroke-width="0.6"/>'
            if abs(x - scale.x(now)) > _DATE:
                yield _text(x, height + 11, at.strftime(written), 7, anchor="middle", color="#666666")
        at += step


def _now(scale: Scale, as_of: datetime, height: float) -> Iterator[str]:
    x = scale.x(as_of)
    yield f'<path d="M{x:.1f},0 V{height + 14:g}" stroke="{INK}" stroke-width="0.8" stroke-dasharray="3 2"/>'
    yield _text(min(x, WIDTH - 12), height + 22, "截至", 7.5, anchor="middle")


def _moment(scale: Scale, at: datetime, height: float) -> str:
    x = scale.x(at)
    line = f'<path d="M{x:.1f},0 V{height + 4:g}" stroke="{HERE}" stroke-width="1.4"/>'
    head = f'<path d="M{x - 4:.1f},{height + 11:g} h8 l-4,-7 z" fill="{HERE}"/>'
    return f'<g class="moment">{line}{head}</g>'


def _legend(y: float) -> Iterator[str]:
    signs = ((RAN, "计时"), ("url(#still)", "停止"), (LATE, "逾期"))
    for place, (fill, name) in enumerate(signs):
        x = 60.0 * place
        box = f'x="{x:g}" y="{y - 7:g}" width="24" height="7" fill="{fill}"'
        yield f'<rect {box} stroke="{STILL}" stroke-width="0.4"/>'
        yield _text(x + 28, y, name, 7.5)
    yield f'<path d="M184,{y - 9:g} v11" stroke="{INK}" stroke-width="1.6"/>'
    yield _text(189, y, "届满（▶ 更晚）", 7.5)
    yield f'<path d="M248,{y - 6:g} h4.8 l-2.4,4.6 z" fill="{LATE}"/>'
    rungs = "、".join(f"{int(rung)} {zh(rung)}" for rung in Rung)
    yield _text(256, y, f"节点：{rungs}（空心：改期前或已撤回）", 7.5)


def _row(scale: Scale, place: int, clock: ClockAccount, band: Band) -> Iterator[str]:
    yield _text(0, band.middle + 3, f"{place}. {zh(clock.clock)}", 8)
    for each in clock.stretches:
        if not each.is_running:
            yield _bar(scale, each.since, each.until, band, STILL)
            continue
        in_time = min(each.until, max(each.since, clock.limit_at))
        if in_time > each.since or each.until == each.since:
            yield _bar(scale, each.since, in_time, band, RAN)
        if each.until > in_time:
            yield _bar(scale, in_time, each.until, band, LATE)
    yield _limit(scale, clock.limit_at, band)
    yield from _marks(scale, clock, band)


def _limit(scale: Scale, at: datetime, band: Band) -> str:
    x = scale.x(at)
    if at > scale.until:
        return f'<path d="M{x - 3:.1f},{band.middle - 4:.1f} l5,4 l-5,4 z" fill="{INK}"/>'
    line = f"M{x:.1f},{band.top - 2:.1f} v{band.thick + 4:.1f}"
    return f'<path d="{line}" stroke="{INK}" stroke-width="1.6"/>'


def _bar(scale: Scale, since: datetime, until: datetime, band: Band, color: str) -> str:
    x = scale.x(since)
    width = max(scale.x(until) - x, _LEAST)
    fill = "url(#still)" if color == STILL else color
    box = f'x="{x:.1f}" y="{band.top:.1f}" width="{width:.1f}" height="{band.thick:.1f}"'
    return f'<rect {box} fill="{fill}" stroke="{color}" stroke-width="0.4"/>'


def _marks(scale: Scale, clock: ClockAccount, band: Band) -> Iterator[str]:
    """节点: a sign for each, with the number of its rung where there is room; hollow if it was taken back."""
    marks: list[tuple[Passed, bool]] = [(each, True) for each in clock.passed]
    marks += [(each, False) for each in (*clock.undone, *clock.withdrawn)]
    last = -WIDTH
    for mark, holds in sorted(marks, key=lambda one: (one[0].at, one[0].number)):
        x, fill = scale.x(mark.at), _color(mark.rung) if holds else "white"
        outline = f'stroke="{_color(mark.rung)}" stroke-width="0.7"'
        yield f'<path d="M{x:.1f},{band.top:.1f} l-2.6,-4.4 h5.2 z" fill="{fill}" {outline}/>'
        if x - last > _LABEL:
            yield _text(x + 3.4, band.top - 1, str(int(mark.rung)), 6.5, color=_color(mark.rung))
            last = x


_LABEL = 8.0


def _color(rung: Rung) -> str:
    return "#b07500" if rung is Rung.EARLY else LATE


def _text(x: float, y: float, said: str, size: float, *, anchor: str = "start", color: str = INK) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{color}"'
    return f"<text {where}>{escape(said)}</text>"
