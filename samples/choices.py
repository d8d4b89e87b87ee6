"""取舍: which entries of the ledger become sample reports, how severe each is taken to be, and why.

Severity follows the working criteria of the project. General: removed at once by village or township.
Serious: needs a department's order or more than one unit. Major: flood or water safety, a superior's order,
recurrence.
"""

from typing import NamedTuple

from domain.terms import Category, Circumstance, Severity

G, S, M = Severity


class Choice(NamedTuple):
    """一条取舍: how severe an entry is taken to be, and the reason."""

    severity: Severity
    reason: str


CHOICES = {
    # Ziyang's own, all nine.
    "LS084": Choice(M, "城区污水直排干流,督察回头看交办"),
    "LS088": Choice(G, "漂浮油脂,打捞和摸排即可"),
    "LS052": Choice(S, "管网溢流,涉及多个单位,市委督查室交办"),
    "LS018": Choice(G, "岸边生活垃圾,村镇可清"),
    "LS012": Choice(S, "八个乡镇管网滞后,需部门牵头"),
    "LS015": Choice(S, "长期溢流直排,需部门整改"),
    "LS040": Choice(M, "省级督察点名且已逾期"),
    "LS047": Choice(G, "单个乡镇管网滞后"),
    "LS002": Choice(G, "断面水质下降,先查原因"),
    # Borrowed. The first stands on 蟠龙河, whose county chief is vacant.
    "LS077": Choice(S, "大量弃土入河,汛期隐患,需部门执法"),
    "LS054": Choice(G, "夜间偷采,量小,当场可制止"),
    "LS061": Choice(G, "水葫芦,一吨,当日可清"),
    "LS011": Choice(S, "跨河建房多年未批,需部门执法"),
    "LS009": Choice(G, "开荒和零星堆物,镇村可清"),
    "LS075": Choice(S, "四千余头猪场直排,需部门执法"),
    "LS073": Choice(G, "个人电鱼,当场制止"),
    "LS069": Choice(G, "局部河堤垮塌待修,未说威胁行洪"),
    "LS025": Choice(G, "浅滩垃圾,保洁可清"),
    "LS017": Choice(S, "沿线二十五处采砂口,有组织"),
    "LS016": Choice(G, "暴雨后漂浮物,乡镇组织清理"),
    "LS044": Choice(S, "侵占行洪断面且拒不自拆"),
    "LS003": Choice(S, "行洪河套垦种填埋,多次反映未解决"),
    "LS014": Choice(M, "饮用水源受污染,跨三县"),
    "LS019": Choice(S, "禁渔期成规模非法捕捞"),
    "LS045": Choice(G, "土堤冲垮约五米,工程量小"),
    "LS027": Choice(G, "排水沟垃圾,镇村可清"),
    "LS007": Choice(S, "多个砂场,深坑不回填,需部门执法"),
    "LS049": Choice(G, "漂浮物虽多,属乡镇清漂"),
    "LS004": Choice(G, "鸡鸭圈和搭架,镇村可拆"),
    "LS028": Choice(M, "影响行洪,曾被冲离,跨省"),
    "LS024": Choice(G, "河段脏臭,清理并排查排口"),
    "LS013": Choice(G, "网箱二十余只,限期可拆"),
    "LS034": Choice(G, "临时堆砂,限期清平"),
    "LS067": Choice(G, "零星扒砂,可当场制止"),
    "LS080": Choice(G, "浮萍杂草,街道打捞"),
    "LS053": Choice(S, "石墙束窄河道,停建后仍施工"),
    "LS051": Choice(S, "非法码头长期夜间作业,需多部门取缔"),
    "LS008": Choice(S, "虚报治理完成,督察通报"),
    "LS023": Choice(G, "无证取水,一个部门可处理"),
    "LS057": Choice(G, "倒垃圾入河,镇村可清"),
    "LS065": Choice(S, "主汛期采砂危及堤防"),
    "LS085": Choice(G, "水葫芦聚集,镇级打捞"),
    "LS055": Choice(G, "小建筑物占堤,联合拆除"),
    "LS056": Choice(G, "绿化带种菜,当日可清"),
    "LS001": Choice(G, "无排污口,断流淤积发臭"),
    "LS063": Choice(G, "桥下垃圾,乡镇可清"),
    "LS082": Choice(M, "盗采危及大桥安全"),
    "LS092": Choice(G, "树枝杂物,村里出工"),
    "LS035": Choice(S, "整幢楼跨河建,需部门处置"),
    "LS079": Choice(G, "围沟种豆,村镇可恢复"),
    "LS059": Choice(G, "工地泥浆,当日可改"),
    "LS068": Choice(G, "一名村民倾倒建筑垃圾"),
    "LS037": Choice(S, "填库汊建别墅,部门推诿"),
    "LS097": Choice(M, "七十处违建阻碍行洪,洪灾中已显现"),
    "LS071": Choice(G, "养鸭粪水,镇里可处理"),
    "LS074": Choice(G, "占河约一百二十平方米"),
    "LS046": Choice(G, "山塘围堰,一个部门可处理"),
    "LS090": Choice(S, "水源保护区围网养殖、死鱼"),
    "LS094": Choice(G, "河水发蓝,查清来源即可"),
    "LS095": Choice(G, "桥洞垃圾,镇村可清"),
    "LS086": Choice(G, "一处点位,当日整改"),
}

BY_MEANING = {
    "LS001": Category.ABNORMAL_WATER,
    "LS002": Category.ABNORMAL_WATER,
    "LS019": Category.ILLEGAL_FISHING,
    "LS023": Category.OTHER,
    "LS045": Category.BANK_DAMAGE,
    "LS069": Category.BANK_DAMAGE,
    "LS073": Category.ILLEGAL_FISHING,
    "LS094": Category.ABNORMAL_WATER,
}
"""Where the text says more than the ledger's own guess."""

CIRCUMSTANCES = {"LS016": (Circumstance.AFTER_STORM,)}
"""Where the text names a circumstance that has a limit of its own."""

TRUE_REACHES = {
    "LS002": "R04-01",
    "LS012": "R07-01",
    "LS015": "R05-01",
    "LS018": "L05-01",
    "LS040": "R05-02",
    "LS047": "R13-01",
    "LS052": "R06-01",
    "LS084": "R01-05",
    "LS088": "R06-01",
}
"""Ziyang's own entries. Four name only Anyue's rivers in general and stand on some reach of that county."""

FIRST_BORROWED_REACH = "R03-01"
