// What is measured of a page, inside the browser; `survey.py` calls these functions.
window.survey = (() => {
  const all = what => [...document.querySelectorAll(what)];
  const seen = e => e.checkVisibility() && e.getBoundingClientRect().height > 1;
  const words = text => text.split(/\s+/).filter(Boolean).length;
  const style = e => getComputedStyle(e);

  return {
    width: () => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
    height: () => document.documentElement.scrollHeight,
    ids: () => all("[id]").map(e => e.id),

    // Words that are read: neither tables nor pictures, code or what stands below them.
    words: () =>
      all("article :is(p, li, dd, h1, h2, h3, h4)")
        .filter(e => !e.closest("table, figure, .chart, .key, .below, .cell_input, .page-line, .rests-on, .made-from"))
        .filter(e => !e.querySelector("p, li, dd"))
        .reduce((sum, e) => sum + words(e.innerText), 0),

    // Tables that stick out of the box around them, or of the page.
    cut: () =>
      all("article table")
        .filter(e => e.offsetParent && !e.closest(".cell_input"))
        .map(e => {
          let box = e.parentElement;
          while (box.parentElement && style(box).overflowX === "visible") box = box.parentElement;
          const ends = box.parentElement ? box.getBoundingClientRect().right : document.documentElement.clientWidth;
          return {
            by: Math.round(e.getBoundingClientRect().right - ends),
            what: e.caption?.textContent || e.closest("[id]")?.id || e.innerText.slice(0, 40),
            scrolls: ["auto", "scroll"].includes(style(box).overflowX),
          };
        })
        .filter(cut => cut.by > 1),

    // Boxes that go on to the right, and do not fade there.
    hard: () =>
      all("article *")
        .filter(e => seen(e) && e.scrollWidth > e.clientWidth + 4 && ["auto", "scroll"].includes(style(e).overflowX))
        .filter(e => !e.parentElement.closest(".more") && style(e).maskImage === "none")
        .map(e => e.className || e.tagName),

    // What the print must not show, and what it must.
    paper: () => ({
      around: all(".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-area, .code-switch")
        .filter(seen)
        .map(e => e.className),
      folded: all("article details:not(.rests-on, .provenance)")
        .filter(e => [...e.children].some(c => c.tagName !== "SUMMARY" && !seen(c) && c.textContent.trim()))
        .map(e => e.textContent.trim().slice(0, 60)),
      panels: all(".tabbed .panel").filter(e => !seen(e)).map(e => e.dataset.title),
    }),

    open: () => {
      all("article details").forEach(e => (e.open = true));
      const rules = ".tabbed .panel { display: block !important; } * { transition: none !important; }";
      document.head.append(Object.assign(document.createElement("style"), { textContent: rules }));
    },

    // Everything but contrast: the rule, where, and what it says.
    rules: async () => {
      const rules = { "color-contrast": { enabled: false } };
      const found = await axe.run(document, { rules, resultTypes: ["violations"], preload: false });
      return found.violations.flatMap(v => v.nodes.map(n => [v.id, n.target.flat().join(" "), v.help]));
    },

    // One of each kind of text is enough: the same tags, classes, colours and grounds have the same contrast.
    contrast: async () => {
      const kinds = new Map();
      for (const e of all("body *")) {
        if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()) || !e.checkVisibility()) continue;
        const chain = [];
        for (let up = e; up; up = up.parentElement) {
          const { color, backgroundColor, fontSize, opacity } = style(up);
          chain.push([up.tagName, up.getAttribute("class"), color, backgroundColor, fontSize, opacity].join(" "));
        }
        const kind = chain.join(" < ");
        if (!kinds.has(kind)) kinds.set(kind, e);
      }
      const options = { runOnly: ["color-contrast"], resultTypes: ["violations"], preload: false };
      const found = await axe.run({ include: [...kinds.values()] }, options);
      return found.violations.flatMap(v => v.nodes.map(n => `${n.target.flat().join(" ")}: ${n.any[0].message}`));
    },
  };
})();
