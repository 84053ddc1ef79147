/* What each plot of report.html shows, in the terms of uPlot. */
"use strict";

(() => {
  const parts = window.deskbellPlots;
  if (!parts || typeof uPlot === "undefined") return;
  const { run, duration, colour, nthColour, curve } = parts;

  const seconds = Array.from({ length: run.points }, (_, nth) => nth * run.step);
  const timeSeries = { label: "Time", value: (_plot, at) => (at == null ? "\u2013" : parts.clock(at)) };
  const zeroOr = (value) => (value == null ? null : Math.max(value, 1));

  /* Whether values lie so far apart that the small ones could not be told apart from nothing. */
  function isFarApart(columns) {
    let [least, greatest] = [Infinity, 0];
    for (const value of columns.flat()) {
      if (value == null) continue;
      least = Math.min(least, Math.max(value, 1));
      greatest = Math.max(greatest, value);
    }
    return greatest > 50 * least;
  }

  /* Curves of latencies over time: [column, label], and the thresholds that are on them. */
  function latencies(curves, lines) {
    const shown = curves.filter(([column]) => run.course[column].some((value) => value != null));
    const columns = shown.map(([column]) => run.course[column]);
    return {
      isTime: true,
      startsLog: isFarApart(columns),
      draw: (isLog) => ({
        data: [seconds, ...(isLog ? columns.map((column) => column.map(zeroOr)) : columns)],
        scales: { x: parts.timeScale, y: parts.upScale(isLog) },
        axes: [parts.timeAxis(), parts.upwardBy(isLog, parts.durationAtAxis, "latency")],
        series: [timeSeries, ...shown.map(([, label], nth) => curve(nth, label, duration))],
        hooks: { draw: [parts.thresholdsAcross(lines)] },
      }),
    };
  }

  function latency() {
    const ofMetric = ["send_to_event", "send_to_peer"].flatMap((metric) =>
      ["p99", "p50"].map((statistic) => [`${metric}_${statistic}`, `${metric} ${statistic}`]),
    );
    const drawn = new Set(ofMetric.map(([column]) => column));
    const lines = run.thresholds.filter((line) => drawn.has(`${line.metric}_${line.statistic}`));
    return latencies([...ofMetric, ["rtt_p99", "round trips p99"]], lines);
  }

  const lateness = () => latencies([["lateness_p99", "lateness p99"]], []);

  function traffic() {
    const { course } = run;
    const firsts = parts.firsts([parts.FIRST_VIOLATION, parts.FIRST_ERROR], 34);
    const rates = ["sends", "responses", "events", "connects"];
    const unseen = { paths: () => null, points: { show: false }, scale: "marks", width: 2, dash: [] };
    const rows = [
      { nth: 6, ink: "--warn", above: 8, half: 2 },
      { nth: 7, ink: "--fail", above: 22, half: 5 },
    ];
    const mark = ({ ink }, label) => curve(0, label, parts.perSecond, { ...unseen, stroke: colour(ink), fill: colour(ink) });
    return {
      isTime: true,
      above: firsts.height,
      draw: () => ({
        data: [seconds, course.devices, ...rates.map((rate) => course[rate]), course.errors, course.violations],
        padding: [firsts.height, null, null, null],
        scales: {
          x: parts.timeScale,
          y: { range: parts.fromZero },
          devices: { range: parts.fromZero },
          marks: { range: [0, 1] },
        },
        axes: [
          parts.timeAxis(),
          parts.upward((rate) => `${parts.short(rate)}/s`, "a second"),
          parts.countAxis("devices", { scale: "devices", side: 1, grid: { show: false } }),
        ],
        series: [
          timeSeries,
          curve(0, "connected", parts.devices, { scale: "devices" }),
          ...rates.map((rate, nth) => curve(nth + 1, rate, parts.perSecond)),
          mark(rows[0], "errors"),
          mark(rows[1], "violations"),
        ],
        hooks: { draw: [parts.marks(rows), firsts.draw] },
      }),
    };
  }

  /* Bars stand upon each other: each is drawn from zero to the sum of those below it and itself, the
     tallest first, so that the others cover it. */
  function errors() {
    const layers = Object.keys(run.errors);
    const bars = uPlot.paths.bars({ size: [0.9, 40, 2] });
    const stack = (isShown) => {
      const sum = seconds.map(() => 0);
      const stacked = layers.map((layer, nth) => {
        if (isShown(nth)) run.errors[layer].forEach((count, at) => (sum[at] += count));
        return [...sum];
      });
      return [seconds, ...stacked.reverse()];
    };
    const bar = (layer, nth) =>
      curve(nth, layer, parts.perSecond, {
        paths: bars,
        points: { show: false },
        width: 0,
        fill: nthColour(nth),
        value: (_plot, _raw, _series, at) => (at == null ? "\u2013" : parts.perSecond(run.errors[layer][at])),
      });
    const restack = (plot, nth) => {
      if (nth == null) return;
      const { min, max } = plot.scales.x;
      plot.setData(stack((layer) => plot.series[layers.length - layer].show), false);
      plot.setScale("x", { min, max });
    };
    const firsts = parts.firsts([parts.FIRST_ERROR], 0);
    return {
      isTime: true,
      above: firsts.height,
      draw: (_isLog, hidden) => ({
        padding: [firsts.height, null, null, null],
        data: stack((layer) => !hidden.has(layers.length - layer)),
        scales: { x: parts.timeScale, y: { range: parts.fromZero } },
        axes: [parts.timeAxis(), parts.upward((rate) => `${parts.short(rate)}/s`, "errors a second")],
        series: [timeSeries, ...layers.map(bar).reverse()],
        hooks: { setSeries: [restack], draw: [firsts.draw] },
      }),
    };
  }

  /* A metric, and its service time where that was measured, too. */
  const variants = (metric) => [metric, `${metric}.service`].filter((name) => Object.hasOwn(run.metrics, name));
  const linesOf = (metric) => run.thresholds.filter((line) => variants(metric).includes(line.metric));

  function spread(metric) {
    const names = variants(metric);
    const of = names.map((name) => run.metrics[name]);
    const edges = [...new Set(of.flatMap(({ from, to }) => [...from, ...to]))]
      .map((edge) => Math.max(edge, 1))
      .sort((one, other) => one - other);
    const counts = of.map(({ from, count }) => {
      const at = new Map(from.map((edge, nth) => [Math.max(edge, 1), count[nth]]));
      return edges.map((edge) => at.get(edge) ?? 0);
    });
    const step = uPlot.paths.stepped({ align: 1 });
    const steps = { paths: step, points: { show: false } };
    return {
      startsLog: false,
      draw: (isLog) => ({
        data: [edges, ...(isLog ? counts.map((column) => column.map((count) => count || null)) : counts)],
        scales: { x: parts.spanScale(edges[0], edges.at(-1)), y: parts.upScale(isLog) },
        axes: [
          parts.along(parts.durationAtAxis, "latency", { space: 56, ...parts.logarithmic }),
          parts.countAxis("samples", isLog ? parts.logarithmic : {}),
        ],
        series: [
          { label: "From", value: (_plot, edge) => (edge == null ? "\u2013" : duration(edge)) },
          ...names.map((name, nth) => curve(nth, name, parts.samples, { ...steps, fill: `${nthColour(nth)}33` })),
        ],
        hooks: { draw: [parts.thresholdsUpright(linesOf(metric))] },
      }),
    };
  }

  function percentiles(metric) {
    const names = variants(metric);
    /* A point is the last one of several at the same place. */
    const tables = names.map((name) => {
      const points = new Map(run.metrics[name].one_in.map((oneIn, nth) => [oneIn, run.metrics[name].us[nth]]));
      return [[...points.keys()], [...points.values()].map(zeroOr)];
    });
    const data = uPlot.join(tables);
    const places = data[0];
    const nines = Array.from({ length: 12 }, (_, nth) => 10 ** nth);
    return {
      startsLog: isFarApart(data.slice(1)),
      draw: (isLog) => ({
        data,
        cursor: { dataIdx: nearest },
        scales: { x: parts.spanScale(1, Math.max(places.at(-1), 10)), y: parts.upScale(isLog) },
        axes: [
          parts.along(parts.percentile, "percentile", {
            space: 56,
            splits: (_plot, _axis, min, max) => [2, ...nines.slice(1)].filter((at) => at >= min && at <= max),
            filter: (_plot, splits) => splits,
          }),
          parts.upwardBy(isLog, parts.durationAtAxis, "latency"),
        ],
        series: [
          { label: "Percentile", value: (_plot, at) => (at == null ? "\u2013" : parts.percentile(at)) },
          ...names.map((name, nth) => curve(nth, name, duration, { spanGaps: true, points: { show: places.length < 3 } })),
        ],
        hooks: { draw: [parts.thresholdsAcross(linesOf(metric))] },
      }),
    };
  }

  /* The point of a curve next to the cursor: curves that are joined have theirs at different places. */
  function nearest(plot, nth, at) {
    const column = plot.data[nth];
    for (let away = 0; away < column.length; away += 1) {
      if (column[at - away] != null) return at - away;
      if (column[at + away] != null) return at + away;
    }
    return at;
  }

  /* Each by the name of its figure; those of a metric take its name. A drawing tells whether its plot is
     over time, whether it starts with a logarithmic scale (undefined where it has none), how many pixels
     it takes above what is usual, and what uPlot takes for it. */
  parts.drawings = { latency, traffic, errors, lateness, spread, percentiles };
})();
