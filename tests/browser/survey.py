"""What a browser sees of each page, measured in one go: light, dark, on a phone and on paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.book import address

WIDE, PHONE, PAPER = 1440, 390, 718
"""Widths in pixels; the last is what A4 leaves between margins of 10 mm."""
SETTLED = 50
"""Milliseconds in which layout and theme follow a change."""

# What JavaScript measures. A table's own box may scroll on a phone, never the page.
WIDTH = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
HEIGHT = "document.documentElement.scrollHeight"
PROSE = """[...document.querySelectorAll('article p, article li, article dd, article h1, article h2, article h3, article h4')]
  .filter(e => !e.closest('table, figure, .chart, .key, .below, .cell_input, .page-line, .rests-on, .made-from'))
  .filter(e => !e.querySelector('p, li, dd'))
  .map(e => e.innerText.split(/\\s+/).filter(Boolean).length).reduce((a, b) => a + b, 0)"""
IDS = "[...document.querySelectorAll('[id]')].map(e => e.id)"
CUT = """[...document.querySelectorAll('article table')]
  .filter(e => e.offsetParent && !e.closest('.cell_input'))
  .map(e => {
    let box = e.parentElement;
    while (box.parentElement && getComputedStyle(box).overflowX === 'visible') box = box.parentElement;
    const ends = box.parentElement ? box.getBoundingClientRect().right : document.documentElement.clientWidth;
    const by = Math.round(e.getBoundingClientRect().right - ends);
    const what = e.caption?.innerText || e.closest('[id]')?.id || e.innerText.slice(0, 40);
    return {by, what, scrolls: ['auto', 'scroll'].includes(getComputedStyle(box).overflowX)};
  })
  .filter(cut => cut.by > 1)"""
OPEN = """document.querySelectorAll('article details').forEach(e => e.open = true);
document.head.insertAdjacentHTML('beforeend', '<style>.tabbed .panel { display: block !important; } * { transition: none !important; }</style>')"""
# One of each kind of text is enough: the same tags, classes, colours and grounds have the same contrast.
KINDS = """() => {
  const kinds = new Map();
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    const chain = [];
    for (let up = e; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      chain.push(`${up.tagName}.${up.getAttribute('class')} ${style.color} ${style.fill} ${style.backgroundColor} ${style.fontSize}`);
    }
    const kind = chain.join(' < ');
    if (!kinds.has(kind)) kinds.set(kind, e);
  }
  return axe.run({include: [...kinds.values()]}, {runOnly: ['color-contrast'], resultTypes: ['violations'], preload: false})
    .then(found => found.violations.flatMap(v => v.nodes.map(n => `${n.target.flat().join(' ')}: ${n.any[0].message}`)));
}"""
RULES = """() => axe.run(document, {rules: {'color-contrast': {enabled: false}}, resultTypes: ['violations'], preload: false})
  .then(found => found.violations.flatMap(v => v.nodes.map(n => [v.id, n.target.flat().join(' '), v.help])))"""
ON_PAPER = """(() => {
  const seen = e => e.checkVisibility() && e.getBoundingClientRect().height > 1;
  const all = (what) => [...document.querySelectorAll(what)];
  return {
    around: all('.bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-area, .code-switch')
      .filter(seen).map(e => e.className),
    folded: all('article details').filter(e => !e.matches('.rests-on, .provenance'))
      .filter(e => [...e.children].some(c => c.tagName !== 'SUMMARY' && !seen(c) && c.textContent.trim()))
      .map(e => e.innerText.slice(0, 60)),
    panels: all('.tabbed .panel').filter(e => !seen(e)).map(e => e.dataset.title),
  };
})()"""


@dataclass
class Seen:
    """What was measured of a page; of two widths, keys are the width."""

    asked: list[str] = field(default_factory=list, repr=False)
    errors: list[str] = field(default_factory=list, repr=False)
    widths: dict[str, int] = field(default_factory=dict, repr=False)
    height: int = 0
    words: int = 0
    ids: list[str] = field(default_factory=list, repr=False)
    cut: list[dict] = field(default_factory=list, repr=False)
    cut_on_paper: list[dict] = field(default_factory=list, repr=False)
    rules: list[tuple[str, str, str]] = field(default_factory=list, repr=False)
    contrast: dict[str, list[str]] = field(default_factory=dict, repr=False)
    paper: dict[str, list[str]] = field(default_factory=dict, repr=False)


def survey(browser, names: list[str]) -> dict[str, Seen]:
    """Measure pages, one after the other, without a network."""
    import axe_playwright_python

    context = browser.new_context(viewport={"width": WIDE, "height": 900}, color_scheme="light", offline=True)
    context.add_init_script(path=Path(axe_playwright_python.__file__).parent / "axe.min.js")
    tab = context.new_page()
    seen = {name: _see(tab, name) for name in names}
    context.close()
    return seen


def _see(tab, name: str) -> Seen:
    seen = Seen()
    note = {
        "request": lambda request: seen.asked.append(request.url),
        "pageerror": lambda error: seen.errors.append(str(error)),
    }
    for event, action in note.items():
        tab.on(event, action)
    _look(tab, media="screen", scheme="light", width=WIDE)
    tab.goto(address(name))
    seen.widths[f"{WIDE}"], seen.height, seen.words = tab.evaluate(f"[{WIDTH}, {HEIGHT}, {PROSE}]")
    seen.ids, seen.cut = tab.evaluate(f"[{IDS}, {CUT}]")
    seen.rules = [tuple(rule) for rule in tab.evaluate(RULES)]
    _look(tab, width=PHONE)
    seen.widths[f"{PHONE}"] = tab.evaluate(WIDTH)
    seen.rules += [tuple(rule) for rule in tab.evaluate(RULES)]
    _look(tab, media="print", width=PAPER)
    seen.widths["paper"], seen.paper, seen.cut_on_paper = tab.evaluate(f"[{WIDTH}, {ON_PAPER}, {CUT}]")
    _look(tab, media="screen", width=WIDE)
    tab.evaluate(OPEN)
    for scheme in ("light", "dark"):
        _look(tab, scheme=scheme)
        tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        tab.wait_for_timeout(SETTLED)
        seen.contrast[scheme] = tab.evaluate(KINDS)
    for event, action in note.items():
        tab.remove_listener(event, action)
    return seen


def _look(tab, media: str | None = None, scheme: str | None = None, width: int | None = None) -> None:
    if media or scheme:
        tab.emulate_media(**{key: value for key, value in (("media", media), ("color_scheme", scheme)) if value})
    if width:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(SETTLED)
