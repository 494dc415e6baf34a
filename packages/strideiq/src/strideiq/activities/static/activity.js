// The course of an activity: linked charts, the track, splits, and one cursor through all of them.

import { drawCharts } from "./charts.js";
import { Track } from "./track.js";
import { asFigure, stretchFigures } from "./figures.js";

const course = JSON.parse(document.getElementById("course-data").textContent);
const canvas = document.getElementById("track");
const readout = document.getElementById("readout");
const rows = [...document.querySelectorAll("[data-start]")];

const track = canvas && course.track ? new Track(canvas, document.getElementById("scale"), course) : null;
const charts = drawCharts(document.getElementById("charts"), course, { onCursor, onSelect });
onCursor(null);

function onCursor(index) {
  track?.point(index);
  const time = index === null ? null : course.time[index];
  for (const row of rows) {
    row.classList.toggle("here", time !== null && time >= +row.dataset.start && time < +row.dataset.end);
  }
  if (!charts?.selected) showPlace(index);
}

function showPlace(index) {
  if (index === null) {
    readout.textContent = `Pace is smoothed over ${course.smoothing} s. Drag over a chart to measure a stretch.`;
    if (course.series[0]?.key !== "pace") readout.textContent = "Drag over a chart to measure a stretch.";
    return;
  }
  readout.replaceChildren(asFigure("at", course.time[index], "time"));
  if (course.distance?.[index] != null) {
    readout.append(asFigure("", course.distance[index].toFixed(2), course.distanceUnit));
  }
}

function onSelect(from, to) {
  track?.stretch(from, to);
  if (from === null) {
    showPlace(null);
    return;
  }
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "link";
  clear.textContent = "clear";
  clear.addEventListener("click", charts.clear);
  readout.replaceChildren("Stretch", ...stretchFigures(course, from, to), clear);
}

// A split, a lap or a best effort leads its stretch through charts and track.
for (const row of rows) {
  row.addEventListener("mouseenter", () => track?.stretch(...indices(row)));
  row.addEventListener("mouseleave", () => track?.stretch(...(charts.selected ?? [null, null])));
}

function indices(row) {
  const from = course.time.findIndex((time) => time >= +row.dataset.start);
  const past = course.time.findIndex((time) => time > +row.dataset.end);
  return from < 0 ? [null, null] : [from, past < 0 ? course.time.length - 1 : past];
}

const redraw = () => {
  charts.redraw();
  track?.draw();
};
document.addEventListener("themechange", redraw);
document.fonts.ready.then(redraw);
