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

  /* The metric that figures of one are of. */
  let chosen = run.main;

  /* A figure: its plot, and the buttons beside its caption. */
  class Frame {
    constructor(figure) {
      this.figure = figure;
      this.caption = figure.querySelector("figcaption").textContent;
      this.canvas = made("div", "plot-canvas");
      this.tools = made("div", "plot-tools");
      this.reset = this.tool("Reset zoom", "Reset zoom", () => this.showAll());
      this.earlier = this.tool("\u2039", "Move to the left", () => this.move(1, -0.5));
      this.later = this.tool("\u203a", "Move to the right", () => this.move(1, 0.5));
      this.out = this.tool("\u2212", "Zoom out", () => this.move(2, 0));
      this.closer = this.tool("+", "Zoom in", () => this.move(0.5, 0));
      this.log = this.tool("Logarithmic", "Logarithmic", () => this.draw(!this.isLog));
      figure.querySelector("figcaption").after(this.tools, this.canvas);
      figure.querySelector("details").open = false;
    }

    tool(text, name, act) {
      const button = this.tools.appendChild(made("button", "", text));
      button.type = "button";
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
      return button;
    }

    start() {
      this.choose(chosen);
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
      this.closer.hidden = data[0].length < 3;
      if (this.drawing.isTime) overTime.add(this);
      if (this.zoom) this.plot.setScale("x", this.zoom);
    }

    size() {
      const { clientWidth } = this.canvas;
      const height = (clientWidth < 480 ? 240 : 300) + (this.drawing.above ?? 0);
      return { width: Math.max(clientWidth, 200), height };
    }

    fit() {
      const { clientWidth } = this.canvas;
      if (clientWidth > 0 && clientWidth !== this.plot.width) this.plot.setSize(this.size());
    }

    zoomed(plot) {
      const { min, max } = plot.scales.x;
      const isWhole = min <= this.all?.min && max >= this.all?.max;
      this.zoom = isWhole || !this.all ? null : { min, max };
      for (const tool of [this.reset, this.earlier, this.later, this.out]) {
        tool.classList.toggle("idle", !this.zoom);
      }
      if (this.drawing.isTime && this.all) share(plot);
    }

    showAll() {
      if (this.tools.contains(document.activeElement)) this.closer.focus();
      this.plot.setScale("x", { ...this.all });
    }

    /* Shows so many times as much as now, that many of its own widths further on. */
    move(times, on) {
      const { x } = this.plot.scales;
      const [to, back] = x.distr === 3 ? [Math.log, Math.exp] : [Number, Number];
      const [first, last] = [to(this.all.min), to(this.all.max)];
      const [from, until] = [Math.max(to(x.min), first), Math.min(to(x.max), last)];
      const width = (until - from) * times;
      if (width >= last - first) return this.showAll();
      if (times < 1 && width < 2 * ((last - first) / this.plot.data[0].length)) return;
      const wanted = (from + until - width) / 2 + on * width;
      const start = Math.min(Math.max(wanted, first), last - width);
      this.plot.setScale("x", { min: back(start), max: back(start + width) });
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
    select.addEventListener("change", () => {
      chosen = select.value;
      drawn(ofMetric).forEach((frame) => frame.choose(chosen));
    });
    const label = made("label", "plot-choice", "Metric ");
    label.append(select);
    group.before(label);
  }

  /* The page is shown first, and then the plots are drawn one by one, each in a turn of its own. */
  const waiting = [...frames];
  const drawn = (some) => some.filter((frame) => !waiting.includes(frame));
  function drawNext() {
    waiting.shift()?.start();
    if (waiting.length > 0) setTimeout(drawNext);
  }
  requestAnimationFrame(() => setTimeout(drawNext));

  function redraw() {
    parts.forgetColours();
    drawn(frames).forEach((frame) => frame.draw(frame.isLog));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  /* Paper is white whatever the screen is, and waits for nothing. */
  for (const [event, isPaper] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("on-paper", isPaper);
      redraw();
      while (waiting.length > 0) drawNext();
    });
  }
})();
