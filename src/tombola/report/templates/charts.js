const started = new WeakSet();

function start(plot) {
  if (started.has(plot)) return;
  started.add(plot);
  const spec = JSON.parse(document.getElementById(plot.dataset.chart).textContent);
  vegaEmbed(plot, spec, { mode: "vega-lite", renderer: "svg", actions: false }).catch((error) => {
    plot.textContent = "This chart could not be drawn: " + error.message;
  });
}

// A chart inside a closed <details> has no width yet: it waits until it is opened.
const visible = (plot) => !plot.closest("details:not([open])");
const startVisible = () => [...document.querySelectorAll("[data-chart]")].filter(visible).forEach(start);

document.querySelectorAll("details").forEach((details) => details.addEventListener("toggle", startVisible));
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
});
startVisible();
