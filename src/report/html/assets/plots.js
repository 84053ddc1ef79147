/* Plots of report.html: uPlot draws into each <figure data-plot="..."> what #deskbell-data holds for it. */
"use strict";

(() => {
  const parts = window.deskbellPlots;
  if (!parts?.drawings) return;
  const { run, drawings, sampleOf } = parts;

  /* Plots over time show the same part of it, and the same moment under the cursor. */
  const overTime = new Set();

  function share(from) {
    const { min, max } = from.scales.x;
    for (const { plot } of overTime) {
      if (plot !== from && (plot.scales.x.min !== min || plot.scales.x.max !== max)) plot.setScale("x", { min, max });
    }
  }

  function made(name, className, text) {
    const element = document.createElement(name);
    element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  /* A figure: its plot, and the buttons beside its caption. */
  class Frame {
    constructor(figure) {
      this.figure = figure;
      this.caption = figure.querySelector("figcaption").textContent;
      this.canvas = made("div", "plot-canvas");
      this.reset = made("button", "", "Reset zoom");
      this.log = made("button", "", "Logarithmic");
      const tools = made("div", "plot-tools");
      tools.append(this.reset, this.log);
      figure.querySelector("figcaption").after(tools, this.canvas);
      figure.querySelector("details").open = false;
      this.reset.addEventListener("click", () => this.showAll());
      this.log.addEventListener("click", () => this.draw(!this.isLog));
      this.choose(run.main);
      /* A frame later: to change heights within an observer is what browsers warn of. */
      new ResizeObserver(() => requestAnimationFrame(() => this.fit())).observe(this.canvas);
    }

    choose(metric) {
      this.drawing = drawings[this.figure.dataset.plot](metric);
      this.hidden = new Set();
      this.zoom = null;
      this.log.hidden = this.drawing.startsLog === undefined;
      this.draw(this.drawing.startsLog);
    }

    /* Anew: what uPlot takes once, such as kinds of scales and colours of a legend, may have changed. */
    draw(isLog) {
      this.isLog = isLog;
      this.log.setAttribute("aria-pressed", String(Boolean(isLog)));
      this.plot?.destroy();
      overTime.delete(this);
      const { data, cursor, hooks, series, ...options } = this.drawing.draw(isLog, this.hidden);
      series.forEach((one, nth) => (one.show = !this.hidden.has(nth)));
      const sync = { key: "time", scales: ["x", null], filters: { pub: (type) => type === "mousemove" } };
      this.plot = new uPlot(
        {
          ...this.size(),
          ...options,
          series,
          cursor: { y: false, drag: { x: true, y: false }, ...(this.drawing.isTime ? { sync } : {}), ...cursor },
          legend: { markers: { width: 2 } },
          hooks: {
            ...hooks,
            ready: [(plot) => this.openLegend(plot)],
            setScale: [(plot, key) => key === "x" && this.zoomed(plot)],
            setSeries: [...(hooks.setSeries ?? []), (plot) => this.toggled(plot)],
          },
        },
        data,
        this.canvas,
      );
      const [first, last] = [data[0][0], data[0].at(-1)];
      this.all = { min: first, max: last };
      if (this.drawing.isTime) overTime.add(this);
      if (this.zoom) this.plot.setScale("x", this.zoom);
    }

    size() {
      return { width: Math.max(this.canvas.clientWidth, 200), height: this.canvas.clientWidth < 480 ? 240 : 300 };
    }

    fit() {
      const { clientWidth } = this.canvas;
      if (clientWidth > 0 && clientWidth !== this.plot.width) this.plot.setSize(this.size());
    }

    zoomed(plot) {
      const { min, max } = plot.scales.x;
      const isWhole = min <= this.all?.min && max >= this.all?.max;
      this.zoom = isWhole || !this.all ? null : { min, max };
      this.reset.classList.toggle("idle", isWhole || !this.all);
      if (this.drawing.isTime && this.all) share(plot);
    }

    showAll() {
      this.plot.setScale("x", { ...this.all });
    }

    toggled(plot) {
      plot.series.forEach((one, nth) => (one.show ? this.hidden.delete(nth) : this.hidden.add(nth)));
      plot.root.querySelectorAll(".u-series th[role]").forEach((label, nth) => {
        label.setAttribute("aria-pressed", String(plot.series[nth + 1].show));
      });
    }

    /* uPlot's legend answers to clicks alone: keys come to the same. */
    openLegend(plot) {
      plot.root.querySelector("canvas").setAttribute("role", "img");
      plot.root.querySelector("canvas").setAttribute("aria-label", `${this.caption}; the figures follow below`);
      const labels = [...plot.root.querySelectorAll(".u-series th")].slice(1);
      for (const [nth, label] of labels.entries()) {
        sampleOf(plot.series[nth + 1], label.querySelector(".u-marker"));
        label.tabIndex = 0;
        label.setAttribute("role", "button");
        label.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          label.click();
        });
      }
      this.toggled(plot);
    }
  }

  const frames = [...document.querySelectorAll("figure[data-plot]")]
    .filter((figure) => Object.hasOwn(drawings, figure.dataset.plot))
    .map((figure) => new Frame(figure));

  /* A choice of metric before the figures that are of one. */
  for (const group of document.querySelectorAll("div.plots")) {
    const ofMetric = frames.filter(({ figure }) => group.contains(figure));
    const names = Object.keys(run.metrics);
    const isOwn = (name) => !name.endsWith(".service") || !Object.hasOwn(run.metrics, name.slice(0, -8));
    const select = document.createElement("select");
    for (const name of names.filter(isOwn)) select.add(new Option(name, name, name === run.main, name === run.main));
    select.addEventListener("change", () => ofMetric.forEach((frame) => frame.choose(select.value)));
    const label = made("label", "plot-choice", "Metric ");
    label.append(select);
    group.before(label);
  }

  const redraw = () => frames.forEach((frame) => frame.draw(frame.isLog));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  /* Paper is white whatever the screen is. */
  for (const [event, isPaper] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("on-paper", isPaper);
      redraw();
    });
  }
})();
