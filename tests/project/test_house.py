"""House rules that ruff, mypy and import-linter cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE_LINES = 400
FUNCTION_LINES = 80  # without the docstring
PUBLIC_METHODS = 12
POSITIONAL = 6
NO_ROOMS = {"utils", "common", "helpers", "core", "misc"}
# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.~<])/(wo" r"rk|ro" r"ot|ho" r"me|Us" r"ers|op" r"t)/\w")
INDEX_HOSTS = re.compile(r"py" r"pi\.org|python" r"hosted\.org|download\.py" r"torch\.org")
BINARY = {".png", ".mo", ".xlsx", ".db"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method below ``tree``."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    """Functions and classes of a body that others may call."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def parsed(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    """Each module with its syntax tree."""
    return ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


@pytest.fixture(scope="module")
def code(tree: list[Path]) -> list[Path]:
    """All Python of the repository."""
    return [path for path in tree if path.suffix == ".py"]


def test_files_stay_readable(code: list[Path]) -> None:
    """No module has grown into two."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in code}
    assert {p: n for p, n in lengths.items() if n > FILE_LINES} == {}


def lines(node: Function) -> int:
    """Lines of a function, its docstring left out."""
    described = node.body[0] if ast.get_docstring(node) else None
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if described is None:
        return total
    return total - ((described.end_lineno or described.lineno) - described.lineno + 1)


def test_functions_stay_short(code: list[Path]) -> None:
    """No function does two things."""
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in parsed(code)
        for node in functions(module)
        if lines(node) > FUNCTION_LINES
    ]
    assert long == []


def test_classes_stay_small(sources: list[Path]) -> None:
    """At most twelve public methods."""
    large = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in parsed(sources)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        and len([each for each in methods(node) if not decorated(each, "property")])
        > PUBLIC_METHODS
    ]
    assert large == []


def methods(node: ast.ClassDef) -> Iterator[Function]:
    """Public methods and properties of a class."""
    return (each for each in public(node.body) if isinstance(each, Function))


def test_many_arguments_are_named(sources: list[Path]) -> None:
    """More than six arguments are keyword-only."""
    crowded = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in parsed(sources)
        for node in functions(module)
        if len([a for a in node.args.args if a.arg not in ("self", "cls")]) > POSITIONAL
        and not decorated(node, "command")
    ]
    assert crowded == []


def decorated(node: Function, word: str) -> bool:
    """Whether a decorator of the function names ``word``: typer reads a command's arguments."""
    return any(word in ast.unparse(decorator) for decorator in node.decorator_list)


def test_public_things_are_documented(sources: list[Path]) -> None:
    """Every module, public class and public function says what it is for."""
    silent = []
    for path, module in parsed(sources):
        if module.body and ast.get_docstring(module) is None:
            silent.append(str(path))
        for node in public(module.body):
            inner = public(node.body) if isinstance(node, ast.ClassDef) else ()
            silent += [
                f"{path}:{each.lineno} {each.name}"
                for each in (node, *inner)
                if ast.get_docstring(each) is None
            ]
    assert silent == []


def test_rooms_have_meaningful_names(sources: list[Path]) -> None:
    """No folder or module is a drawer for everything."""
    assert [path for path in sources if NO_ROOMS & {path.stem, path.parent.name}] == []


def test_nothing_names_a_machine_or_an_index(tree: list[Path]) -> None:
    """The tree holds for every machine: no absolute path, no package index."""
    named = []
    for path in tree:
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if MACHINE_PATHS.search(line) or INDEX_HOSTS.search(line):
                named.append(f"{path}:{number} {line.strip()}")
    assert named == []
