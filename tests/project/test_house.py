"""House rules that ruff, mypy and import-linter cannot see."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SLACK = 5  # how far below its ceiling a number may stand
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
        known = isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
        if known and not decorated(node, "overload"):  # what it overloads is documented
            yield node


def parsed(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    """Each module with its syntax tree."""
    return ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def body_lines(node: Function) -> int:
    """Lines of a function's body; the signature and the docstring are for its readers."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1 if body else 0


def arguments(node: Function) -> int:
    """Arguments of a function, its object left out."""
    return len(node.args.posonlyargs + node.args.args + node.args.kwonlyargs) - (
        1 if node.args.args and node.args.args[0].arg in ("self", "cls") else 0
    )


def counted(sources: list[Path]) -> dict[str, int]:
    """What a reader feels, as numbers."""
    trees = [module for _path, module in parsed(sources)]
    every = [node for tree in trees for node in functions(tree)]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    stems = Counter(path.stem for path in sources if not path.stem.startswith("__"))
    methods_of = {
        node.name: sum(not decorated(each, "property") for each in methods(node))
        for node in classes
    }
    return {
        "functions of more than 60 lines": sum(body_lines(node) > 60 for node in every),
        "functions of more than 7 arguments": sum(
            arguments(node) > 7 and not decorated(node, "command") for node in every
        ),
        "file names that occur twice": sum(n > 1 for n in stems.values()),
        "None if .. is None else": sum(
            isinstance(node, ast.IfExp)
            and isinstance(node.body, ast.Constant)
            and node.body.value is None
            and "is None" in ast.unparse(node.test)
            for tree in trees
            for node in ast.walk(tree)
        ),
        "dataclasses": sum(decorated(node, "dataclass") for node in classes),
        "classes of more than 12 public methods": sum(n > 12 for n in methods_of.values()),
    }


CEILINGS = {
    "functions of more than 60 lines": 0,
    "functions of more than 7 arguments": 17,  # what is drawn, as the verb takes it
    "file names that occur twice": 0,
    "None if .. is None else": 83,  # limits that may be missing, by value and by phase; units
    # numbers of components, exact counting, outliers, trash, one unit; what a checkpoint holds,
    # what was replayed, a column in its table; what a picture has no number for
    # of dataclasses: what can be chosen now, the arrays of eleven figures, a slice, and what is
    # common to pictures
    "dataclasses": 249,
    "classes of more than 12 public methods": 2,  # Campaign, the door of Python, and the same afar
}
"""They only shrink; where one grows, the reason stands beside it."""


def test_the_house_grows_no_more_complicated(sources: list[Path]) -> None:
    """No number has grown, and where one has shrunk its ceiling comes down, too."""
    found = counted(sources)
    assert {what: n for what, n in found.items() if n > CEILINGS[what]} == {}
    assert {what: n for what, n in found.items() if n < CEILINGS[what] - SLACK} == {}


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


def decorated(node: Function | ast.ClassDef, word: str) -> bool:
    """Whether a decorator names ``word``: typer reads a command's arguments."""
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
