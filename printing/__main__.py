"""印刷: one PDF, in a process of its own: what is to be printed comes in as JSON, the PDF goes out."""

import resource
import sys

from domain.paper import Paper
from printing.account import account_pdf
from printing.missing import NotInstalled
from printing.pdf import pdf
from printing.press import MISSING, TO_PRINT

_MEMORY, _SECONDS = 2 << 30, 120
"""No text may hold more of the machine than this."""


def main() -> None:
    """Print what comes in; exits with MISSING when the system lacks something, and names the package."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    wanted = TO_PRINT.validate_json(sys.stdin.buffer.read())
    try:
        done = pdf(wanted) if isinstance(wanted, Paper) else account_pdf(wanted.issue, wanted.account)
    except NotInstalled as missing:
        sys.stderr.write(f"{missing.label.zh}\n{missing.label.en}\n{missing.package}")
        raise SystemExit(MISSING) from None
    sys.stdout.buffer.write(done)


if __name__ == "__main__":
    main()
