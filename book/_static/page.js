// For keyboards and screen readers: the theme's folded chapters get a name, and what scrolls can be reached.
// For all: a box that goes on to the right is marked, so that its edge can fade.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    summary.setAttribute("aria-label", "Pages of this chapter");
  }
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, .numbers")) {
    box.tabIndex = 0;
  }

  const mark = (box) => box.classList.toggle("more", box.scrollWidth - box.clientWidth - box.scrollLeft > 4);
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  const wide = ".scroll, .numbers, .chart, .shown figure.drawing, .pst-scrollable-table-container, div.math, pre";
  for (const box of document.querySelectorAll(wide)) {
    box.addEventListener("scroll", () => mark(box), { passive: true });
    sizes.observe(box);
  }
});
