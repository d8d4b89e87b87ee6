"""The press: a process of its own, which names what is missing, and jams nobody."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from domain.issue.evolve import retell
from domain.issue.explain import explain
from printing.account import account_pdf
from printing.missing import NotInstalled
from printing.press import Accounted, Jammed, Press
from tests.printing.sheets import paper, printed
from tests.rules.explained import lives
from tests.rules.given import at

ROOT = Path(__file__).parents[2]


async def test_a_press_prints_what_is_printed_here() -> None:
    journal, as_of = lives()["late"]
    issue = retell(journal)
    account = explain(issue, at(as_of))

    order, told = await asyncio.gather(
        Press().pdf(paper()), Press().pdf(Accounted(issue=issue, account=account))
    )

    assert order == printed(paper())
    assert told == account_pdf(issue, account)


async def test_the_loop_goes_on_while_a_press_works() -> None:
    printing = asyncio.create_task(Press().pdf(paper()))
    longest, last = 0.0, time.monotonic()
    while not printing.done():
        await asyncio.sleep(0.005)
        now = time.monotonic()
        longest, last = max(longest, now - last), now

    assert printing.result().startswith(b"%PDF")
    assert longest < 0.25


async def test_without_chinese_fonts_there_is_no_pdf_of_boxes_but_the_name_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))

    with pytest.raises(NotInstalled, match="缺少中文字体") as missing:
        await Press().pdf(paper())

    assert missing.value.package == "fonts-noto-cjk"
    assert "fonts-noto-cjk" in missing.value.label.zh
    assert "a font with Chinese characters is missing" in missing.value.label.en


async def test_without_pango_the_name_of_its_package_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.setattr("printing.press._KEPT", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(NotInstalled) as missing:
        await Press().pdf(paper())

    assert missing.value.package == "libpangoft2-1.0-0"


def test_every_package_that_is_named_is_one_that_setup_installs() -> None:
    listed = (ROOT / "apt-packages.txt").read_text(encoding="utf-8").splitlines()
    named = ("libfontconfig1", "libpangoft2-1.0-0", "fonts-noto-cjk")

    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "printing").glob("*.py"))
    assert all(f'"{package}"' in sources for package in named)
    assert sources.count("NotInstalled.lacking(") == len(named)
    assert set(named) <= set(listed)


async def test_a_press_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr("printing.press._KEPT", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(Jammed):
        await Press(within=1.5).pdf(paper())

    await asyncio.sleep(0.2)
    running = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    assert not [each for each in running if each.cmdline()[-1:] == ["printing"]]


async def test_a_crowd_before_a_press_is_turned_away_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr("printing.press._KEPT", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    press = Press(within=30)
    crowd = [asyncio.create_task(press.pdf(paper())) for _ in range(40)]

    done, waiting = await asyncio.wait(crowd, timeout=1)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert (len(done), len(waiting)) == (22, 18)
    assert {type(each.exception()) for each in done} == {Jammed}


async def test_a_press_has_no_password_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("import os, sys\nsys.exit(str(dict(os.environ)))")
    monkeypatch.setattr("printing.press._KEPT", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("RIVER_DATABASE_URL", "postgresql://secret")

    with pytest.raises(Jammed) as jammed:
        await Press().pdf(paper())

    assert "PATH" in str(jammed.value)
    assert "secret" not in str(jammed.value)
