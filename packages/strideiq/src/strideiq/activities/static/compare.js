// Two courses on one axis: a chart for each channel, and how far the second is ahead.

import uPlot from "../platform/vendor/uPlot.esm.js";
import { duration, text } from "./figures.js";
import { sayer } from "./words.js";

const data = JSON.parse(document.getElementById("compare-data").textContent);
const box = document.getElementById("charts");
const say = sayer(box);
const readout = document.getElementById("readout");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const sides = ["pace", "intensity-4"];
const sync = uPlot.sync("compare");
const place = (x) => (data.axis === "distance" ? `${x.toFixed(2)} ${data.unit}` : duration(x));

const signed = (value) => (data.aheadUnit === "s" ? `${value < 0 ? "−" : ""}${duration(Math.abs(value))}` : String(Math.round(value)).replace("-", "−"));
const ahead = { key: "ahead", label: say("ahead"), unit: data.aheadUnit, values: [data.ahead] };
const charts = [...data.series, ahead];
const plots = charts.map((series, number) => draw(series, number === charts.length - 1));

function draw(series, last) {
  const holder = document.createElement("div");
  holder.className = "chart";
  const head = document.createElement("div");
  head.className = "chart-head";
  const name = document.createElement("strong");
  name.textContent = series.label;
  const output = document.createElement("output");
  head.append(name, series.unit === "s" ? "" : series.unit, output);
  holder.append(head);
  box.append(holder);
  const axis = {
    stroke: () => colour("ink-3"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { show: false },
  };
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: (series.key === "pace" ? 190 : 120) + (last ? 30 : 0),
      padding: [6, 18, last ? 0 : 6, 0],
      legend: { show: false },
      cursor: { y: false, sync: { key: sync.key, setSeries: false }, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: limits(series), dir: series.inverted ? -1 : 1 } },
      axes: [
        { ...axis, size: last ? 30 : 0, gap: 6, space: 70, ...(data.axis === "time" ? { incrs: [60, 120, 300, 600, 900, 1800, 3600, 7200] } : {}), values: (_, all) => all.map((x) => (last ? (data.axis === "time" ? duration(x) : `${x} ${data.unit}`) : "")) },
        { ...axis, size: 52, gap: 8, space: 28, values: (_, all) => all.map((value) => (series.key === "ahead" ? signed(value) : series.key === "pace" ? duration(value) : String(Math.round(value * 10) / 10))) },
      ],
      series: [{}, ...series.values.map((_, side) => ({
        stroke: () => colour(series.key === "ahead" ? "ink" : sides[side]),
        fill: series.key === "ahead" ? () => `color-mix(in srgb, ${colour("ink")} 12%, transparent)` : null,
        width: 1.6,
        spanGaps: false,
        points: { show: false },
      }))],
      hooks: { setCursor: [(self) => tell(self.cursor.left < 0 ? null : self.cursor.idx)] },
    },
    [data.x, ...series.values],
    holder,
  );
  plot.output = output;
  plot.ctx.canvas.setAttribute("role", "img");
  plot.ctx.canvas.setAttribute("aria-label", say("both", { what: series.label }));
  return plot;
}

function limits(series) {
  const known = series.values.flat().filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share) => known[Math.min(known.length - 1, Math.floor(share * known.length))];
  const [low, high] = series.key === "ahead" ? [Math.min(0, known[0]), Math.max(0, known.at(-1))] : [at(0.005), at(series.inverted ? 0.97 : 0.995)];
  const margin = Math.max((high - low) * 0.1, 1);
  return [low - margin, high + margin];
}

function tell(index) {
  plots.forEach((plot, number) => {
    const series = charts[number];
    const shown = series.values.map((values) => values[index]);
    plot.output.value = index === null ? "" : series.key === "ahead" ? signed(shown[0]) : shown.map((value) => text(series, value)).join(" · ");
  });
  readout.textContent = index === null ? "" : `${say("at")} ${place(data.x[index])}`;
}

box.tabIndex = 0;
box.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const [plot] = plots;
  const next = Math.max(0, Math.min(data.x.length - 1, (plot.cursor.idx ?? 0) + by * (event.shiftKey ? 10 : 1)));
  plot.setCursor({ left: plot.valToPos(data.x[next], "x"), top: 10 });
});

new ResizeObserver(() => plots.forEach((plot) => plot.setSize({ width: box.clientWidth, height: plot.height }))).observe(box);
const redraw = () => plots.forEach((plot) => plot.redraw(false));
document.addEventListener("themechange", redraw);
document.fonts.ready.then(redraw);
