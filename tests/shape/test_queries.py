"""Queries are asked for by name: each name that the store asks for by a literal exists."""

import ast
from collections.abc import Iterator
from pathlib import Path

from store.queries import FOLDER, read_queries

STORE = Path(__file__).parents[2] / "store"
Names = set[tuple[str, str]]


def subject_of(tree: ast.Module) -> str | None:
    """Return of which subject a module reads the queries."""
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name("SQL")],
                value=ast.Call(func=ast.Name("read_queries"), args=[ast.Constant(str(subject))]),
            ):
                return subject
    return None


def read(name: str) -> ast.Module:
    return ast.parse((STORE / f"{name}.py").read_text(encoding="utf-8"))


def asked_for(name: str) -> Iterator[tuple[str, str]]:
    """Yield subject and name of each query that a module asks for by a literal."""
    tree = read(name)
    own = subject_of(tree)
    lent = {
        alias.asname or alias.name: subject_of(read((node.module or "").removeprefix("store.")))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("store.")
        for alias in node.names
        if alias.name == "SQL"
    }
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(name_here), slice=ast.Constant(str(query))) if (
                name_here == "SQL" or name_here in lent
            ):
                yield lent.get(name_here, own) or "", query
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(module), attr="SQL"), slice=ast.Constant(str(query))
            ):
                yield subject_of(read(module)) or "", query


def test_every_query_that_is_asked_for_by_name_exists() -> None:
    known: Names = {(file.stem, name) for file in FOLDER.glob("*.sql") for name in read_queries(file.stem)}
    asked: Names = {one for file in STORE.glob("*.py") for one in asked_for(file.stem)}

    assert len(asked) > 100
    assert asked - known == set()
