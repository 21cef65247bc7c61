// For keyboards and screen readers: the theme's folded chapters get a name, and what scrolls can be reached.
// For all: the edge beyond which a box goes on is marked, so that it can fade.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    summary.setAttribute("aria-label", "Pages of this chapter");
  }
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, .numbers")) {
    box.tabIndex = 0;
  }

  const mark = (box) => {
    const left = Math.abs(box.scrollLeft);
    box.classList.toggle("more-left", left > 4);
    box.classList.toggle("more-right", box.scrollWidth - box.clientWidth - left > 4);
  };
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  const wide = ".scroll, .numbers, .chart, .shown figure.drawing, .pst-scrollable-table-container";
  for (const box of document.querySelectorAll(wide)) {
    box.addEventListener("scroll", () => mark(box), { passive: true });
    sizes.observe(box);
  }
});
