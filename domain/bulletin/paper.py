"""通报成文: a bulletin as an official document; each figure in words, its issues in the annex."""

from collections.abc import Mapping, Sequence

from domain.bulletin.facts import Rate
from domain.bulletin.lint import percent
from domain.bulletin.messages import title
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.figures import ranking
from domain.indicators import INDICATORS, RATES, Figure, Indicator
from domain.issue.wording import official
from domain.issue.wording import post as post_words
from domain.paper import Annex, Draft, Grid, Heading, Paper, Paragraph, Part, day
from domain.posts import Division, Post, post_level
from domain.terms import Category, zh
from domain.workdays import local_day

Names = Mapping[str, str]
"""How posts and divisions are called; what is missing is written as its code."""

_AT_A_ROW = 3
"""Issues in one row of an annex: of four, no number would stand on one line."""
_LISTS = "各项统计数所列问题清单"
_LISTED = {Indicator.ON_TIME: "按期办结", Indicator.RECURRED: "反弹", Indicator.SELF_FOUND: "自查发现"}
"""How a list is called that a rate counts: the issues are no rate."""

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
    body += [*_demands(bulletin), *_corrections(bulletin)]
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
        annexes=(Annex(title=_LISTS, body=tuple(_lists(known))),),
        signed=issuer,
        dated=dated,
        copies=tuple(_called(post, names) for post in bulletin.copies),
        printed_by=issuer if dated else None,
        printed_on=local_day(bulletin.issued_at) if bulletin.issued_at else None,
    )


def _opening(bulletin: Bulletin) -> list[Part]:
    period = f"{day(bulletin.period.first)}至{day(bulletin.period.last)}"
    if bulletin.period.first == bulletin.period.last:
        period = day(bulletin.period.first)
    return [
        Paragraph(
            text=f"现将{period}河湖问题办理情况通报如下。数据截至{official(bulletin.cut.at)},"
            f"共涉及问题{bulletin.cut.issues}个;各项统计数所列问题见附件。"
        )
    ]


def _overall(bulletin: Bulletin, known: Mapping[str, Figure]) -> list[Part]:
    """总体情况: what came and went, what stands, what was demanded, and the rates."""

    def counted(indicators: Sequence[Indicator]) -> str:
        return "、".join(f"{INDICATORS[each].zh}{known[each].count}个" for each in indicators)

    rates = ";".join(_rate_words(bulletin, each, known[each]) for each in RATES)
    return [
        Heading(level=1, text="总体情况"),
        Paragraph(text=f"本期{counted(_CAME_AND_WENT)}。其中,{counted(_STANDS)};中止计时的问题不计入逾期。"),
        Paragraph(text=f"从督办情况看,{counted(_DRIVEN)}。从办理过程看,{counted(_IN_HAND)}。"),
        Paragraph(text=f"{rates}。"),
    ]


_CAME_AND_WENT = (Indicator.FOUND, Indicator.CLOSED, Indicator.OPEN)
_STANDS = (Indicator.OVERDUE, Indicator.SUSPENDED, Indicator.DISPUTED)
_DRIVEN = (
    *(Indicator.REMINDED, Indicator.ORDERED, Indicator.ESCALATED),
    *(Indicator.NAMED, Indicator.INTERVIEWED, Indicator.REFERRED),
)
_IN_HAND = (Indicator.EXTENDED, Indicator.RETURNED, Indicator.HANDED_BACK)


def _rate_words(bulletin: Bulletin, indicator: Indicator, figure: Figure) -> str:
    return f"{INDICATORS[indicator].zh}{rate_words(figure, bulletin.rules.least_denominator.value)}"


def rate_words(figure: Figure, least: int) -> str:
    """比率的写法: the two numbers always; the share only of enough issues. Rule: R-BULLETIN-RATE."""
    written = f"{figure.count}/{figure.of or 0}"
    if not figure.of or figure.of < least:
        return f"{written}（分母不足{least},不列比率）"
    return f"{percent(Rate(key=figure.key, count=figure.count, of=figure.of))}%（{written}）"


def _rate_cell(figure: Figure, least: int) -> str:
    """In a table the reason stands above it, once."""
    return (
        rate_words(figure, least) if figure.of and figure.of >= least else f"{figure.count}/{figure.of or 0}"
    )


def _parts(known: Mapping[str, Figure], names: Names, bulletin: Bulletin) -> list[Part]:
    shown = (Indicator.FOUND, Indicator.CLOSED, Indicator.OPEN, Indicator.OVERDUE, Indicator.SUSPENDED)
    parts = dict.fromkeys(key.partition(".")[2] for key in known if "." in key)
    least = bulletin.rules.least_denominator.value
    heads = (*(INDICATORS[each].zh for each in shown), INDICATORS[Indicator.ON_TIME].zh)

    def row(part: str, name: str) -> tuple[str, ...]:
        counted = tuple(str(known[f"{each}.{part}"].count) for each in shown)
        return (name, *counted, _rate_cell(known[f"{Indicator.ON_TIME}.{part}"], least))

    places = tuple(row(part, _called(part, names)) for part in parts if part.isdigit())
    kinds = tuple(row(part, zh(Category(part))) for part in parts if not part.isdigit())
    grids = [("分区域情况", "区域", places), ("分类别情况", "类别", kinds)]
    return [
        part
        for heading, head, rows in grids
        if rows
        for part in (
            Heading(level=1, text=heading),
            Paragraph(text=f"各{head}办理情况见下表;销号不足{least}个的,按期办结只列个数,不列比率。"),
            Grid(caption=f"{heading}表", heads=(head, *heads), rows=rows),
        )
    ]


def _ranked(bulletin: Bulletin, figures: Sequence[Figure], names: Names) -> list[Part]:
    if bulletin.kind is not BulletinKind.QUARTERLY:
        return []
    least = bulletin.rules.least_denominator.value
    rows = tuple(
        (
            str(each.rank) if each.rank else "不排名",
            _called(each.division, names),
            _rate_cell(each.on_time, least),
            _rate_cell(each.recurred, least),
        )
        for each in ranking(figures, least)
    )
    note = "按办理结果排名:先比按期办结率,再比反弹率;结果相同的名次相同;"
    note += f"销号不足{least}个的不排名,分母不足{least}的只列个数。"
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
    said = f"收到意见{len(bulletin.replies)}份" if bulletin.replies else "期限内未收到意见"
    heard = f"印发前已征求被通报单位意见,{said}。" if bulletin.until else ""
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
        Paragraph(text=f"第{entry.count}次更正({official(entry.at)}):{entry.text}")
        for entry in bulletin.corrections
    ]
    return [Heading(level=1, text="更正"), *entries]


def _lists(known: Mapping[str, Figure]) -> list[Part]:
    """清单: of every figure of the whole that counts anything, the issues it counts."""
    return [
        _list(f"{_LISTED.get(each, INDICATORS[each].zh)}({known[each].count}个)", known[each].issues)
        for each in Indicator
        if each in known and known[each].count
    ]


def _list(caption: str, issues: Sequence[str]) -> Grid:
    rows = [tuple(issues[at : at + _AT_A_ROW]) for at in range(0, len(issues), _AT_A_ROW)]
    padded = tuple((*row, *([""] * (_AT_A_ROW - len(row)))) for row in rows)
    return Grid(caption=caption, heads=("问题编号",) * _AT_A_ROW, rows=padded)


def _called(of: Post | Division, names: Names) -> str:
    if name := names.get(of):
        return name
    return f"{post_words(of)}({of})" if ":" in of and post_level(of) else of
