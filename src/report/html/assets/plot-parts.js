/* What plots are made of: numbers in words, colours, axes, and what is marked upon them. plot-drawings.js puts it together. */
"use strict";

(() => {
  const told = document.getElementById("deskbell-data");
  if (!told) return;
  const run = JSON.parse(told.textContent);

  /* Words and numbers, as the rest of the page has them. */

  const grouped = (count) => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, " ");
  const trimmed = (value, digits) => String(Number(value.toFixed(digits)));

  function duration(us) {
    if (us < 1e3) return trimmed(us, 0) + " us";
    if (us < 1e6) return trimmed(us / 1e3, us < 9950 ? 2 : us < 99500 ? 1 : 0) + " ms";
    if (us < 6e7) return trimmed(us / 1e6, us < 9.95e6 ? 2 : 1) + " s";
    return trimmed(us / 6e7, us < 6e8 ? 1 : 0) + " min";
  }

  /* The same at an axis, where powers of ten stand. */
  const durationAtAxis = (us) => (us === 0 ? "0" : us < 6e7 ? duration(us) : grouped(us / 1e6) + " s");

  function short(count) {
    if (count >= 1e6) return trimmed(count / 1e6, 1) + "M";
    if (count >= 1e4) return trimmed(count / 1e3, 1) + "k";
    return count < 100 ? trimmed(count, 1) : grouped(count);
  }

  const twoDigits = (number) => String(number).padStart(2, "0");

  /* A time of the run: 12 s, 2:05, 1:02:05. */
  function clock(seconds) {
    const whole = Math.floor(seconds);
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    if (run.points * run.step <= 120) return trimmed(seconds, 1) + " s";
    return h > 0 ? `${h}:${twoDigits(m)}:${twoDigits(s)}` : `${m}:${twoDigits(s)}`;
  }

  /* 100 is the 99th percentile: one in a hundred samples is greater. */
  function percentile(oneIn) {
    const digits = Math.max(0, Math.ceil(Math.log10(oneIn) - 2 - 1e-9));
    return trimmed(100 - 100 / oneIn, digits + (Number.isInteger(Math.log10(oneIn)) ? 0 : 2)) + " %";
  }

  const perSecond = (count) => (count < 100 ? trimmed(count, 1) : grouped(count)) + "/s";
  const devices = (count) => grouped(count) + (count === 1 ? " device" : " devices");
  const samples = (count) => grouped(count) + (count === 1 ? " sample" : " samples");

  /* Colours are the page's; dashes tell curves apart without them. */

  const DASHES = [[], [7, 4], [2, 3], [12, 3, 2, 3], [16, 5], [7, 3, 2, 3, 2, 3], [4, 2]];
  /* To ask for a colour makes the browser work out the styles of the whole page: each is asked for once. */
  const inks = new Map();
  function colour(name) {
    if (!inks.has(name)) inks.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return inks.get(name);
  }
  const nthColour = (nth) => colour(`--plot-${(nth % DASHES.length) + 1}`);

  function curve(nth, label, value, more) {
    return {
      label,
      stroke: nthColour(nth),
      dash: DASHES[nth % DASHES.length],
      width: 1.75,
      value: (_plot, raw) => (raw == null ? "\u2013" : value(raw)),
      points: { size: 5, fill: nthColour(nth), filter: alone },
      ...more,
    };
  }

  /* The stroke of a curve beside its name in the legend, dashes and all. */
  function sampleOf(series, marker) {
    if (series.width === 0 || (series.dash.length === 0 && series.fill(null, 0))) return;
    const canvas = marker.appendChild(document.createElement("canvas"));
    [canvas.width, canvas.height] = [28 * devicePixelRatio, 8 * devicePixelRatio];
    const ctx = canvas.getContext("2d");
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.strokeStyle = series.stroke(null, 0);
    ctx.lineWidth = 2;
    ctx.setLineDash(series.dash);
    ctx.beginPath();
    ctx.moveTo(0, 4);
    ctx.lineTo(28, 4);
    ctx.stroke();
    marker.classList.add("stroke");
  }

  /* A value between two gaps would not be seen: it gets a point. */
  function alone(plot, nth, isShown) {
    if (isShown) return null;
    const column = plot.data[nth];
    const isAlone = (at) => column[at] != null && column[at - 1] == null && column[at + 1] == null;
    return column.map((_, at) => at).filter(isAlone);
  }

  /* Axes and scales. */

  const FONT = "12px system-ui, sans-serif";
  const WHOLE = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((factor) => factor * 10 ** power)).flat();
  const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

  function axis(value, more) {
    const line = colour("--line");
    return {
      stroke: colour("--muted"),
      font: FONT,
      labelFont: FONT,
      labelSize: 18,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
      values: (_plot, splits) => splits.map((split) => (split == null ? "" : value(split))),
      ...more,
    };
  }

  const upward = (value, label, more) => axis(value, { size: 62, label, ...more });
  const along = (value, label, more) => axis(value, { size: 30, label, ...more });
  const countAxis = (label, more) => upward(short, label, { incrs: WHOLE, ...more });
  const timeAxis = () => along(clock, "time since the start", { incrs: SECONDS, space: 64 });

  /* From nothing up, with room above. */
  const fromZero = (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1];
  const decades = (_plot, min, max) => [
    10 ** Math.floor(Math.log10(Math.max(min ?? 1, 1))),
    10 ** Math.ceil(Math.log10(Math.max(max ?? 10, 10)) + 1e-9),
  ];
  const upScale = (isLog) => (isLog ? { distr: 3, range: decades } : { range: fromZero });

  /* Of a logarithmic axis, as many round places as have room between them; axis 0 lies along. */
  function places(plot, axis, min, max) {
    const tens = Math.log10(max / min);
    const decade = (axis === 0 ? plot.width - 80 : plot.height - 60) / tens;
    const room = axis === 0 ? 60 : 24;
    const within = [[1, 2, 3, 5, 7], [1, 2, 5]].find((_, nth) => decade * [0.14, 0.3][nth] >= room) ?? [1];
    const every = Math.ceil(room / decade);
    const splits = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power += 1) {
      if (power % every !== 0) continue;
      splits.push(...within.map((factor) => factor * 10 ** power).filter((at) => at >= min && at <= max));
    }
    return splits;
  }
  const logarithmic = { splits: places, filter: (_plot, splits) => splits };
  const upwardBy = (isLog, value, label) => upward(value, label, isLog ? logarithmic : {});

  /* The whole run with half a point at either end, or what of it was chosen. */
  const [begin, end] = [-run.step / 2, (Math.max(run.points, 1) - 0.5) * run.step];
  const isWhole = (min, max) => min <= 0 && max >= end - run.step / 2;
  const timeScale = {
    time: false,
    range: (_plot, min, max) => (min == null || isWhole(min, max) || run.points === 1 ? [begin, end] : [min, max]),
  };

  /* The same for a logarithmic axis, from one sample's place to another's. */
  const spanScale = (first, last) => {
    const room = Math.max(1.1, Math.sqrt(4 / (last / first)));
    const isAll = (min, max) => min == null || (min <= first && max >= last);
    const all = [first / room, last * room];
    return { time: false, distr: 3, range: (_plot, min, max) => (isAll(min, max) ? all : [min, max]) };
  };

  /* What is drawn upon a plot, in pixels of its canvas. */

  function onCanvas(plot, draw) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.lineWidth = 1.25 * devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    draw(ctx, bbox, devicePixelRatio);
    ctx.restore();
  }

  function strokeLine(ctx, from, to) {
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
  }

  /* A text that has room in the plot, from x on or as far before it as it must. */
  function fitted(ctx, bbox, whole, x, ratio) {
    let text = whole;
    while (ctx.measureText(text).width > bbox.width && text.length > 8) text = `${text.slice(0, -4)}\u2026`;
    const width = ctx.measureText(text).width + 4 * ratio;
    return { text, width, left: Math.max(bbox.left + 2 * ratio, Math.min(x, bbox.left + bbox.width - width)) };
  }

  /* Text with an edge in the colour of the page, kept within the plot. */
  function write(ctx, bbox, whole, x, y, ratio) {
    const { text, left } = fitted(ctx, bbox, whole, x, ratio);
    ctx.save();
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = "round";
    ctx.strokeStyle = colour("--surface");
    ctx.strokeText(text, left, y);
    ctx.fillText(text, left, y);
    ctx.restore();
  }

  /* Thresholds of one place as one line with all their texts. */
  function together(lines) {
    const places = new Map();
    for (const { us, text, ok } of lines) {
      const one = places.get(us) ?? { texts: new Set(), ok: true };
      places.set(us, { us, texts: one.texts.add(text), ok: one.ok && ok });
    }
    return [...places.values()].map((one) => ({ ...one, text: [...one.texts].join(", ") }));
  }

  /* Writes at the first of these places that no text has yet, or not at all: tables have every text. */
  function writeApart(ctx, bbox, text, places, taken, ratio) {
    for (const [x, y] of places) {
      const { left, width } = fitted(ctx, bbox, text, x, ratio);
      const isFree = ({ from, to, at }) => left > to || left + width < from || Math.abs(y - at) > 15 * ratio;
      if (y < bbox.top + 8 * ratio || y > bbox.top + bbox.height - 6 * ratio || !taken.every(isFree)) continue;
      write(ctx, bbox, text, x, y, ratio);
      taken.push({ from: left, to: left + width, at: y });
      return;
    }
  }

  /* Thresholds across the plot, the crossed ones first; one beyond its upper edge is told there. */
  const thresholdsAcross = (lines) => (plot) =>
    onCanvas(plot, (ctx, bbox, ratio) => {
      const taken = [];
      const [begin, end] = [bbox.left + 6 * ratio, bbox.left + bbox.width];
      for (const line of together(lines).sort((one, other) => one.ok - other.ok || one.us - other.us)) {
        ctx.strokeStyle = ctx.fillStyle = colour(line.ok ? "--muted" : "--fail");
        const y = plot.valToPos(Math.max(line.us, 1), "y", true);
        if (y >= bbox.top && y <= bbox.top + bbox.height) {
          strokeLine(ctx, [bbox.left, y], [end, y]);
          const places = [begin, end].flatMap((x) => [[x, y - 9 * ratio], [x, y + 10 * ratio]]);
          writeApart(ctx, bbox, line.text, places, taken, ratio);
        } else if (y < bbox.top) {
          const places = [10, 27, 44].flatMap((row) => [begin, end].map((x) => [x, bbox.top + row * ratio]));
          writeApart(ctx, bbox, `\u2191 ${line.text}`, places, taken, ratio);
        }
      }
    });

  const thresholdsUpright = (lines) => (plot) =>
    onCanvas(plot, (ctx, bbox, ratio) => {
      const taken = [];
      const rows = Array.from({ length: Math.floor(bbox.height / ratio / 17) }, (_, nth) => 10 + 17 * nth);
      for (const line of together(lines).sort((one, other) => one.ok - other.ok || one.us - other.us)) {
        ctx.strokeStyle = ctx.fillStyle = colour(line.ok ? "--muted" : "--fail");
        const x = plot.valToPos(Math.max(line.us, 1), "x", true);
        if (x < bbox.left || x > bbox.left + bbox.width) continue;
        strokeLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
        const places = rows.map((row) => [x + 3 * ratio, bbox.top + row * ratio]);
        writeApart(ctx, bbox, line.text, places, taken, ratio);
      }
    });

  /* Since when something is wrong: an upright line each for the first error and the first violation,
     its text above the plot, where it covers no curve. */
  const FIRST_VIOLATION = ["first violation", run.first_violation, "--fail"];
  const FIRST_ERROR = ["first error", run.first_error, "--warn"];
  const ROW = 17;
  const firsts = (marked, marksHeight) => {
    const known = marked.filter(([, second]) => second != null);
    const draw = (plot) =>
      onCanvas(plot, (ctx, bbox, ratio) => {
        known.forEach(([text, second, ink], nth) => {
          const x = plot.valToPos(Math.floor(second / run.step) * run.step, "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) return;
          ctx.strokeStyle = ctx.fillStyle = colour(ink);
          const y = bbox.top - (marksHeight + ROW * (known.length - nth - 0.5)) * ratio;
          strokeLine(ctx, [x, y], [x, bbox.top + bbox.height]);
          write(ctx, bbox, `${text}: ${clock(second)}`, x + 4 * ratio, y, ratio);
        });
      });
    return { draw, height: marksHeight + ROW * known.length };
  };

  /* A mark above the plot for each point where a series of counts is not zero. */
  const marks = (rows) => (plot) =>
    onCanvas(plot, (ctx, bbox, ratio) => {
      for (const { nth, ink, above, half } of rows.filter(({ nth }) => plot.series[nth].show)) {
        ctx.fillStyle = colour(ink);
        plot.data[nth].forEach((count, at) => {
          const x = plot.valToPos(plot.data[0][at], "x", true);
          if (!count || x < bbox.left || x > bbox.left + bbox.width) return;
          const y = bbox.top - above * ratio;
          ctx.beginPath();
          ctx.moveTo(x, y - 5 * ratio);
          ctx.lineTo(x + half * ratio, y);
          ctx.lineTo(x, y + 5 * ratio);
          ctx.lineTo(x - half * ratio, y);
          ctx.fill();
        });
      }
    });

  window.deskbellPlots = {
    run, duration, durationAtAxis, short, clock, percentile, perSecond, devices, samples, colour,
    nthColour, curve, sampleOf, along, upward, upwardBy, countAxis, timeAxis, logarithmic, fromZero, upScale,
    timeScale, spanScale, forgetColours: () => inks.clear(),
    thresholdsAcross, thresholdsUpright, firsts, FIRST_VIOLATION, FIRST_ERROR, marks,
  };
})();
