"""The main pages as one PDF, printed by Chromium where the book is built; where there is none, there is no PDF."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from sphinx.application import Sphinx
from sphinx.util import logging

from companion.show.template import filled

PDF = "_static/book.pdf"
NAMES = ("chromium", "chromium-browser", "google-chrome")
"""Programs that can print, the first that is there."""
SECONDS = 60
"""After this time printing is given up; it takes a few."""
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--virtual-time-budget=20000",
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip
ARTICLE = re.compile(r'<article class="bd-article"[^>]*>(.*)</article>', re.DOTALL)
STYLE = re.compile(r'<link[^>]*rel="stylesheet"[^>]*>')
MATHJAX = re.compile(r"<script>window\.MathJax = .*?</script>|<script[^>]*mathjax[^>]*></script>", re.DOTALL)
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
SECTION = re.compile(r'(<section\b[^>]*\bid=")([^"]*)"')
ADDRESS = re.compile(r'(\s(?:href|src)=")([^"]*)"')
LINK = '<p class="book-pdf"><a href="{}">The main pages as one PDF</a></p>'
LINKED = re.compile(LINK.replace("{}", '[^"]*'))

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx, after pages and their files are written; `main_pages` are their names, in order."""
    app.add_config_value("main_pages", [], "")
    app.connect("build-finished", write_pdf, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_pdf(app: Sphinx, error: Exception | None) -> None:
    """Print the main pages, unless none of them has changed, and link to the file from the foot of the root's page."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    files = {name: out / f"{name}.html" for name in app.config.main_pages if name in app.env.found_docs}
    if not files:
        return
    if (program := next(filter(None, map(shutil.which, NAMES)), None)) is None:
        logger.info("no PDF of the main pages: none of %s is installed", ", ".join(NAMES))
        return
    text = joined({name: LINKED.sub("", path.read_text(encoding="utf-8")) for name, path in files.items()})
    sheets = "".join(path.read_text(encoding="utf-8") for path in sorted(out.glob("_static/*.css")))
    digest, noted = hashlib.sha256((text + sheets).encode()).hexdigest(), Path(app.doctreedir) / "book.pdf.sha256"
    if not ((out / PDF).exists() and noted.exists() and noted.read_text() == digest):
        noted.unlink(missing_ok=True)
        if not _printed(program, text, out):
            return
        noted.write_text(digest)
    root = out / f"{app.config.root_doc}.html"
    page, link = root.read_text(encoding="utf-8"), LINK.format(os.path.relpath(out / PDF, root.parent))
    if link not in page:
        root.write_text(page.replace("</article>", f"{link}</article>", 1), encoding="utf-8")


def joined(pages: Mapping[str, str]) -> str:
    """Join built pages into one to be printed: links among them lead inside, those to other pages are text."""
    name, first = next(iter(pages.items()))
    title = re.search(r"<title>(.*?)</title>", first, re.DOTALL)
    styles = _from_root("\n".join(STYLE.findall(first)), name)
    maths = next(filter(None, (_from_root("\n".join(MATHJAX.findall(text)), page) for page, text in pages.items())), "")
    articles = {name: _article(name, pages) for name in pages}
    head = {"title": title[1] if title else "", "styles": styles, "maths": maths}
    return filled("build/sheets.html.jinja", articles=articles, **head)


def _printed(program: str, text: str, out: Path) -> bool:
    """Whether a PDF was made."""
    source, target = out / "book-to-print.html", out / PDF
    source.write_text(text, encoding="utf-8")
    with TemporaryDirectory() as folder:
        printed = Path(folder) / target.name
        places = [f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", source.resolve().as_uri()]
        try:
            subprocess.run([program, *OPTIONS, *places], check=True, capture_output=True, timeout=SECONDS)
            shutil.move(printed, target)
        except (OSError, subprocess.SubprocessError) as error:
            logger.info("no PDF of the main pages: %s", error)
            return False
        finally:
            source.unlink()
    return True


def _article(name: str, pages: Mapping[str, str]) -> str:
    """The text of a page, its addresses seen from the root of the book."""
    found = ARTICLE.search(pages[name])
    text = SCRIPT.sub("", found[1] if found else "")
    sections = {page: {match[2] for match in SECTION.finditer(pages[page])} for page in pages}

    def seen_from_root(match: re.Match[str]) -> str:
        before, address = match[1], match[2]
        path, anchor = urldefrag(urljoin(f"{name}.html", address))
        page = path.removesuffix(".html")
        if urlsplit(address).scheme or "href" not in before:
            return f'{before}{urljoin(f"{name}.html", address)}"'
        if page not in pages:
            return ""
        return f'{before}#{page if not anchor else f"{page}/{anchor}" if anchor in sections[page] else anchor}"'

    return ADDRESS.sub(seen_from_root, SECTION.sub(rf'\g<1>{name}/\g<2>"', text))


def _from_root(html: str, name: str) -> str:
    """Addresses of a page as seen from the root of the book."""
    return ADDRESS.sub(lambda match: f'{match[1]}{urljoin(f"{name}.html", match[2])}"', html)
