"""落盘: what was printed goes to a file, whole or not at all, or to standard output."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ops.desk import CANNOT, refuse, say
from printing.missing import NotInstalled

T = TypeVar("T")


def write_file(print_it: Callable[[T], bytes], what: T, into: Path) -> None:
    """Print something into a file, `-` for standard output; ends the command with CANNOT when it cannot."""
    try:
        printed = print_it(what)
    except NotInstalled as missing:
        refuse(f"{missing.label.zh}。\n{missing.label.en}.", CANNOT)
    if str(into) == "-":
        sys.stdout.buffer.write(printed)
        return
    beside = into.with_name(f".{into.name}.part")
    try:
        beside.write_bytes(printed)
        beside.replace(into)
    except OSError as trouble:
        beside.unlink(missing_ok=True)
        refuse(f"无法写入 {into}。 Cannot write {into}: {trouble.strerror}", CANNOT)
    say(f"已排印 printed: {into}")
