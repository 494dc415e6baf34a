// Charts stacked under one time axis; the cursor and a selection go through all of them.

import uPlot from "../platform/vendor/uPlot.esm.js";
import { duration, text } from "./figures.js";
import { sayer } from "./words.js";

const HEIGHTS = { pace: 170, speed: 170, heart: 120, height: 96, cadence: 96, power: 96 };
const AXIS_WIDTH = 52;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function drawCharts(container, course, { onCursor, onSelect }) {
  const sync = uPlot.sync("course");
  const say = sayer(container);
  const api = { selected: null, clear, select, show, redraw: () => plots.forEach((plot) => plot.redraw(false)) };
  let view = course;
  const plots = course.series.map((series, number) => {
    const last = number === course.series.length - 1;
    return makeChart(container, course, series, { sync, last, say, onIndex, onStretch });
  });

  let shown = null;
  function onIndex(index) {
    if (index === shown) return;
    shown = index;
    plots.forEach((plot, number) => {
      const series = seriesOf(view, course.series[number].key);
      plot.output.value = index === null || !series ? "" : reading(series, index, say);
    });
    onCursor(index);
  }

  function onStretch(from, to) {
    api.selected = from === null ? null : [view.time[from], view.time[to]];
    onSelect(from, to);
  }

  // Choose a stretch by its times, as a split or a key does.
  function select(fromTime, toTime) {
    plots.forEach((plot, number) => {
      const [left, right] = [fromTime, toTime].map((time) => plot.valToPos(time, "x"));
      plot.setSelect({ left, top: 0, width: right - left, height: plot.over.clientHeight }, number === 0);
    });
  }

  // Draw other samples of the same course: a stretch looked at closely, or the whole again.
  function show(other) {
    view = other;
    shown = null;
    clear();
    plots.forEach((plot, number) => {
      const series = seriesOf(view, course.series[number].key);
      plot.limits = series ? [series.low, series.high] : plot.limits;
      const none = view.time.map(() => null);
      const values = [series?.values ?? none];
      if (plot.series.length > 2) values.push(series?.adjusted ?? none);
      plot.setData([view.time, ...values]);
    });
    onIndex(null);
  }

  function clear() {
    for (const plot of plots) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    onStretch(null, null);
  }

  const width = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: container.clientWidth, height: plot.height });
  });
  width.observe(container);
  walkByKeys(container, () => view, plots, api);
  return api;
}

const seriesOf = (course, key) => course.series.find((series) => series.key === key);

function reading(series, index, say) {
  const plain = `${text(series, series.values[index])} ${series.unit}`;
  const adjusted = series.adjusted?.[index];
  return adjusted == null ? plain : `${plain}, ${say("flat")} ${text(series, adjusted)}`;
}

// With the charts focused, the arrow keys move the cursor; Enter begins a stretch and ends it.
function walkByKeys(container, view, plots, api) {
  if (!plots.length) return;
  let begin = null;
  container.tabIndex = 0;
  container.addEventListener("keydown", (event) => {
    const [plot] = plots;
    const here = plot.cursor.idx ?? 0;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) {
      event.preventDefault();
      const next = Math.max(0, Math.min(view().time.length - 1, here + by * (event.shiftKey ? 10 : 1)));
      plot.setCursor({ left: plot.valToPos(view().time[next], "x"), top: 10 });
    } else if (event.key === "Enter" && event.target === container) {
      event.preventDefault();
      const time = view().time[here];
      if (begin !== null && begin !== time) api.select(Math.min(begin, time), Math.max(begin, time));
      begin = begin === null ? time : null;
    } else if (event.key === "Escape") {
      begin = null;
      api.clear();
    }
  });
}

function makeChart(container, course, series, { sync, last, say, onIndex, onStretch }) {
  const box = document.createElement("div");
  box.className = "chart";
  const head = document.createElement("div");
  head.className = "chart-head";
  const name = document.createElement("strong");
  name.textContent = series.label;
  const output = document.createElement("output");
  head.append(name, series.unit, ...(series.adjusted ? [adjustedKey(say)] : []), output);
  box.append(head);
  container.append(box);

  const height = HEIGHTS[series.key] + (last ? 30 : 0);
  const plot = new uPlot(
    {
      width: container.clientWidth,
      height,
      padding: [6, 18, last ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: sync.key, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 9, width: 2, fill: () => colour("ground"), stroke: () => colour(series.key) },
      },
      scales: {
        x: { time: false },
        y: { range: (self) => self.limits ?? [series.low, series.high], dir: series.inverted ? -1 : 1 },
      },
      axes: [timeAxis(last), valueAxis(series)],
      series: [
        {},
        {
          stroke: () => colour(lineColour(series)),
          width: 1.6,
          fill: series.key === "height" ? () => `color-mix(in srgb, ${colour("height")} 22%, transparent)` : null,
          spanGaps: false,
          points: { show: false },
        },
        ...(series.adjusted ? [adjustedLine()] : []),
      ],
      hooks: {
        drawClear: [(self) => drawLaps(self, course.laps)],
        setCursor: [(self) => onIndex(self.cursor.left < 0 ? null : self.cursor.idx)],
        setSelect: [(self) => measure(self, onStretch)],
      },
    },
    [course.time, series.values, ...(series.adjusted ? [series.adjusted] : [])],
    box,
  );
  plot.output = output;
  describe(plot, series, say);
  return plot;
}

// What a chart shows, for who does not see it.
function describe(plot, series, say) {
  const known = series.values.filter((value) => value !== null);
  const [low, high] = known.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const [from, to] = series.inverted ? [high, low] : [low, high];
  plot.ctx.canvas.setAttribute("role", "img");
  plot.ctx.canvas.setAttribute(
    "aria-label",
    say("overTime", { what: series.label, low: text(series, from), high: text(series, to), unit: series.unit }),
  );
}

const adjustedLine = () => ({
  stroke: () => colour("ink-2"),
  width: 1.2,
  dash: [4, 3],
  spanGaps: false,
  points: { show: false },
});

function adjustedKey(say) {
  const key = document.createElement("span");
  key.className = "adjusted-key";
  key.textContent = say("adjusted");
  return key;
}

const lineColour = (series) => (["speed", "power"].includes(series.key) ? "pace" : series.key);

function measure(plot, onStretch) {
  const { left, width } = plot.select;
  if (width < 3) return;
  onStretch(plot.posToIdx(left), plot.posToIdx(left + width));
}

// Laps are faint bands, every second one filled.
function drawLaps(plot, laps) {
  if (!laps.length) return;
  const { ctx, bbox } = plot;
  const edges = [...laps, plot.scales.x.max];
  ctx.save();
  ctx.fillStyle = colour("sunken");
  for (let i = 0; i + 1 < edges.length; i += 2) {
    const [from, to] = [edges[i], edges[i + 1]].map((time) => plot.valToPos(time, "x", true));
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  }
  ctx.restore();
}

function axis() {
  return {
    stroke: () => colour("ink-3"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { show: false },
  };
}

function timeAxis(last) {
  return {
    ...axis(),
    show: true,
    size: last ? 30 : 0,
    gap: 6,
    space: 70,
    incrs: [60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 28800],
    values: (_, times) => (last ? times.map((time) => clock(time)) : times.map(() => "")),
  };
}

function clock(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

function valueAxis(series) {
  const paceSteps = [5, 10, 15, 20, 30, 60, 120, 300];
  return {
    ...axis(),
    size: AXIS_WIDTH,
    gap: 8,
    space: 28,
    ...(series.key === "pace" ? { incrs: paceSteps } : {}),
    values: (_, values) => values.map((value) => (series.key === "pace" ? duration(value) : String(Math.round(value * 10) / 10))),
  };
}
