"""Role words: what labs call their columns, in English, Japanese and German, and what that says.

Compared are whole words of a header in plain characters, without its unit and regardless of
capitals; Japanese words, which no blanks part, also as a piece of it. The first role of
:data:`ROLE_WORDS` with a word in the header is the one that is proposed, so the more telling ones
stand first.
"""

from __future__ import annotations

from typing import Final, Literal

Role = Literal[
    "formula", "composition", "process", "result", "sd", "sem", "error", "repeats", "status",
    "date", "operator", "batch", "note", "id", "input", "other",
]  # fmt: skip

ROLE_WORDS: Final[dict[Role, tuple[str, ...]]] = {
    "date": ("datum", "date", "day", "日付", "測定日", "作製日", "合成日", "年月日", "実施日",
        "時刻", "time of day"),
    "operator": (
        "operator", "person", "measured by", "made by", "experimenter", "担当", "担当者", "測定者",
        "作業者", "実験者", "氏名",
        "bearbeiter", "gemessen von",
    ),
    "status": (
        "status", "zustand", "judgement", "judgment", "ok/ng", "状態", "判定",
        "可否", "合否",
    ),
    "batch": (
        "batch", "lot", "run", "furnace run", "campaign", "バッチ", "ロット", "焼成回", "ラン",
        "シリーズ", "charge", "los",
    ),
    "note": (
        "note", "notes", "remark", "remarks", "comment", "comments", "memo", "備考", "メモ",
        "コメント", "注記", "特記事項", "所見",
        "bemerkung", "bemerkungen", "kommentar", "notiz", "anmerkung",
    ),
    "id": (
        "id", "no", "no.", "nr", "#", "sample", "sample id", "sample no", "name", "label", "code",
        "index", "number", "pool_row", "stdorder", "std order", "runorder", "run order", "pttype",
        "pt type", "blocks", "block", "centerpt", "center pt", "row",
        "試料", "試料名", "試料番号", "サンプル", "サンプル名",
        "サンプル番号", "番号", "名称", "通し番号", "整理番号",
        "probe", "proben-nr", "probennummer", "bezeichnung", "lfd. nr", "prüfkörper",
    ),
    "formula": ("formula", "chemical formula", "化学式", "組成式", "仕込み組成式"),
    "result": (
        "sigma", "σ", "conductivity", "ionic conductivity", "log sigma", "log σ", "logσ", "log10",
        "density", "relative density", "ea", "activation energy", "capacity", "voltage", "yield",
        "strength", "hardness", "modulus", "efficiency", "resistance", "resistivity", "band gap",
        "bandgap", "lattice", "result", "score", "purity", "loss", "伝導度", "伝導率", "導電率",
        "密度", "活性化エネルギー", "容量", "電圧", "収率", "収量", "強度", "硬度", "弾性率",
        "効率", "抵抗", "結果", "測定値", "評価", "特性", "純度", "格子定数",
        "leitfähigkeit", "ionenleitfähigkeit", "dichte", "aktivierungsenergie", "widerstand",
        "ausbeute", "härte", "festigkeit", "wirkungsgrad", "kapazität", "spannung",
    ),
    "process": (
        "temperature", "temp", "t", "time", "t1", "t2", "hold", "dwell", "rate", "ramp", "heating",
        "cooling", "sintering", "calcination", "annealing", "pressure", "atmosphere", "gas", "ph",
        "speed", "rpm", "milling", "crucible", "solvent", "温度", "焼成", "仮焼", "焼結", "時間",
        "速度", "圧力", "雰囲気", "ガス", "るつぼ", "溶媒", "回転数", "ミリング", "プレス圧",
        "temperatur", "zeit", "dauer", "haltezeit", "heizrate", "druck", "atmosphäre", "ofen",
        "tiegel", "lösungsmittel", "sintertemperatur", "glühtemperatur", "sinterzeit", "mahldauer",
        "flux",
    ),
    "composition": (
        "x", "y", "z", "composition", "content", "doping", "dopant", "amount", "ratio", "fraction",
        "mol%", "wt%", "at%", "組成", "添加量", "置換量", "ドープ量", "仕込み", "仕込み量", "配合",
        "含有量", "モル比", "過剰量", "excess",
        "zusammensetzung", "anteil", "gehalt", "dotierung", "überschuss",
    ),
}  # fmt: skip
"""{role: words of headers}."""

MINIMISED: Final = (
    "ea", "activation energy", "resistance", "resistivity", "loss", "cost", "impurity",
    "aktivierungsenergie", "widerstand",
    "活性化エネルギー", "抵抗", "抵抗率", "比抵抗", "不純物", "損失",
)  # fmt: skip
"""Results of which less is usually wanted; a proposal that a person confirms or changes."""

RESULT_UNITS: Final = (
    "S/cm", "mS/cm", "S/m", "μS/cm", "eV", "meV", "kJ/mol", "Ω", "kΩ", "MΩ", "V", "mV", "MPa",
    "GPa", "g/cm3", "A", "mA",
)  # fmt: skip
"""Units in which labs measure; pressures and voltages may be set, too, so words go first."""

PROCESS_UNITS: Final = ("°C", "K", "h", "min", "s", "K/min", "°C/min", "°C/h", "K/h", "rpm", "Pa")
"""Units of what is set at a furnace, a mill or a press."""
