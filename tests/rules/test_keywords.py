"""What a file of keywords may not say: each fault names file, place and reason."""

import re
from pathlib import Path

import pytest

from reading.entries import read_entries
from reading.errors import Unreadable
from reading.keywords import read_keywords
from tests.rules.written import RULES

SMALL = """\
title: 小词表
enough_for_category: {value: 2, source: chosen}
enough_for_severity: {value: 3, source: chosen}
near: {value: 10, source: chosen}
same_characters: {沙: 砂}
negations:
  - {words: [未发现], reach: 10, source: chosen}
ignored: {words: [河长制], source: chosen}
categories:
  EXTRACTION:
    - {means: 采砂, weight: 5, words: [采砂, 挖砂], source: S20}
severities:
  MAJOR:
    - {means: 行洪, weight: 3, words: [行洪], source: S09}
"""
EDITS = {
    "a weight of nothing": ("weight: 5", "weight: 0", "categories.EXTRACTION.0.weight", "不能小于 1"),
    "a weight too heavy": ("weight: 5", "weight: 11", "categories.EXTRACTION.0.weight", "不能大于 10"),
    "a weight in words": ("weight: 5", "weight: 重", "categories.EXTRACTION.0.weight", "须是整数"),
    "a sign without its source": (", source: S20}", "}", "categories.EXTRACTION.0.source", "缺少依据"),
    "a source that is not registered": ("S20", "S999", "categories.EXTRACTION.0.source", "没有 S999"),
    "a source written otherwise": ("S20", "某文件", "categories.EXTRACTION.0.source", "依据写作"),
    "a category that is none": ("EXTRACTION", "EXTRACTING", "categories.EXTRACTING", "没有这个键"),
    "a word twice": ("挖砂]", "采砂]", "categories", "乱采 采砂"),
    "a word twice in two ways": ("挖砂]", "采沙]", "categories", "乱采 采砂"),
    "no words": ("[采砂, 挖砂]", "[]", "categories.EXTRACTION.0.words", "不能为空"),
    "a word with a space": ("挖砂]", "挖 砂]", "categories.EXTRACTION.0.words.1", "写法不合"),
    "words for the lowest grade": ("MAJOR", "GENERAL", "severities", "一般"),
    "an ignored word that is a sign": ("[河长制]", "[行洪]", "ignored", "行洪"),
    "a denial that is a sign": ("[未发现]", "[采砂]", "negations", "采砂"),
    "a denial that is ignored": ("[河长制]", "[未发现]", "ignored", "未发现"),
    "a denial of half the text": ("reach: 10", "reach: 500", "negations.0.reach", "不能大于 20"),
    "a character that leads on": ("{沙: 砂}", "{沙: 砂, 砂: 石}", "same_characters", "沙"),
    "a word for a character": ("{沙: 砂}", "{沙子: 砂}", "same_characters.沙子", "没有这个键"),
    "a key that is none": ("near:", "nearby: 3\nnear:", "nearby", "没有这个键"),
    "an alias": ("[采砂, 挖砂]", "*words", "", ""),
    "a second document": ("title:", "--- {}\n---\ntitle:", "the file", "须是一份文档"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").symlink_to(RULES / "sources.yaml")
    return tmp_path / "words.yaml"


def faults(file: Path, text: str) -> list[tuple[str, str]]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable) as refused:
        read_keywords(file)
    assert {fault.file for fault in refused.value.faults} == {"words.yaml"}
    return [(re.sub(r"^line \d+, ", "", fault.where), fault.reason) for fault in refused.value.faults]


def test_the_small_file_that_the_edits_are_made_to_is_read(file: Path) -> None:
    file.write_text(SMALL, encoding="utf-8")

    assert read_keywords(file).title == "小词表"


@pytest.mark.parametrize(("old", "new", "where", "reason"), EDITS.values(), ids=EDITS)
def test_a_file_is_refused_that_holds(old: str, new: str, where: str, reason: str, file: Path) -> None:
    assert SMALL.count(old) == 1

    found = faults(file, SMALL.replace(old, new))

    assert any(place == where and reason in said for place, said in found) or not where, found


def test_all_faults_of_a_file_are_told_at_once(file: Path) -> None:
    broken = SMALL.replace("weight: 5", "weight: 0").replace("S09", "S999").replace("[河长制]", "[]")

    assert {place for place, _ in faults(file, broken)} == {
        "categories.EXTRACTION.0.weight",
        "severities.MAJOR.0.source",
        "ignored.words",
    }


def test_a_fault_names_its_line(file: Path) -> None:
    file.write_text(SMALL.replace("weight: 3", "weight: 0"), encoding="utf-8")

    with pytest.raises(Unreadable, match=r"words\.yaml: line 14, severities\.MAJOR\.0\.weight: 不能小于 1"):
        read_keywords(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(Unreadable, match=r"words\.yaml: the file: 无法读取"):
        read_keywords(file)


def test_every_line_that_is_no_entry_is_told(tmp_path: Path) -> None:
    file = tmp_path / "entries.jsonl"
    lines = [
        '{"text": "采砂", "category_guess": "采", "second_category_guess": null, "id": 1}',
        '{"text": "采砂"}',
        "",
        '{"text": "采砂", "category_guess": "挖"}',
        "[]",
        "{",
        '{"text": "", "category_guess": "采"}',
    ]
    file.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")

    with pytest.raises(Unreadable) as refused:
        read_entries(file)

    told = [(fault.where, fault.reason) for fault in refused.value.faults]
    assert [where for where, _ in told] == ["line 2", "line 4", "line 5", "line 6", "line 7"]
    assert "缺少字段 category_guess" in told[0][1]
    assert "没有类别 挖" in told[1][1]
    assert "不是一个 JSON 对象" in told[2][1]
    assert "不是一个 JSON 对象" in told[3][1]
    assert "text 不能为空" in told[4][1]
