// Filters of the claims; opens the claim of an address. Without it all claims are there, closed.
(() => {
  if (window.claimsReady) return; // two cells of a page ask for it
  window.claimsReady = true;
  const folded = () => [...document.querySelectorAll("details.claim, details.sd-dropdown")];
  const start = () => {
    const form = document.querySelector(".claim-filters");
    if (!form) return; // the book loads every script on every page
    const list = form.closest(".claims");
    const mine = [...list.querySelectorAll("details.claim")];
    const verdicts = [...form.querySelectorAll("button[data-verdict]")];
    const selects = [...form.querySelectorAll("select")];
    const openAll = form.querySelector(".open-all");
    const apply = () => {
      const wanted = verdicts.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.verdict);
      for (const claim of mine) {
        claim.hidden =
          (wanted.length > 0 && !wanted.includes(claim.dataset.verdict)) ||
          selects.some(select => select.value && claim.dataset[select.name] !== select.value);
      }
      for (const place of list.querySelectorAll("section.place")) {
        place.hidden = !place.querySelector("details.claim:not([hidden])");
      }
      form.querySelector("output").textContent = `${mine.filter(claim => !claim.hidden).length} of ${mine.length} claims`;
    };
    const reset = () => {
      verdicts.forEach(button => button.setAttribute("aria-pressed", "false"));
      selects.forEach(select => { select.value = ""; });
      apply();
    };
    verdicts.forEach(button =>
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        apply();
      }),
    );
    selects.forEach(select => select.addEventListener("change", apply));
    form.addEventListener("reset", event => { event.preventDefault(); reset(); });
    form.addEventListener("submit", event => event.preventDefault());
    openAll.addEventListener("click", () => {
      const open = openAll.textContent === "Open all";
      mine.forEach(claim => { claim.open = open && !claim.hidden; });
      openAll.textContent = open ? "Close all" : "Open all";
    });
    const visit = () => {
      const claim = /^#C\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
      if (!claim) return;
      if (claim.hidden) reset();
      claim.open = true;
      claim.scrollIntoView();
    };
    addEventListener("hashchange", visit);
    // A click on the address that is there already is no change of it.
    document.addEventListener("click", event => { if (event.target.closest("a[href^='#C']")) setTimeout(visit); });
    form.hidden = false;
    reset();
    visit();
  };
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = folded().filter(part => !part.open);
    closed.forEach(part => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach(part => { part.open = false; }));
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
