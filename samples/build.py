"""制作样例: `python -m samples.build LEDGER` writes `ziyang_reports.jsonl` beside itself."""

import json
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from domain.posts import Post, division_of, office
from domain.report import Report
from domain.terms import Category, Level, PostKind, Source
from reading.registry import Registry, read_registry
from reading.rows import ReachRow, WaterKind
from samples.choices import BY_MEANING, CHOICES, CIRCUMSTANCES, FIRST_BORROWED_REACH, TRUE_REACHES

HERE = Path(__file__).parent
REGISTRY = HERE.parent / "registry" / "ziyang"
LEADING_TO_A_RESERVOIR = ("水库", "山塘")

CATEGORIES = {
    "占": Category.OCCUPATION,
    "采": Category.EXTRACTION,
    "堆": Category.DUMPING,
    "建": Category.BUILDING,
    "污": Category.SEWAGE,
    "漂": Category.FLOATING_DEBRIS,
}
CHANNELS = {
    Source.PATROL: "巡查 巡河 巡河排查 民间河长 专项行动 镇级行动 执法巡查",
    Source.INSPECTION: "省级督察 中央督察 省级督办 河长办检查 河长办暗访 执法检查 联合检查 联合执法",
    Source.ORDER: "督查室交办 市级河长交办 省厅举报转办 河长办移交 水利部通报",
    Source.TRANSFER: "检察公益诉讼 检察监督 检察摸排 检察排查 检察建议 公安查获 水质监测",
    Source.HOTLINE: "热线 12345 电话举报 来电反映",
    Source.MEDIA: "媒体 媒体热线 媒体读者来信 媒体求助 论坛 电视问政",
    Source.PUBLIC: "督察信访 网络问政 网络线索 市长信箱 县长信箱 书记留言板 网上信件 市民反映 村民举报"
    " 群众举报 举报 治水举报",
}
SOURCES = {channel: source for source, channels in CHANNELS.items() for channel in channels.split()}
FROM_ABOVE = ("省级", "中央")


def sample_reports(ledger: Path, registry: Registry) -> Iterator[Report]:
    """Yield the chosen entries of the ledger as reports on Ziyang's reaches."""
    lines = ledger.read_text(encoding="utf-8").splitlines()
    entries = {entry["id"]: entry for entry in map(json.loads, lines)}
    rivers = cycle(_borrowable(registry, WaterKind.RIVER))
    reservoirs = cycle(_borrowable(registry, WaterKind.RESERVOIR))
    for entry_id in CHOICES:
        entry = entries[entry_id]
        if entry_id in TRUE_REACHES:
            reach = registry.reach(TRUE_REACHES[entry_id])
        elif any(word in entry["water_body"] for word in LEADING_TO_A_RESERVOIR):
            reach = next(reservoirs)
        else:
            reach = next(rivers)
        yield _report(entry, reach, registry)


def _borrowable(registry: Registry, kind: WaterKind) -> list[ReachRow]:
    reaches = [row for row in registry.reaches.values() if registry.rivers[row.river_id].kind == kind]
    return sorted(reaches, key=lambda row: row.reach_id != FIRST_BORROWED_REACH)


def _report(entry: dict[str, Any], reach: ReachRow, registry: Registry) -> Report:
    source = SOURCES[entry["channel"]]
    finder = _finder(source, entry["channel"], reach, registry)
    return Report(
        id=entry["id"],
        text=entry["text"],
        category=BY_MEANING.get(entry["id"]) or CATEGORIES[entry["category_guess"]],
        severity=CHOICES[entry["id"]].severity,
        source=source,
        finder=finder,
        reach=reach.reach_id,
        # A village's patroller speaks of the village's own stretch.
        division=division_of(finder) if finder and source == Source.PATROL else reach.division,
        circumstances=CIRCUMSTANCES.get(entry["id"], ()),
        true_place=f"{entry['place']} {entry['water_body']}",
        borrowed=not entry["in_ziyang"],
        source_url=None if entry["host_is_mirror"] else entry["source_url"],
    )


def _finder(source: Source, channel: str, reach: ReachRow, registry: Registry) -> Post | None:
    if source == Source.PATROL:
        patrollers = (post for post in registry.posts if post.startswith(f"{PostKind.PATROLLER}:"))
        return next(post for post in patrollers if registry.posts[post].reach == reach.reach_id)
    if source == Source.INSPECTION:
        level = Level.PROVINCE if channel.startswith(FROM_ABOVE) else Level.COUNTY
        return office(reach.division, level)
    return None


if __name__ == "__main__":
    reports = sample_reports(Path(sys.argv[1]), read_registry(REGISTRY))
    lines = [
        json.dumps(report.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for report in reports
    ]
    (HERE / "ziyang_reports.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
