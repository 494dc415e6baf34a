// The course of an activity: linked charts, the track, splits, and one cursor through all of them.

import { drawCharts } from "./charts.js";
import { Track } from "./track.js";
import { asFigure, stretchFigures } from "./figures.js";
import { sayer } from "./words.js";

const whole = JSON.parse(document.getElementById("course-data").textContent);
const box = document.getElementById("charts");
const say = sayer(box);
const canvas = document.getElementById("track");
const readout = document.getElementById("readout");
const rows = [...document.querySelectorAll("[data-start]")];

let view = whole;
const track = canvas && whole.track ? new Track(canvas, document.getElementById("scale"), whole) : null;
const charts = drawCharts(box, whole, { onCursor, onSelect });
onCursor(null);

function onCursor(index) {
  track?.point(index === null ? null : placeOf(index));
  const time = index === null ? null : view.time[index];
  for (const row of rows) {
    row.classList.toggle("here", time !== null && time >= +row.dataset.start && time < +row.dataset.end);
  }
  if (!charts?.selected) showPlace(index);
}

function placeOf(index) {
  const { latitude, longitude } = view.track ?? { latitude: [], longitude: [] };
  return latitude[index] == null ? null : [latitude[index], longitude[index]];
}

function showPlace(index) {
  if (index === null) {
    readout.textContent = hint();
    if (view !== whole) readout.append(button(say("whole"), showWhole));
    return;
  }
  readout.replaceChildren(asFigure(say("at"), view.time[index], "time"));
  if (view.distance?.[index] != null) {
    readout.append(asFigure("", view.distance[index].toFixed(2), view.distanceUnit));
  }
}

function hint() {
  const smoothed = whole.series[0]?.key === "pace" ? [say("smoothed", { seconds: whole.smoothing })] : [];
  return [...smoothed, say("hint")].join(" ");
}

function onSelect(from, to) {
  const times = from === null ? [null, null] : [view.time[from], view.time[to]];
  track?.stretch(...indices(...times));
  if (from === null) {
    showPlace(null);
    return;
  }
  readout.replaceChildren(say("stretch"), ...stretchFigures(view, from, to));
  if (to - from > 1 && box.dataset.finer) readout.append(button(say("closer"), () => zoom(...times)));
  if (view !== whole) readout.append(button(say("whole"), showWhole));
  readout.append(button(say("clear"), charts.clear));
}

function button(words, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = words;
  element.addEventListener("click", act);
  return element;
}

// Looking closer asks the server for the samples of the stretch, as fine as they were recorded.
async function zoom(from, to) {
  const address = new URL(box.dataset.finer, location.href);
  address.searchParams.set("from", from);
  address.searchParams.set("to", to);
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.json());
  } catch {
    readout.append(say("lost"));
  }
}

function show(course) {
  view = course;
  charts.show(course);
  box.focus({ preventScroll: true });
}

const showWhole = () => show(whole);

// A split, a lap or an interval leads its stretch through charts and track.
for (const row of rows) {
  const ends = [+row.dataset.start, +row.dataset.end];
  row.addEventListener("mouseenter", () => track?.stretch(...indices(...ends)));
  row.addEventListener("mouseleave", () => track?.stretch(...indices(...(charts.selected ?? [null, null]))));
  const choose = () => {
    if (view !== whole) showWhole();
    charts.select(...ends);
  };
  row.addEventListener("click", choose);
  row.addEventListener("keydown", (event) => event.key === "Enter" && choose());
  row.tabIndex = 0;
}

function indices(from, to) {
  if (from === null) return [null, null];
  const first = whole.time.findIndex((time) => time >= from);
  const past = whole.time.findIndex((time) => time > to);
  return first < 0 ? [null, null] : [first, past < 0 ? whole.time.length - 1 : past];
}

// n and p lead to the newer and the older activity.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  document.querySelector(`[data-turn="${CSS.escape(event.key)}"]`)?.click();
});

const redraw = () => {
  charts.redraw();
  track?.draw();
};
document.addEventListener("themechange", redraw);
document.fonts.ready.then(redraw);
