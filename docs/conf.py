"""How Sphinx builds the pages: English from docs/, Japanese from docs/ja/, nothing from the net.

Notebooks are MyST texts. They are executed while the pages are built, and each is left beside its
page as an .ipynb file, solutions folded.
"""

from __future__ import annotations

import re
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from nbformat import NotebookNode, write
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator

project = "tansaku"
author = copyright = "The tansaku authors"
extensions = ["myst_nb"]
exclude_patterns = ["ja", "locale"]

html_theme = "furo"
html_title = "tansaku"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False
html_math_renderer = "mathml"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 6

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 600  # seconds for one cell, on a busy machine
nb_output_stderr = "warn"  # a warning in a notebook is an error of the build
nb_merge_streams = True

WORDS = {
    "en": {
        "show": "Show the code",
        "hide": "Hide",
        "download": "This page as a Jupyter notebook",
        "other": "日本語",
    },
    "ja": {
        "show": "コードを開く",
        "hide": "閉じる",
        "download": "このページの Jupyter ノートブック",
        "other": "English",
    },
}
OF_THE_THEME = {
    "Back to top": "先頭へ",
    "Home": "ホーム",
    "Made with ": "使用: ",
    "Next": "次へ",
    "On this page": "このページの内容",
    "Previous": "前へ",
}
"""Words of the theme that Sphinx does not translate into Japanese."""
FOLDED = {"source_hidden": True, "outputs_hidden": True}
"""What JupyterLab reads where the page has a folded solution."""


def words_of_the_language(_app: Sphinx, config: Config) -> None:
    """The few words that the pages add to the theme's own."""
    config.nb_code_prompt_show = WORDS[config.language]["show"]
    config.nb_code_prompt_hide = WORDS[config.language]["hide"]


class Theme(NullTranslations):
    """What is asked where Sphinx has no translation."""

    def gettext(self, message: str) -> str:
        """The theme's word in Japanese, else the message as it is."""
        return OF_THE_THEME.get(message, message)


def words_of_the_theme(app: Sphinx) -> None:
    """Japanese pages say nothing in English."""
    if app.config.language == "ja":
        app.translator.add_fallback(Theme())


def notebook_of(source: Path) -> NotebookNode | None:
    """The notebook that a page is, or None where it is a text."""
    text = source.read_text(encoding="utf-8")
    if not is_myst_markdown_notebook(text):
        return None
    notebook = read_myst_markdown_notebook(text)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\((\d\d-[\w-]+)\.md\)", r"](\1.ipynb)", cell.source)
        elif "hide-cell" in cell.metadata.get("tags", ()):
            cell.metadata["jupyter"] = FOLDED
    return notebook


def notebooks_to_take_away(app: Sphinx, exception: Exception | None) -> None:
    """Beside each page that is a notebook, the .ipynb file."""
    if exception is not None or app.builder.format != "html":
        return
    for page in app.env.found_docs:
        notebook = notebook_of(Path(app.env.doc2path(page)))
        if notebook is not None:
            write(notebook, app.outdir / f"{page}.ipynb")


def links_under_the_title(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """The same page in the other language, and as a notebook."""
    if doctree is None or "body" not in context:
        return
    words, up = WORDS[app.config.language], "../" * page.count("/")
    links = []
    other = (app.srcdir.parent if app.config.language == "ja" else app.srcdir / "ja") / f"{page}.md"
    if other.exists():
        there = "../" if app.config.language == "ja" else "ja/"
        links.append(f'<a href="{up}{there}{page}.html">{words["other"]}</a>')
    if notebook_of(Path(app.env.doc2path(page))) is not None:
        name = page.rpartition("/")[2]
        links.append(f'<a href="{name}.ipynb" download>{words["download"]}</a>')
    if links:
        line = f'<p class="page-links">{" · ".join(links)}</p>'
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def links_out_of_the_pages(app: Sphinx, page: str, source: list[str]) -> None:
    """Links to the pages of the other language, and to files that the pages do not hold."""
    folder = Path(app.env.doc2path(page)).parent
    root = Path(app.confdir).parent

    def led(link: re.Match[str]) -> str:
        words, place = link.groups()
        target = (folder / place).resolve()
        if not target.is_relative_to(app.confdir):
            return f"{words} (`{target.relative_to(root)}`)"
        japanese = target.is_relative_to(app.confdir / "ja")
        if japanese == (app.config.language == "ja"):
            return link[0]
        return f'<a href="{place.removesuffix(".md")}.html">{words}</a>'

    source[0] = re.sub(r"\[([^\]]*)\]\((?![a-z]+:)([^)#\s]+\.md)(?:#[^)]*)?\)", led, source[0])


def inline_formula(self: HTML5Translator, node: nodes.math) -> None:
    """A formula that every browser draws by itself."""
    self.body.append(str(tex2mathml(node.astext())))
    raise nodes.SkipNode


def block_formula(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula in a line of its own."""
    self.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Formulas without JavaScript, links between languages, notebooks to download."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (block_formula, None))
    app.connect("config-inited", words_of_the_language)
    app.connect("builder-inited", words_of_the_theme)
    app.connect("source-read", links_out_of_the_pages)
    app.connect("html-page-context", links_under_the_title)
    app.connect("build-finished", notebooks_to_take_away)
