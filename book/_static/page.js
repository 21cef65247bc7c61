// For keyboards and screen readers: the theme's folded chapters get a name, and what scrolls can be reached.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    summary.setAttribute("aria-label", "Pages of this chapter");
  }
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, .numbers")) {
    box.tabIndex = 0;
  }
});
