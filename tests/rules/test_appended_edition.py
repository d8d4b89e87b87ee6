"""An edition is appended by an official; nothing that was true of the earlier one changes by it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from reading.rulebook import read_editions
from tests.rules.written import RULES, ZIYANG, a_later_edition

ROOT = Path(__file__).parents[2]
OF_THE_BOOK = [
    "tests/rules/test_rulebook.py",
    "tests/rules/test_rulebook_refusals.py",
    "tests/shape/test_readme.py",
    # Fifty edits of the one kind that the others of the file make too.
    *("-k", "not refused_that_holds"),
]


NOT_COPIED = {".venv", ".git", ".hypothesis", "var", "goldens"}


def append_edition(book: Path) -> None:
    """Do to a rule file what its head and the README say."""
    written = book.read_text(encoding="utf-8")
    book.write_text(f"{written}---\n{a_later_edition(ZIYANG)}", encoding="utf-8")


def test_the_earlier_edition_stays_what_it_was(tmp_path: Path) -> None:
    before = {book.edition: book.digest for book in read_editions(RULES / "ziyang.yaml")}

    shutil.copytree(RULES, tmp_path / "rules")
    append_edition(tmp_path / "rules" / "ziyang.yaml")
    after = {book.edition: book.digest for book in read_editions(tmp_path / "rules" / "ziyang.yaml")}

    assert after.items() > before.items()
    assert set(after) - set(before) == {"ziyang-2099-1"}


def test_no_test_of_the_book_breaks(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*cache*", "__pycache__", *NOT_COPIED))
    append_edition(copy / "rules" / "ziyang.yaml")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *OF_THE_BOOK],
        cwd=copy,
        env={**plain, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-3000:]
