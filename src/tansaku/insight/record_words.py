"""Words: the fixed words of the stored records, in the reader's language."""

from __future__ import annotations

from tansaku.language import _


def word(tag: str) -> str:
    """The word for a state or a status; JSON keeps the tag itself."""
    return {
        "open": _("open"),
        "pending": _("pending"),
        "blocked": _("blocked"),
        "measured": _("measured"),
        "replaced": _("replaced by later suggestions"),
        "ok": _("ok"),
        "doubtful": _("doubtful"),
        "excluded": _("excluded"),
        "failed": _("failed"),
        "warn": _("warning"),
        "fail": _("failed"),
        "helps": _("helps"),
        "undecided": _("no evidence yet"),
        "hurts": _("hurts"),
        "parameters": _("the parameters"),
        "elements": _("the amounts of the elements"),
        "sites": _("how the sites are shared"),
        "descriptors": _("descriptors of the formula"),
    }[tag]
