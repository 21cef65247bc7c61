// The explorer of readings: what is chosen goes to the dot on the curve, to the numbers, and into the address.
(() => {
  const startExplorer = explorer => {
    const data = JSON.parse(explorer.querySelector("script.combinations").textContent);
    const form = explorer.querySelector("form.choices");
    const said = form.querySelector(".said");
    const chart = explorer.querySelector(".chart");
    const names = Object.keys(data.choices);
    const selects = [...form.querySelectorAll("select")];
    const select = name => form.elements.namedItem(name);
    const first = Object.keys(data.runs).find(key => data.runs[key] === data.first);

    // On a narrow page the panels stand below each other.
    if (matchMedia("(max-width: 50rem)").matches) {
      const spec = chart.querySelector("script.spec");
      const { hconcat, config, ...rest } = JSON.parse(spec.textContent);
      config.legend.columns = 1;
      const width = Math.min(hconcat[0].width, Math.max(220, explorer.clientWidth - 60));
      const vconcat = hconcat.map(panel => ({ ...panel, width, height: 200 }));
      spec.textContent = JSON.stringify({ ...rest, config, vconcat });
    }

    const key = () => names.map(name => select(name).selectedIndex).join("-");
    const setKey = wanted => wanted.split("-").forEach((place, i) => (select(names[i]).selectedIndex = Number(place)));
    const words = (name, place) => select(name).options[place].text;
    const title = name => select(name).parentElement.firstChild.data;

    // The combination that was run and differs least, in what was chosen last least of all.
    const nearest = (wanted, last) => {
      const weight = i => (names[i] === last ? 100 : 1);
      const places = wanted.split("-");
      const far = other => other.split("-").reduce((sum, place, i) => sum + (place === places[i] ? 0 : weight(i)), 0);
      return Object.keys(data.runs).reduce((best, other) => (far(other) < far(best) ? other : best));
    };

    const fill = (cell, text, look = "", sign = "") => {
      cell.className = look;
      cell.replaceChildren(text);
      if (sign.trim()) {
        const mark = document.createElement("span");
        mark.className = "sign";
        mark.textContent = sign;
        cell.append(mark);
      }
    };
    const three = value => (value === null || value === undefined ? "–" : value.toFixed(3));
    const beside = (of, id, i) => of.rows[of.at[id]][i];
    const showNumbers = id =>
      explorer.querySelectorAll("table[data-dataset]").forEach(table => {
        const of = data.datasets[table.dataset.dataset];
        [...table.tBodies[0].rows].forEach((row, i) => {
          const [ours, , rda, uniform] = row.querySelectorAll("td");
          if (id === undefined) return [ours, rda, uniform].forEach(cell => fill(cell, "–"));
          const sign = of.signs[id][i];
          fill(ours, three(of.mean[id][i]), data.looks[sign][0], sign);
          fill(rda, three(beside(of.rda, id, i)), "", of.rda_signs[id][i]);
          fill(uniform, three(beside(of.uniform, id, i)));
        });
      });

    const say = (id, wanted, last, address) => {
      if (id !== undefined) {
        const parts = Object.entries(data.datasets).map(([name, of]) =>
          `${name.replace("_", " ")}: divergence ${three(of.mean[id][0])}, ${data.looks[of.signs[id][0]][1]}`);
        said.replaceChildren(`${parts.join(". ")}.${address ? " The address of this page now keeps it." : ""}`);
        return;
      }
      const other = nearest(wanted, last);
      const places = other.split("-");
      const changes = names.map((name, i) => [name, places[i]]).filter(([name, place]) => select(name).selectedIndex !== Number(place))
        .map(([name, place]) => `${title(name)}: ${words(name, place)}`);
      const go = document.createElement("button");
      go.type = "button";
      go.textContent = "Show it";
      go.addEventListener("click", () => { setKey(other); show(); (last && select(last) || selects[0]).focus(); });
      said.replaceChildren(`This combination was not run. The nearest that was has ${changes.join("; ")}. `, go);
    };

    const show = (last, keepAddress = false) => {
      const wanted = key();
      const id = data.runs[wanted];
      showNumbers(id);
      say(id, wanted, last, !keepAddress);
      chart.view?.signal("chosen", id ?? -1).signal("by", select("by").value).signal("metric", select("metric").value)
        .runAsync();
      if (keepAddress) return;
      const changed = selects.filter(one => one.selectedIndex > 0).map(one => [one.name, one.value]);
      history.replaceState(null, "", `#${new URLSearchParams(changed.length ? changed : [["reading", "default"]])}`);
    };

    const read = () => {
      const asked = new URLSearchParams(location.hash.slice(1));
      if (![...asked.keys()].some(name => name === "reading" || select(name))) return false;
      selects.forEach(one => {
        const place = [...one.options].findIndex(option => option.value === asked.get(one.name));
        one.selectedIndex = Math.max(place, 0);
      });
      return true;
    };

    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("change", event => show(event.target.name));
    form.querySelectorAll("button[data-key]").forEach(button =>
      button.addEventListener("click", () => { setKey(button.dataset.key); show(); }));
    addEventListener("hashchange", () => read() && show(undefined, true));
    chart.addEventListener("chart-ready", () => {
      show(undefined, true);
      chart.view.addEventListener("click", (_, item) => {
        const id = item?.datum?.id;
        if (id === undefined) return;
        setKey(Object.keys(data.runs).find(one => data.runs[one] === id));
        show();
      });
    });
    explorer.querySelector(".without-scripts").remove();
    form.hidden = false;
    const led = read();
    if (!led) setKey(first);
    show(undefined, true);
    if (led) explorer.scrollIntoView();
  };
  // The book may load this file on every page, and the cell loads it, too.
  document.addEventListener("DOMContentLoaded", () => {
    const explorer = document.querySelector(".explorer:not([data-started])");
    if (!explorer) return;
    explorer.dataset.started = "yes";
    startExplorer(explorer);
  });
})();
