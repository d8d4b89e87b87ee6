"""名册的话: what a load changes and what an examination found, for the official who will mend it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.table import Table

from domain.issue.wording import moment
from domain.posts import Post
from domain.roster import Acting, Capacity, Passed, Roster, Tenure, WhySkipped
from domain.roster_change import Changed
from domain.roster_check import Checked, Hole
from domain.workdays import CHINA
from ops.desk import out, say, table

CAPACITIES: dict[Capacity, str] = {
    Capacity.HOLDER: "在任",
    Capacity.DEPUTY: "副职(代理)",
    Capacity.ACTING: "递补",
    Capacity.COVER: "代班",
}
WHY: dict[WhySkipped, str] = {
    "vacant": "空缺 vacant",
    "expired": "任期已满 expired",
    "absent": "不在岗 absent",
    "circle": "代班成环 covers in a circle",
}
REMEDIES: dict[WhySkipped, str] = {
    "circle": "请在 absences.csv 改代班人 (name another cover)",
    "absent": "请在 absences.csv 写明代班人 (name a cover)",
    "expired": "请在 tenures.csv 写明继任或代理 (name a successor or an acting holder)",
    "vacant": "请任命,或在 tenures.csv 写明代理 (appoint a holder, a deputy or an acting one)",
}
"""The nearest way out first: a cover is named sooner than a chief is appointed."""

SHOWN = 5


def tell_changed(changed: Changed, issues: Mapping[Post, Sequence[str]], roster: Roster) -> None:
    """Tell what a roster changes; nothing is said of what stays."""
    rows = table("变动 what", "岗位或人数 which", "说明 more")
    for post in changed.posts_new[:SHOWN]:
        rows.add_row("新设岗位 new post", post, roster.posts[post])
    _and_more(rows, changed.posts_new)
    for post in changed.posts_gone:
        rows.add_row("撤销岗位 post gone", post, "")
    for what, tenures in (("到任 comes", changed.come), ("离任 leaves", changed.leave)):
        for tenure in tenures[:SHOWN]:
            rows.add_row(what, tenure.post, _tenure(tenure))
        _and_more(rows, tenures)
    for post in changed.fall_vacant:
        rows.add_row("落空 falls vacant", post, _issues(issues.get(post, ())))
    for post in changed.held_again:
        rows.add_row("有人 held again", post, _issues(issues.get(post, ())))
    for what, count in (("不在岗 absences", changed.absences), ("联系渠道 channels", changed.channels)):
        if count:
            rows.add_row(what, str(count), "")
    if rows.row_count:
        out.print(rows)
    else:
        say("与现有名册一致。 Nothing differs from the roster that is kept.")


def tell_line(post: Post, at: datetime, acting: Sequence[Acting], passed: Sequence[Passed]) -> None:
    """Tell who acts for a post, in the order in which they are asked, and who was passed."""
    say(f"{post} {moment(at)}: {'、'.join(_acting(one) for one in acting) or '无人履职 nobody acts'}")
    if passed:
        say(f"越过 passed: {_passed(passed)}")


def tell_checked(checked: Checked, roster: Roster) -> None:
    """Tell everything that was found, or that the chain is whole."""
    span = f"{moment(checked.since)} — {moment(checked.until)}"
    if checked.is_whole:
        say(f"责任链完整:{checked.posts} 个岗位,{span}。 The chain is whole: every post reaches somebody.")
        return
    say(f"责任链体检 {span} · 岗位 posts {checked.posts} · 断点 holes {len(checked.holes)}")
    rows = table("发现 what", "岗位或人员 who", "何时、原因、办法 when, why, what to do")
    for hole in checked.holes:
        name = roster.posts.get(hole.post, "")
        rows.add_row("断点 hole", hole.post, f"{_span(hole.since, hole.until)} {name}:{_why(hole)}")
    for circle in checked.circles:
        people = "→".join((*circle.people, circle.people[0]))
        when = _span(circle.since, circle.until)
        rows.add_row("代班成环 circle", circle.people[0], f"{when} {people};{REMEDIES['circle']}")
    for late in checked.hand_overs:
        acting = f"现由 {late.acting} 代理" if late.acting else "无人代理"
        when = f"{moment(late.vacant_since)} 起空缺,应于 {moment(late.due_at)} 前交接"
        what = f"{when},{acting};请正式任命并完成交接 (appoint a holder and hand over)"
        rows.add_row("逾期未交接 late", late.post, what)
    for over in checked.expired:
        what = f"{over.person} {moment(over.expired_at)} 到期;请续任、换人,或从 tenures.csv 删去(历史已留存)"
        rows.add_row("副职到期 expired", over.post, f"{what} (renew, replace or remove)")
    for alone in checked.unreached:
        posts = "、".join(alone.posts[:SHOWN]) + ("…" if len(alone.posts) > SHOWN else "")
        what = f"{posts};请在 people/channels.csv 登记 (enter a channel that works)"
        rows.add_row("无有效渠道 channel", alone.person, what)
    for stray in checked.strays:
        what = f"{stray.person};请在 posts.csv 设岗或删去任职 (enter the post or remove the tenure)"
        rows.add_row("无此岗位 no post", stray.post, what)
    out.print(rows)


def _span(since: datetime, until: datetime | None) -> str:
    """A stretch begins at 00:00 and ends at 24:00 of a day, which are two names of one moment."""
    return f"{since.astimezone(CHINA):%Y-%m-%d %H:%M} — {_end(until)}"


def _why(hole: Hole) -> str:
    if not hole.is_listed:
        return "未设岗;请在 posts.csv 设岗 (there is no such post: enter it)"
    reasons = {one.why for one in hole.passed}
    remedy = next((said for why, said in REMEDIES.items() if why in reasons), "")
    return f"{_passed(hole.passed)};{remedy}"


def _passed(passed: Iterable[Passed]) -> str:
    return "、".join(f"{CAPACITIES[one.capacity]} {one.person or ''} {WHY[one.why]}" for one in passed)


def _acting(one: Acting) -> str:
    return f"{one.person}({CAPACITIES[one.capacity]} {one.capacity})"


def _tenure(tenure: Tenure) -> str:
    begins = f"{tenure.from_at.astimezone(CHINA):%Y-%m-%d}" if tenure.from_at else ""
    return f"{tenure.person} {CAPACITIES[tenure.capacity]} {begins} — {_end(tenure.until_at)}"


def _issues(issues: Sequence[str]) -> str:
    listed = "、".join(issues[:SHOWN]) + ("…" if len(issues) > SHOWN else "")
    return (
        f"涉及未办结问题 open issues: {len(issues)} {listed}" if issues else "不涉及未办结问题 no open issue"
    )


def _end(at: datetime | None) -> str:
    return moment(at) if at else "未定 open"


def _and_more(rows: Table, all_of_it: Sequence[object]) -> None:
    if len(all_of_it) > SHOWN:
        rows.add_row("", "", f"… 共 {len(all_of_it)} 项 in all")
