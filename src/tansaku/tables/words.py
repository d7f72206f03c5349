"""Words: what labs write where a number should stand, in English, Japanese and German.

Only whole cells are compared, after full-width characters became plain ones, without regard to
capitals and to full stops. What is not listed stays text: nobody's word is guessed.
"""

from __future__ import annotations

import re
from typing import Final

from tansaku.typed import as_typed

NOT_DETECTED: Final = frozenset(
    {
        "nd",
        "n/d",
        "not detected",
        "below detection limit",
        "bdl",
        "検出されず",
        "不検出",
        "検出限界以下",
        "nicht nachweisbar",
        "unter nachweisgrenze",
    }
)
"""Nothing was found, but from which value on it would have been found is not said. So this is no
limit that a model could use: the limit itself has to be written, as in ``<1e-9``."""

NOTHING: Final = NOT_DETECTED | frozenset(
    {
        "", "nan", "na", "n/a", "#n/a", "none", "null", "-", "--", "---", "?", "...", "…",
        "tbd", "not measured", "unmeasured", "not yet", "pending", "未", "未測定", "未定", "未実施",
        "測定待ち", "測定中", "未評価", "なし", "無し", "該当なし", "データなし", "空欄",
        "keine angabe", "nicht bestimmt", "nicht gemessen", "noch offen", "offen", "fehlt",
    }
)  # fmt: skip
"""No result, and no reason that speaks of the sample."""

_DOTTED: Final = {"n.b": "nicht bestimmt", "k.a": "keine angabe", "n.n": "nicht nachweisbar"}
"""German abbreviations, which are these words only with their full stops: Nb is an element."""

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―ー−", "-"))

FAILURES: Final = frozenset(
    {
        "failed", "fail", "failure", "ng", "broken", "broke", "cracked", "crack", "cracks",
        "fractured", "shattered", "melted", "molten", "melt", "decomposed", "evaporated",
        "amorphous", "not crystallised", "not crystallized", "no phase", "secondary phase",
        "impurity phase", "not sintered", "unsintered", "not measurable", "unmeasurable",
        "measurement impossible", "short circuit", "short", "shorted", "lost", "×", "x", "✕", "✗",
        "失敗", "不良", "不可", "測定不可", "測定不能", "割れ", "われ", "ワレ", "割れた",
        "割れあり", "ひび", "クラック", "ひび割れ", "破損", "破壊", "溶融", "融解", "溶けた",
        "分解", "揮発", "アモルファス", "非晶質", "未焼結", "焼結せず", "不純物", "異相", "副相",
        "二次相", "短絡", "ショート", "合成失敗", "作製失敗", "試料なし", "紛失", "不合格",
        "gerissen", "riss", "risse", "gebrochen", "zerbrochen", "kaputt", "defekt", "geschmolzen",
        "zersetzt", "amorph", "kurzschluss", "nicht messbar", "fehlgeschlagen", "misslungen",
    }
)  # fmt: skip
"""The sample was made, or tried, and cannot be measured."""

_BEGINS_FAILED: Final = re.compile(
    r"(failed|fail|ng|cracked|broken|melted|gerissen|gebrochen|失敗|割れ|不良|測定不[可能])\s*[:：,、;(（/-]"
)
"""Failures with a remark behind them: ``failed (cracked)``, ``割れ(焼成後)``."""


def plain_word(text: str) -> str:
    """A cell's word as it is compared.

    Example:
        >>> plain_word(" Ｎ．Ｄ． "), plain_word("—")
        ('nd', '-')
    """
    word = as_typed(text).strip().casefold().translate(_DASHES)
    word = _DOTTED.get(word.replace(" ", "").rstrip("."), word)
    return re.sub(r"(?<=[a-z])\.", "", word)


def is_nothing(word: str) -> bool:
    """Whether a word of :func:`plain_word` says that there is no result."""
    return word in NOTHING


def is_failure(word: str) -> bool:
    """Whether a word of :func:`plain_word` says that the sample failed.

    Example:
        >>> is_failure("cracked"), is_failure("failed (cracked)"), is_failure("fine")
        (True, True, False)
    """
    return word in FAILURES or _BEGINS_FAILED.match(word) is not None
