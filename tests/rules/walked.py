"""走过的路: a pytest plugin that writes down what a run of the tests has walked of the rules of an issue.

`-p tests.rules.walked` with the variable WALKED naming a file: arrows, commands, kinds of fact, refusals with
the places that raised them, and every line of domain/issue that ran.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ISSUE = str(Path(__file__).parents[2] / "domain" / "issue")
LINES: set[tuple[str, int]] = set()


def _line(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
    LINES.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
    return _line


WATCHED: dict[str, bool] = {}


def _call(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
    file = frame.f_code.co_filename
    if file not in WATCHED:
        WATCHED[file] = file.startswith(ISSUE)
    return _line if WATCHED[file] else None


def pytest_configure(config: pytest.Config) -> None:
    """Watch from before the first rule is imported."""
    sys.settrace(_call)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down what was walked."""
    sys.settrace(None)
    # Imported last: whoever imports the rules before the watch has begun hides them from it.
    from tests.rules.given import Walked  # noqa: PLC0415

    walked = {
        "arrows": sorted(Walked.arrows),
        "commands": sorted(Walked.commands),
        "kinds": sorted(Walked.kinds),
        "refusals": sorted(Walked.refusals),
        "sites": sorted(Walked.sites),
        "lines": sorted(LINES),
    }
    Path(os.environ["WALKED"]).write_text(json.dumps(walked), encoding="utf-8")
