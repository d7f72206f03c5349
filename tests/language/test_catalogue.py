"""The catalogue is complete, and its tool notices when it is not."""

from __future__ import annotations

import gettext
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tansaku.language import LANGUAGES, _, use

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "catalogue.py"


@pytest.fixture(scope="module")
def catalogue() -> ModuleType:
    return importlib.import_module("catalogue")


def test_every_text_is_translated_and_compiled() -> None:
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_language_but_english_has_a_catalogue(catalogue: ModuleType) -> None:
    assert [po.parts[-3] for po in catalogue.catalogues()] == sorted({*LANGUAGES} - {"en"})


def test_translations_are_spoken_inside_the_block_only() -> None:
    assert _("The table has no rows.") == "The table has no rows."
    with use("ja"):
        assert _("The table has no rows.") == "表に行がありません。"
        assert _("no such text") == "no such text"
    assert _("The table has no rows.") == "The table has no rows."


def test_japanese_texts_are_japanese(catalogue: ModuleType) -> None:
    po = catalogue.LOCALE / "ja" / "LC_MESSAGES" / "tansaku.po"
    translations = catalogue.read_po(po).translations
    sentences = {t: ja for t, ja in translations.items() if t.endswith(".") and " " in t}
    assert len(sentences) > 100
    for text, japanese in sentences.items():
        assert any("\u3040" <= c <= "\u9fff" for c in japanese), text
        assert japanese.endswith(("。", "…", "}")), japanese
    for text, japanese in translations.items():
        assert text.startswith(" ") <= japanese.startswith((" ", "、")), text


SOURCE = """
from tansaku.language import _
name = _("A {thing} with \\"quotes\\",\\na tab\\tand \\\\.")
other = _("one " "and two").format(thing=_(variable))
KINDS: Registry[int] = Registry[int]("kind of thing")
again = _("one and two")
"""


@pytest.fixture
def project(catalogue: ModuleType, tmp_path: Path) -> tuple[Path, Path]:
    source = tmp_path / "src" / "tansaku"
    source.mkdir(parents=True)
    (source / "module.py").write_text(SOURCE, encoding="utf-8")
    return source, source / "locale" / "ja" / "LC_MESSAGES" / "tansaku.po"


def test_texts_are_gathered_from_the_syntax_tree(
    catalogue: ModuleType, project: tuple[Path, Path]
) -> None:
    texts = ('A {thing} with "quotes",\na tab\tand \\.', "kind of thing", "one and two")
    assert catalogue.gathered(project[0]) == texts


def test_texts_filled_before_translation_are_refused(
    catalogue: ModuleType, project: tuple[Path, Path]
) -> None:
    (project[0] / "bad.py").write_text('x = _(f"{a} b")\n', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"bad\.py:1"):
        catalogue.gathered(project[0])


def test_update_keeps_translations_and_compiles_what_gettext_reads(
    catalogue: ModuleType, project: tuple[Path, Path]
) -> None:
    source, po = project
    messages = catalogue.gathered(source)
    catalogue.update(po, messages)
    assert [p.split(":")[0] for p in catalogue.problems(po, messages)] == ["not translated"] * 3
    empty = catalogue.read_po(po)
    full = {
        text: f'訳 {{thing}}\n\t\\"{i}"' if "{" in text else f"訳{i}"
        for i, text in enumerate(messages)
    }
    assert empty.translations == dict.fromkeys(messages, "")
    po.write_text(
        catalogue.po_text(empty._replace(translations=full), messages, catalogue.FLAG),
        encoding="utf-8",
    )
    assert catalogue.problems(po, messages) == ["tansaku.mo is stale"]
    catalogue.update(po, messages)
    assert catalogue.problems(po, messages) == []
    assert catalogue.read_po(po).translations == full
    spoken = gettext.translation("tansaku", po.parents[2], ["ja"])
    assert {text: spoken.gettext(text) for text in messages} == full


def test_a_check_names_dead_texts_and_other_placeholders(
    catalogue: ModuleType, project: tuple[Path, Path]
) -> None:
    _source, po = project
    before = ("dead", "{n:.1f} % of {name}")
    catalogue.update(po, before)
    empty = catalogue.read_po(po)
    wrong = {"{n:.1f} % of {name}": "{name} の {n} %", "dead": "死"}
    po.write_text(catalogue.po_text(empty._replace(translations=wrong), before), encoding="utf-8")
    found = "\n".join(catalogue.problems(po, before[1:]))
    assert "other placeholders: '{n:.1f} % of {name}'" in found
    assert "not used any more: 'dead'" in found
    assert "stale" in found


def test_a_text_that_changed_keeps_its_translation_until_somebody_has_looked(
    catalogue: ModuleType, project: tuple[Path, Path]
) -> None:
    """It is not spoken meanwhile, and it holds again where the change is taken back."""
    _source, po = project
    was, changed = "The table has\nno {rows}.", "The table has\nno {rows} at all."
    known = catalogue.Catalogue("Language: ja\n", {was: "{rows}なし"}, {})
    fuzzy = catalogue.updated(known, [changed])
    assert catalogue.incomplete(fuzzy, [changed]) == [
        f"changed since it was translated: {changed!r}"
    ]
    po.parent.mkdir(parents=True)
    po.write_text(catalogue.po_text(fuzzy, [changed], catalogue.FLAG), encoding="utf-8")
    assert '#, fuzzy, python-brace-format\n#| msgid ""\n#| "The table has\\n"' in po.read_text(
        "utf-8"
    )
    assert catalogue.read_po(po) == catalogue.updated(fuzzy, [changed]) == fuzzy
    assert catalogue.mo_bytes(fuzzy) == catalogue.mo_bytes(fuzzy._replace(translations={}))
    assert catalogue.updated(fuzzy, [was]) == known
    assert catalogue.updated(known, ["Something else"]).translations == {}
