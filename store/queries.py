"""The queries of one subject, read from sql/<subject>.sql; each stands under its name and a sentence."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "sql"
_QUERY = re.compile(r"^-- name: (?P<name>[a-z_]+)\n-- (?P<sentence>[A-Z].*\.)\n", re.MULTILINE)


def read_queries(subject: str) -> Mapping[str, str]:
    """Return the queries of a subject by name; a file with a query that has no sentence raises ValueError."""
    text = (FOLDER / f"{subject}.sql").read_text(encoding="utf-8")
    heads = list(_QUERY.finditer(text))
    ends = [*(head.start() for head in heads), len(text)][1:]
    queries = {head["name"]: text[head.end() : end].strip() for head, end in zip(heads, ends, strict=False)}
    if len(queries) != text.count("-- name:") or not all(queries.values()):
        raise ValueError(f"sql/{subject}.sql: each query needs a name of its own, a sentence and a body")
    return MappingProxyType(queries)
