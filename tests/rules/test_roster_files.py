import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.roster import Absence, Capacity, Channel, ChannelKind, Tenure
from domain.roster_check import check
from domain.terms import PostKind
from reading.errors import Unreadable
from reading.roster import read_roster
from tests.rules.given import COUNTY_CHIEF, MONDAY, TOWNSHIP_CHIEF, at, book

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"
LI, WANG = "H-512022-028", "H-512022-029"
HEADS = {
    "tenures.csv": "post,person,capacity,from,until",
    "absences.csv": "person,from,until,cover",
    "succession.csv": "kind,level,successors,hand_over_days,source",
    "people/channels.csv": "person,kind,address,works",
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a way to write a table of a copied registry: its lines without the head."""
    folder = Path(shutil.copytree(ZIYANG, tmp_path / "ziyang"))

    def table(name: str, *lines: str, encoding: str = "utf-8", ends: str = "\n", head: str = "") -> Path:
        text = ends.join((head or HEADS[name], *lines, ""))
        (folder / name).write_bytes(text.encode(encoding))
        return folder

    return table


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(Unreadable) as refusal:
        read_roster(folder)
    return [str(fault) for fault in refusal.value.faults]


# ---------------------------------------------------------------- what is read


def test_ziyang_has_one_post_without_anybody_and_that_one_on_purpose() -> None:
    roster = read_roster(ZIYANG)

    until = MONDAY.replace(month=12)
    found = check(roster, MONDAY, until, book().calendar, book().day_ends.value)

    assert [hole.post for hole in found.holes] == [COUNTY_CHIEF]
    assert (found.unreached, found.expired, found.hand_overs, found.circles) == ((), (), (), ())


def test_no_sample_address_can_reach_anybody() -> None:
    channels = [channel for channels in read_roster(ZIYANG).channels.values() for channel in channels]

    assert len(channels) > 200
    assert all(channel.address.endswith("@example.invalid") for channel in channels)


def test_a_last_day_of_office_is_still_a_day_of_office(write: Write) -> None:
    line = f"{COUNTY_CHIEF},{LI},holder,2026-12-01,2026-12-31"

    roster = read_roster(write("tenures.csv", line))

    assert roster.tenures[-1] == Tenure(
        post=COUNTY_CHIEF,
        person=LI,
        capacity=Capacity.HOLDER,
        from_at=at("12-01 00:00"),
        until_at=at("2027-01-01 00:00"),
    )


def test_an_absence_may_begin_and_end_within_a_day(write: Write) -> None:
    roster = read_roster(
        write("absences.csv", f"{LI},2026-12-01 12:00,2026-12-01 14:00,{WANG}", f"{WANG},2026-12-02,,")
    )

    assert roster.absences == (
        Absence(person=LI, from_at=at("12-01 12:00"), until_at=at("12-01 14:00"), cover=WANG),
        Absence(person=WANG, from_at=at("12-02 00:00")),
    )


def test_of_a_persons_channels_the_first_line_comes_first(write: Write) -> None:
    roster = read_roster(
        write("people/channels.csv", f"{LI},短信,+86 000-0000,否", f"{LI},email,li@example.invalid,")
    )

    assert roster.channels[LI] == (
        Channel(kind=ChannelKind.SMS, address="+86 000-0000", works=False),
        Channel(kind=ChannelKind.EMAIL, address="li@example.invalid"),
    )


def test_rules_of_succession_are_data_with_their_source() -> None:
    rules = read_roster(ZIYANG).succession

    assert {rule.hand_over_days for rule in rules} == {30}
    assert all(rule.source for rule in rules)
    assert ("government:{division}",) in {r.successors for r in rules if r.kind is PostKind.GENERAL_CHIEF}


@pytest.mark.parametrize("name", HEADS)
def test_a_folder_may_lack_a_dated_table(write: Write, name: str) -> None:
    folder = write(name)
    (folder / name).unlink()

    assert read_roster(folder).posts


@pytest.mark.parametrize(
    "more", [{"encoding": "utf-8-sig"}, {"ends": "\r\n"}, {"encoding": "utf-8-sig", "ends": "\r\n"}]
)
def test_what_a_spreadsheet_writes_is_read(write: Write, more: dict[str, str]) -> None:
    line = f'"{COUNTY_CHIEF}", {LI} ,在任,2026-12-1,'

    roster = read_roster(write("tenures.csv", line, ",,,,", **more))

    assert roster.tenures[-1].person == LI
    assert roster.tenures[-1].from_at == at("12-01 00:00")


# ---------------------------------------------------------------- what is refused, and in which words


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        (f"{COUNTY_CHIEF},{LI},holder,2026-02-30,", "from 列", "不是日期"),
        (f"{COUNTY_CHIEF},{LI},holder,1.12.2026,", "from 列", "请写成 2026-12-01"),
        (f"{COUNTY_CHIEF},{LI},holder,0026-12-01,", "from 列", "年份"),
        (f"{COUNTY_CHIEF},{LI},holder,9999-12-31,", "from 列", "年份"),
        (f"{COUNTY_CHIEF},{LI},holder,2026-12-01 25:00,", "from 列", "不是日期"),
        (f"{COUNTY_CHIEF},{LI},holder,2026-12-02,2026-12-01", "until 列", "须晚于起始"),
        (f"{COUNTY_CHIEF},{LI},boss,,", "capacity 列", "holder(在任)"),
        (f"{COUNTY_CHIEF},{LI},cover,,", "capacity 列", "holder(在任)"),
        (f"{COUNTY_CHIEF},,holder,,", "person 列", "不是人员代码"),
        (f"{COUNTY_CHIEF},李四,holder,,", "person 列", "不写姓名和电话"),
        (f"{COUNTY_CHIEF},lisi,holder,,", "person 列", "不写姓名和电话"),
        (f"{COUNTY_CHIEF},13800000000,holder,,", "person 列", "不写姓名和电话"),
        (f"chief:512022000000:R99-99,{LI},holder,,", "post 列", "没有这个岗位"),
        (f"chief:51202,{LI},holder,,", "post 列", "不是岗位"),
        (f"{TOWNSHIP_CHIEF},{WANG},holder,,", "capacity 列", "posts.csv 已写 H-512022-028"),
        (f'=cmd|" /C calc"!A0,{LI},holder,,', "post 列", "公式"),
        (f"{COUNTY_CHIEF},@SUM(1),holder,,", "person 列", "公式"),
        (f"{COUNTY_CHIEF},H-1\x1b[31m,holder,,", "person 列", "控制字符"),
        (f'{COUNTY_CHIEF},"H-1\n2",holder,,', "person 列", "控制字符"),
        (f"{COUNTY_CHIEF},{'H' * 500}1,holder,,", "person 列", "最多 400 字"),
        (f"{COUNTY_CHIEF},{LI},holder", "第 2 行", "有 3 格,应为 5 格"),
        (f'{COUNTY_CHIEF},{LI},"holder,,', "第 2 行", "整行无法读取"),
    ],
)
def test_a_wrong_tenure_is_refused_by_row_and_column(write: Write, line: str, place: str, what: str) -> None:
    (fault,) = faults_of(write("tenures.csv", line))

    assert fault.startswith("tenures.csv: 第 ")
    assert place in fault
    assert what in fault
    assert "\x1b" not in fault


@pytest.mark.parametrize(
    ("name", "line", "place", "what"),
    [
        ("absences.csv", f"{LI},,,", "from 列", "不能为空"),
        ("absences.csv", "P-404,2026-12-01,,", "person 列", "没有此人"),
        ("absences.csv", f"{LI},2026-12-01,,P-404", "cover 列", "没有此人"),
        ("absences.csv", f"{LI},2026-12-01,,{LI}", "cover 列", "不能由本人代班"),
        ("absences.csv", f"{LI},2026-12-02,2026-12-01,", "until 列", "须晚于起始"),
        ("succession.csv", "king,city,,30,x", "kind 列", "岗位种类"),
        ("succession.csv", "chief,moon,,30,x", "level 列", "层级"),
        ("succession.csv", "chief,city,,0,x", "hand_over_days 列", "1 至 250"),
        ("succession.csv", "chief,city,,30,", "source 列", "不能为空"),
        ("succession.csv", "chief,city,king:{division},30,x", "successors 列", "不是岗位"),
        ("people/channels.csv", f"{LI},pigeon,roof,", "kind 列", "渠道应为"),
        ("people/channels.csv", f"{LI},email,roof,", "address 列", "不像 email 的地址"),
        ("people/channels.csv", f"{LI},sms,roof,", "address 列", "不像 sms 的地址"),
        ("people/channels.csv", f"{LI},email,a@example.invalid,maybe", "works 列", "yes(是)"),
    ],
)
def test_a_wrong_line_of_another_table_is_refused_as_well(
    write: Write, name: str, line: str, place: str, what: str
) -> None:
    (fault,) = faults_of(write(name, line))

    assert fault.startswith(f"{name}: 第 2 行")
    assert place in fault
    assert what in fault


def test_two_in_one_capacity_at_one_time_are_refused(write: Write) -> None:
    (fault,) = faults_of(
        write(
            "tenures.csv",
            f"{COUNTY_CHIEF},{LI},holder,2026-01-01,2026-12-31",
            f"{COUNTY_CHIEF},{WANG},holder,2026-06-01,2026-06-30",
        )
    )

    assert "第 3 行 from 列" in fault
    assert "与第 2 行重叠" in fault


def test_one_after_another_is_no_overlap(write: Write) -> None:
    folder = write(
        "tenures.csv",
        f"{COUNTY_CHIEF},{LI},holder,,2026-06-30",
        f"{COUNTY_CHIEF},{WANG},holder,2026-07-01,",
        f"{COUNTY_CHIEF},{LI},deputy,2026-07-01,",
    )

    assert len(read_roster(folder).tenures) == len(read_roster(ZIYANG).tenures) + 3


def test_the_same_line_twice_is_refused(write: Write) -> None:
    twice = f"{LI},email,li@example.invalid,"

    (fault,) = faults_of(write("people/channels.csv", twice, twice))

    assert "第 3 行 address 列" in fault
    assert "与第 2 行重复" in fault


def test_all_faults_of_all_files_are_told_at_once(write: Write) -> None:
    write(
        "tenures.csv",
        f"{COUNTY_CHIEF},{LI},boss,2026-02-30,",
        f'{COUNTY_CHIEF},"{"9" * 200_000}",holder,,',
        "x",
    )
    folder = write("absences.csv", "P-404,2026-12-01,,")
    posts = folder / "posts.csv"
    posts.write_text(posts.read_text(encoding="utf-8").replace("H-512000-001", "张三", 1), encoding="utf-8")

    faults = faults_of(folder)

    assert [fault.split(":")[0] for fault in faults] == ["posts.csv", *["tenures.csv"] * 4]


def test_a_cell_of_ten_megabytes_is_refused_and_the_lines_below_are_read(write: Write) -> None:
    faults = faults_of(
        write("tenures.csv", f"{COUNTY_CHIEF},{'9' * 10_000_000},holder,,", f"{COUNTY_CHIEF},{LI},boss,,")
    )

    # Refused by the reader of CSV, whose limit is one for the whole process, or as no person.
    assert [fault[:18] for fault in faults] == ["tenures.csv: 第 2 行", "tenures.csv: 第 3 行"]
    assert all(len(fault) < 300 for fault in faults)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"encoding": "gb18030"}, "不是 UTF-8"),
        ({"head": "post,person"}, "列名应为 post,person,capacity,from,until"),
        ({"head": "=1+1"}, "列名应为"),
    ],
)
def test_a_file_of_another_make_is_refused_with_what_to_do(
    write: Write, more: dict[str, str], what: str
) -> None:
    (fault,) = faults_of(write("tenures.csv", f"{COUNTY_CHIEF},{LI},在任,,", **more))

    assert what in fault


def test_a_long_tenure_overlaps_all_that_begin_in_it(write: Write) -> None:
    faults = faults_of(
        write(
            "tenures.csv",
            f"{COUNTY_CHIEF},{LI},holder,2026-01-01,2026-12-31",
            f"{COUNTY_CHIEF},{WANG},holder,2026-02-01,2026-02-28",
            f"{COUNTY_CHIEF},{WANG},holder,2026-04-01,2026-04-30",
        )
    )

    assert [fault[:19] for fault in faults] == ["tenures.csv: 第 3 行 ", "tenures.csv: 第 4 行 "]
