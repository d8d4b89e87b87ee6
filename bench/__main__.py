"""量度命令 `python -m bench [G1 G2 …]`; what it answers stands in bench/command.py."""

import os
import sys

from bench.command import app

WORDS = ("measure", "publish", "--help")


def with_the_usual_word(said: list[str]) -> list[str]:
    """Return what was said, as a measurement unless it says what else."""
    return said if said[:1] and said[0] in WORDS else ["measure", *said]


def main() -> None:
    """Run one command and end at once: the SDK's threads sometimes abort an ordinary exit."""
    code: object = 0
    try:
        app(with_the_usual_word(sys.argv[1:]))
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
