"""Usage: what the library of the command line says itself, in the language in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tansaku.language import _

_Words = Callable[..., str]

_TERMS: Final[tuple[tuple[str, _Words], ...]] = (
    (r"^Usage:", lambda: _("Usage:")),
    (r"\[OPTIONS\]", lambda: _("[OPTIONS]")),
    (r"COMMAND \[ARGS\]\.\.\.", lambda: _("COMMAND [ARGS]...")),
    (r"^Arguments:", lambda: _("Arguments:")),
    (r"^Options:", lambda: _("Options:")),
    (r"^Commands:", lambda: _("Commands:")),
    (r"\[required\]", lambda: _("[required]")),
    # Behind these words a line may end.
    (r"(?<=\[)env var:(?=\s)", lambda: _("env var: ").rstrip()),
    (r"(?<=[\[ ])default:(?=\s)", lambda: _("default: ").rstrip()),
    (r"Show this message and exit\.", lambda: _("Show this message and exit.")),
)
_ERRORS: Final[tuple[tuple[str, _Words], ...]] = (
    (r"No such option: (\S+)", lambda name: _("No such option: {name}").format(name=name)),
    (
        r"\(Possible options: (.+)\)",
        lambda names: _("(Possible options: {names})").format(names=names),
    ),
    (r"No such command '(.+)'\.", lambda name: _("No such command '{name}'.").format(name=name)),
    (r"Missing command\.", lambda: _("Missing command.")),
    (
        r"Missing (?:argument|option|parameter) '(.+)'\.",
        lambda name: _("'{name}' is missing.").format(name=name),
    ),
    (
        r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)",
        lambda text: _("'{text}' is one argument too many.").format(text=text),
    ),
    (
        r"Option '(.+)' requires an argument\.",
        lambda name: _("{name} needs a value.").format(name=name),
    ),
    (
        r"Option '(.+)' does not take a value\.",
        lambda name: _("{name} takes no value.").format(name=name),
    ),
    (
        r"Invalid value for (.+?): Input should be a valid integer.*",
        lambda name: _("{name} takes a whole number.").format(name=name),
    ),
    (
        r"Invalid value for (.+?): Input should be a valid number.*",
        lambda name: _("{name} takes a number.").format(name=name),
    ),
    (
        r"Invalid value for (.+?): Input should be greater than or equal to (.+)",
        lambda name, least: _("{name} is at least {least}.").format(name=name, least=least),
    ),
    (
        r"Invalid value for (.+?): (?:Value error, )?'(.*)' is not one of (.+)\.",
        lambda name, text, names: _("{name}: '{text}' is none of {names}.").format(
            name=name, text=text, names=names
        ),
    ),
    (
        r"Invalid value for (.+?): (.+)",
        lambda name, why: _("{name}: {why}").format(name=name, why=why),
    ),
)


def help_text(text: str) -> str:
    """A page of help with the library's own words in the language in use."""
    for pattern, words in _TERMS:
        text = re.sub(pattern, lambda _found, words=words: words(), text, flags=re.MULTILINE)  # type: ignore[misc]
    return text


def error_text(text: str) -> str:
    """What is wrong with the command line, in the language in use.

    >>> error_text("Missing argument 'NAME'.")
    "'NAME' is missing."
    """
    for pattern, words in _ERRORS:
        text = re.sub(pattern, lambda found, words=words: words(*found.groups()), text)  # type: ignore[misc]
    return text


def options_last(arguments: Sequence[str], shared: Mapping[str, bool]) -> list[str]:
    """The arguments with options of every command that stand before it put behind them.

    Args:
        arguments: Of the command line.
        shared: Those options, and whether a value follows.

    >>> options_last(["--lang", "ja", "suggest", "lab"], {"--lang": True})
    ['suggest', 'lab', '--lang', 'ja']
    """
    first: list[str] = []
    rest = list(arguments)
    while rest and (name := rest[0].partition("=")[0]) in shared:
        taken = 2 if shared[name] and "=" not in rest[0] else 1
        first, rest = [*first, *rest[:taken]], rest[taken:]
    return [*rest, *first] if rest and not rest[0].startswith("-") else rest or first
