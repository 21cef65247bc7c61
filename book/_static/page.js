// The theme's folded chapters have no name for a screen reader.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    summary.setAttribute("aria-label", "Pages of this chapter");
  }
});
