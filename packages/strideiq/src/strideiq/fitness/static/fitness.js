// Load, fitness and form over months and years, from the data in the page; one cursor through all.

import uPlot from "../platform/vendor/uPlot.esm.js";

const data = JSON.parse(document.getElementById("fitness-data").textContent);
const words = {};
for (const item of document.getElementById("fitness-words").content.querySelectorAll("[data-word]")) {
  words[item.dataset.word] = item.textContent;
}
const container = document.getElementById("pictures");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const soft = (name, share) => `color-mix(in srgb, ${colour(name)} ${share}%, transparent)`;
const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const plots = [];

draw("balance", "", [data.days, data.load, data.fitness, data.fatigue], {
  height: 240,
  keys: ["fitness", "fatigue", "load"],
  series: [
    { label: "load", scale: "load", stroke: () => soft("ink-3", 0), fill: () => soft("ink-3", 34), width: 0, paths: uPlot.paths.bars({ size: [0.7, 12] }), points: { show: false } },
    line("pace", { label: "fitness", width: 2.2 }),
    line("heart", { label: "fatigue", width: 1.2 }),
  ],
  scales: { load: { range: (_, low, high) => [0, Math.max(high, 60) * 2.6] }, y: { range: (_, low, high) => [0, Math.max(high, 20) * 1.08] } },
  say: (at) => [
    `${words.fitness} ${whole(data.fitness[at])}`,
    `${words.fatigue} ${whole(data.fatigue[at])}`,
    `${words.load} ${whole(data.load[at])} ${data.step > 1 ? words.week : words.day}`,
  ],
});

draw("form", "", [data.days, data.form], {
  height: 130,
  series: [line("cadence", { label: "form", width: 1.4, fill: () => soft("cadence", 16), fillTo: 0 })],
  scales: { y: { range: (_, low, high) => [Math.min(low, -10) * 1.1, Math.max(high, 10) * 1.1] } },
  marks: [0],
  say: (at) => [signed(data.form[at])],
});

if (data.index.value.some((value) => value !== null)) {
  draw("index", "", [data.days, data.index.low, data.index.high, data.index.value], {
    height: 190,
    series: [
      line("pace", { label: "low", width: 0 }),
      line("pace", { label: "high", width: 0 }),
      line("pace", { label: "index", width: 2, paths: uPlot.paths.stepped({ align: 1 }) }),
    ],
    bands: [{ series: [2, 1], fill: () => soft("pace", 14) }],
    scales: { y: { range: padded } },
    say: (at) =>
      data.index.value[at] === null
        ? []
        : [`${data.index.value[at].toFixed(1)} (${data.index.low[at].toFixed(1)}–${data.index.high[at].toFixed(1)})`],
  });
}
dots("efficiency", "heart", (value) => value.toFixed(2), 2);
dots("decoupling", "height", (value) => `${value.toFixed(1)} %`, 1, [0, 5]);

function dots(name, tone, say, decimals, marks = []) {
  const { days, values, trend } = data[name];
  if (days.length < 2) return;
  draw(name, words[`${name}Unit`], [days, values, trend], {
    height: 150,
    decimals,
    series: [
      { label: name, stroke: () => soft(tone, 0), width: 0, points: { show: true, size: 5, width: 0, fill: () => soft(tone, 55) } },
      line(tone, { label: "trend", width: 2 }),
    ],
    scales: { y: { range: padded } },
    marks,
    say: (at) => [say(values[at])],
  });
}

function line(tone, more) {
  return { stroke: () => colour(tone), spanGaps: true, points: { show: false }, ...more };
}

function padded(_, low, high) {
  if (low === null) return [0, 1];
  const margin = Math.max((high - low) * 0.12, Math.abs(high) * 0.01, 0.01);
  return [low - margin, high + margin];
}

function draw(name, unit, columns, { height, keys = [], series, bands = [], scales, marks = [], say, decimals = 0 }) {
  const box = document.createElement("section");
  box.className = "picture";
  const head = document.createElement("div");
  head.className = "picture-head";
  const title = document.createElement("strong");
  title.textContent = words[name];
  const output = document.createElement("output");
  head.append(title, unit);
  for (const key of keys) {
    const shown = document.createElement("span");
    shown.className = "key";
    shown.dataset.of = key;
    shown.textContent = words[key];
    head.append(shown);
  }
  head.append(output);
  box.append(head);
  container.append(box);
  const plot = new uPlot(
    {
      width: container.clientWidth,
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: "fitness", setSeries: false },
        points: { size: 8, fill: () => colour("ground") },
      },
      scales: { x: { time: true, range: (_, low, high) => [data.days[0], Math.max(data.days.at(-1), data.days[0] + 86400)] }, ...scales },
      axes: [axis({ size: 28, gap: 6, space: 80, values: dates }), axis({ size: 44, gap: 8, space: 30, values: (_, ticks) => ticks.map((tick) => tick.toFixed(decimals).replace("-", "−")) })],
      series: [{}, ...series.map((one) => ({ scale: "y", ...one }))],
      bands,
      hooks: {
        drawAxes: [(self) => marks.forEach((at) => rule(self, at))],
        setCursor: [(self) => tell(self.cursor.left < 0 ? null : self.cursor.idx)],
      },
    },
    columns,
    box,
  );
  plots.push(plot);
  tell(null);
  plot.ctx.canvas.setAttribute("role", "img");
  plot.ctx.canvas.setAttribute("aria-label", `${words[name]}: ${say(columns[0].length - 1).join(", ")}`);

  function tell(at) {
    const shown = at ?? columns[0].length - 1;
    const when = at === null || at === undefined ? [] : [day.format(columns[0][shown] * 1000)];
    output.textContent = [...when, ...(columns[1][shown] === undefined ? [] : say(shown))].join(" · ");
  }
}

function axis(more) {
  return {
    stroke: () => colour("ink-3"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { show: false },
    ...more,
  };
}

function dates(_, ticks, __, ___, step) {
  const options = step >= 86400 * 360 ? { year: "numeric" } : step >= 86400 * 27 ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" });
  return ticks.map((tick) => format.format(tick * 1000));
}

function rule(plot, value) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, "y", true));
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colour("line-strong");
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function whole(value) {
  return Math.round(value).toString();
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(Math.round(value))}`;
}

new ResizeObserver(() => {
  for (const plot of plots) plot.setSize({ width: container.clientWidth, height: plot.height });
}).observe(container);

const redraw = () => plots.forEach((plot) => plot.redraw(false));
document.addEventListener("themechange", redraw);
document.fonts.ready.then(redraw);
