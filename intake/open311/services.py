"""服务目录: one service for each category, and what each asks for beside place and words."""

from typing import NamedTuple

from domain.model import Label
from domain.terms import Category, Circumstance, Severity, en, zh
from intake.open311.shapes import Attribute, Definition, Service, Value
from intake.problems import Problem

CHANGESET = "2026-11-24 00:00"
"""When the services or their definitions last changed; clients keep both until it does."""

SEVERITY, CIRCUMSTANCES, REACH, SEEN_AT = "severity", "circumstances", "reach", "seen_at"
CODES = (SEVERITY, CIRCUMSTANCES, REACH, SEEN_AT)

NO_SERVICE = Label("没有这种服务,请查 services 后重报", "there is no such service_code: see GET services")

_LAND, _WATER, _OTHER = "四乱", "水质与水面", "其他"


class Described(NamedTuple):
    """What is said of a category."""

    description: str
    keywords: str
    group: str


DESCRIBED: dict[Category, Described] = {
    Category.OCCUPATION: Described(
        "围垦河湖、侵占河道岸线、种植阻碍行洪的作物林木等。", "侵占,围垦,围河造地,岸线,occupation", _LAND
    ),
    Category.EXTRACTION: Described(
        "未经许可在河道内采砂、取土、采石。", "采砂,挖沙,取土,采石,extraction,sand mining", _LAND
    ),
    Category.DUMPING: Described(
        "在河道管理范围内倾倒、堆放垃圾、渣土、弃料等固体废物。", "垃圾,渣土,倾倒,堆放,dumping,waste", _LAND
    ),
    Category.BUILDING: Described(
        "在河道管理范围内违法修建房屋、围墙、码头、桥涵等。", "违建,房屋,码头,搭建,building", _LAND
    ),
    Category.SEWAGE: Described(
        "生活污水、养殖或工业废水未经处理直接排入河湖。", "污水,排污口,废水,直排,sewage,outfall", _WATER
    ),
    Category.FLOATING_DEBRIS: Described(
        "水面漂浮的垃圾、水葫芦、枯枝等。", "漂浮物,水葫芦,水面垃圾,floating debris", _WATER
    ),
    Category.ABNORMAL_WATER: Described(
        "水体变色、发臭、起泡沫、油污或出现死鱼。", "变色,发臭,黑臭,泡沫,油污,死鱼,abnormal water", _WATER
    ),
    Category.ILLEGAL_FISHING: Described(
        "电鱼、毒鱼、炸鱼,或在禁渔区、禁渔期捕捞。", "电鱼,毒鱼,炸鱼,禁渔,illegal fishing", _OTHER
    ),
    Category.BANK_DAMAGE: Described(
        "堤防、护岸、护坡垮塌或损毁。", "堤防,护岸,垮塌,损毁,bank damage", _OTHER
    ),
    Category.OTHER: Described("不属于以上类别,或说不清类别的河湖问题。", "其他,不清楚,other", _OTHER),
}


def services() -> list[Service]:
    """服务目录."""
    return [
        Service(
            service_code=category,
            service_name=zh(category),
            description=described.description,
            keywords=described.keywords,
            group=described.group,
        )
        for category, described in DESCRIBED.items()
    ]


def category_of(code: str) -> Category:
    """Return the category that a service_code stands for; Problem 404 for any other."""
    if code not in Category.__members__:
        raise Problem(404, "no-service", NO_SERVICE)
    return Category(code)


def definition(category: Category) -> Definition:
    """服务定义: nothing is required, so that a client that asks for no definition can report as well."""
    return Definition(
        service_code=category,
        attributes=[
            Attribute(
                code=SEVERITY,
                datatype="singlevaluelist",
                order=1,
                description="您看问题有多严重?等级由受理单位核定。",
                values=_values(Severity),
            ),
            Attribute(
                code=CIRCUMSTANCES,
                datatype="multivaluelist",
                order=2,
                description="有没有下列特殊情形?可多选。",
                values=_values(Circumstance),
            ),
            Attribute(
                code=REACH,
                datatype="string",
                datatype_description="河段编号,如 R02-01",
                order=3,
                description="现场公示牌上的河段编号;与 address_id 同义,填一个即可。",
            ),
            Attribute(
                code=SEEN_AT,
                datatype="datetime",
                datatype_description="ISO 8601,带时区,如 2026-11-24T09:00:00+08:00",
                order=4,
                description="什么时候看到的?",
            ),
        ],
    )


def _values(terms: type[Severity] | type[Circumstance]) -> list[Value]:
    return [Value(key=term, name=f"{zh(term)} {en(term)}") for term in terms]
