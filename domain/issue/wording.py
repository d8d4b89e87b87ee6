"""措辞: what officials read. Chinese first; posts, places and limits only, never a reporter's words."""

from datetime import datetime

from domain import posts
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import LABELS, Clock, zh
from domain.workdays import CHINA

BODIES = {
    PostKind.CHIEF: "河长",
    PostKind.POLICE: "河道警长",
    PostKind.PATROLLER: "巡河员",
    PostKind.CLEANER: "保洁员",
}


def moment(at: datetime) -> str:
    """Return a moment as it is read in China; seconds only where they say something."""
    local = at.astimezone(CHINA)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def post(of: Post) -> str:
    """Return a post in words: 县级河长, 乡镇级河长办; the code of a division is left to the reader's lists."""
    level, kind = posts.post_level(of), posts.kind_of(of)
    return f"{zh(level)}{LABELS[kind].zh}"


def subject(issue: Issue) -> str:
    """Return 乱堆 · 蟠龙河·蟠龙镇段 · 较严重, the line by which an issue is known."""
    place = issue.title or issue.reach
    return f"{zh(issue.category)} · {place} · {zh(issue.severity)}"


def limit(clock: Clock, limit_at: datetime, *, provisional: bool) -> str:
    """Return the end of a limit, marked when a year without a published notice was counted."""
    mark = "(暂定)" if provisional else ""
    return f"{zh(clock)}时限 {moment(limit_at)}{mark}"


def fact_name(kind: str) -> str:
    """Return a kind of fact as officials say it."""
    return FACTS[kind]
