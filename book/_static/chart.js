// Draws the charts of a page where scripts run; the still picture stays where they do not.
(() => {
  const here = document.currentScript.src;
  const load = () =>
    (window.vegaLoading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("vega.js", here);
      script.onload = () => resolve(window.vegaEmbed);
      script.onerror = reject;
      document.head.append(script);
    }));
  const draw = async chart => {
    const embed = await load();
    const place = document.createElement("div");
    const spec = JSON.parse(chart.querySelector("script.spec").textContent);
    chart.append(place);
    const result = await embed(place, spec, { renderer: "svg", actions: false });
    chart.querySelector(".still").remove();
    chart.view = result.view;
    chart.dispatchEvent(new CustomEvent("chart-ready", { bubbles: true }));
  };
  const start = () => {
    const seen = new IntersectionObserver(
      entries =>
        entries.filter(entry => entry.isIntersecting).forEach(entry => {
          seen.unobserve(entry.target);
          draw(entry.target).catch(error => console.error(error));
        }),
      { rootMargin: "600px" },
    );
    document.querySelectorAll(".chart").forEach(chart => seen.observe(chart));
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
