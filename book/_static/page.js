// For keyboards and screen readers: the theme's folded chapters get a name, and what scrolls can be reached.
// For all: a box that goes on to the right is marked, so that its edge can fade.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    summary.setAttribute("aria-label", "Pages of this chapter");
  }
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, .numbers")) {
    box.tabIndex = 0;
  }

  const mark = (box) => {
    const inner = box.querySelector("mjx-container[display]") ?? box; // a formula scrolls in a box of its own
    box.classList.toggle("more", inner.scrollWidth - inner.clientWidth - inner.scrollLeft > 4);
  };
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  const wide = ".scroll, .numbers, .chart, .shown figure.drawing, .pst-scrollable-table-container, div.math, pre";
  for (const box of document.querySelectorAll(wide)) {
    box.addEventListener("scroll", () => mark(box), { capture: true, passive: true });
    sizes.observe(box);
  }
});
