"""通报成文: a bulletin as an official document; each figure in words, its issues in the annex."""

from collections.abc import Mapping, Sequence

from domain.bulletin.facts import Rate
from domain.bulletin.lint import percent
from domain.bulletin.messages import title
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.figures import ranking
from domain.indicators import COUNTS, INDICATORS, RATES, Figure, Indicator
from domain.issue.wording import moment
from domain.issue.wording import post as post_words
from domain.paper import Draft, Grid, Heading, Paper, Paragraph, Part
from domain.posts import Division, Post, post_level
from domain.terms import Category, zh
from domain.workdays import local_day

Names = Mapping[str, str]
"""How posts and divisions are called; what is missing is written as its code."""

_AT_A_ROW = 4
"""Issues in one row of an annex: their numbers are long."""


_DRAFTS: Mapping[BulletinState, Draft] = {
    BulletinState.HEARING: "征求意见稿",
    BulletinState.WITHDRAWN: "已撤回",
}
"""What a bulletin without a number is; any other one waits for its approval."""


def paper(bulletin: Bulletin, figures: Sequence[Figure], names: Names) -> Paper:
    """成文: the document of a bulletin; a draft has no number. Rule: R-BULLETIN-PAPER."""
    known = {figure.key: figure for figure in figures}
    issuer = _called(bulletin.issuer, names)
    body: list[Part] = [*_opening(bulletin), *_overall(bulletin, known)]
    body += [*_parts(known, names, bulletin), *_ranked(bulletin, figures, names), *_named(bulletin, names)]
    body += [*_demands(bulletin), *_corrections(bulletin), *_annex(known)]
    dated = local_day(bulletin.approved_at) if bulletin.approved_at else None
    return Paper(
        mark=f"{issuer}文件",
        number=bulletin.document_number,
        draft=_DRAFTS.get(bulletin.state, "送审稿"),
        title=title(bulletin),
        to=tuple(
            _called(post, names) for post in dict.fromkeys((*bulletin.recipients, *bulletin.named_posts))
        ),
        body=tuple(body),
        attachments=("各项统计数所列问题清单",),
        signed=issuer,
        dated=dated,
        copies=tuple(_called(post, names) for post in bulletin.copies),
        printed_by=issuer if dated else None,
        printed_on=local_day(bulletin.issued_at) if bulletin.issued_at else None,
    )


def _opening(bulletin: Bulletin) -> list[Part]:
    first, last = bulletin.period.first, bulletin.period.last
    return [
        Paragraph(
            text=f"现将{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"
            f"河湖问题办理情况通报如下。数据截至{moment(bulletin.cut.at)},共涉及{bulletin.cut.issues}个问题;"
            "每项统计数所列问题见附件,可逐一核对。"
        )
    ]


def _overall(bulletin: Bulletin, known: Mapping[str, Figure]) -> list[Part]:
    counts = ",".join(f"{INDICATORS[each].zh}{known[each].count}个" for each in COUNTS if each in known)
    return [
        Heading(level=1, text="总体情况"),
        Paragraph(text=f"本期{counts}。中止计时的问题不计入逾期。"),
        *(Paragraph(text=_rate_words(bulletin, each, known[each])) for each in RATES if each in known),
    ]


def _rate_words(bulletin: Bulletin, indicator: Indicator, figure: Figure) -> str:
    return f"{INDICATORS[indicator].zh}:{rate_words(figure, bulletin.rules.least_denominator.value)}。"


def rate_words(figure: Figure, least: int) -> str:
    """比率的写法: the two numbers always; the share only of enough issues. Rule: R-BULLETIN-RATE."""
    written = f"{figure.count}/{figure.of or 0}"
    if not figure.of or figure.of < least:
        return f"{written}(分母不足{least},不列比率)"
    return f"{written},{percent(Rate(key=figure.key, count=figure.count, of=figure.of))}%"


def _parts(known: Mapping[str, Figure], names: Names, bulletin: Bulletin) -> list[Part]:
    shown = (Indicator.FOUND, Indicator.CLOSED, Indicator.OPEN, Indicator.OVERDUE, Indicator.SUSPENDED)
    parts = dict.fromkeys(key.partition(".")[2] for key in known if "." in key)
    least = bulletin.rules.least_denominator.value
    heads = (*(INDICATORS[each].zh for each in shown), INDICATORS[Indicator.ON_TIME].zh)

    def row(part: str, name: str) -> tuple[str, ...]:
        counted = tuple(str(known[f"{each}.{part}"].count) for each in shown)
        return (name, *counted, rate_words(known[f"{Indicator.ON_TIME}.{part}"], least))

    places = tuple(row(part, _called(part, names)) for part in parts if part.isdigit())
    kinds = tuple(row(part, zh(Category(part))) for part in parts if not part.isdigit())
    grids = [("分区域情况", "区域", places), ("分类别情况", "类别", kinds)]
    return [
        part
        for heading, head, rows in grids
        if rows
        for part in (Heading(level=1, text=heading), Grid(caption=heading, heads=(head, *heads), rows=rows))
    ]


def _ranked(bulletin: Bulletin, figures: Sequence[Figure], names: Names) -> list[Part]:
    if bulletin.kind is not BulletinKind.QUARTERLY:
        return []
    least = bulletin.rules.least_denominator.value
    rows = tuple(
        (
            str(each.rank) if each.rank else "不排名",
            _called(each.division, names),
            rate_words(each.on_time, least),
            rate_words(each.recurred, least),
        )
        for each in ranking(figures, least)
    )
    note = f"按办理结果排名:先比按期办结率,再比反弹率;结果相同的名次相同;销号不足{least}个的不排名。"
    heads = ("名次", "区域", "按期办结率", "反弹率")
    return [
        Heading(level=1, text="办理结果排名"),
        Paragraph(text=note),
        *([Grid(caption="办理结果排名", heads=heads, rows=rows)] if rows else []),
    ]


def _named(bulletin: Bulletin, names: Names) -> list[Part]:
    if not bulletin.named:
        return []
    rows = tuple(
        (
            named.issue_id,
            zh(named.category),
            zh(named.severity),
            _called(named.division, names),
            _called(named.unit or named.chief, names),
        )
        for named in bulletin.named
    )
    heard = f"印发前已征求被通报单位意见,收到意见{len(bulletin.replies)}份。" if bulletin.until else ""
    heads = ("问题编号", "类别", "等级", "区域", "责任岗位")
    return [
        Heading(level=1, text="逾期未办结问题"),
        Paragraph(text=f"下列{len(rows)}个问题逾期未办结,予以通报。{heard}"),
        Grid(caption="被通报问题", heads=heads, rows=rows),
    ]


def _demands(bulletin: Bulletin) -> list[Part]:
    if not bulletin.remarks:
        return []
    return [Heading(level=1, text="工作要求"), *(Paragraph(text=remark) for remark in bulletin.remarks)]


def _corrections(bulletin: Bulletin) -> list[Part]:
    """更正 stands behind what was issued, which stays as it was."""
    if not bulletin.corrections:
        return []
    entries = [
        Paragraph(text=f"第{entry.count}次更正({moment(entry.at)}):{entry.text}")
        for entry in bulletin.corrections
    ]
    return [Heading(level=1, text="更正"), *entries]


def _annex(known: Mapping[str, Figure]) -> list[Part]:
    """附件: of every figure of the whole that counts anything, the issues it counts."""
    listed = [
        (each, known[each]) for each in Indicator if each in known and (known[each].count or known[each].of)
    ]
    grids: list[Part] = []
    for indicator, figure in listed:
        grids.append(_list(f"{INDICATORS[indicator].zh}({figure.count}个)", figure.issues))
    return [Heading(level=1, text="附件:各项统计数所列问题清单"), *grids]


def _list(caption: str, issues: Sequence[str]) -> Grid:
    rows = [tuple(issues[at : at + _AT_A_ROW]) for at in range(0, len(issues), _AT_A_ROW)]
    padded = tuple((*row, *([""] * (_AT_A_ROW - len(row)))) for row in rows)
    return Grid(caption=caption, heads=("问题编号",) * _AT_A_ROW, rows=padded)


def _called(of: Post | Division, names: Names) -> str:
    if name := names.get(of):
        return name
    return f"{post_words(of)}({of})" if ":" in of and post_level(of) else of
