// Figures as the server writes them: tabular, with a small grey unit behind.

export function duration(seconds) {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function text(series, value) {
  if (value === null || value === undefined) return "–";
  if (series.key === "pace") return duration(value);
  return series.key === "speed" ? value.toFixed(1) : Math.round(value).toString();
}

export function asFigure(label, value, unit) {
  const element = document.createElement("span");
  const number = document.createElement("b");
  number.textContent = unit === "time" ? duration(value) : value;
  if (label) element.append(`${label} `);
  element.append(number);
  if (unit && unit !== "time") element.append(` ${unit}`);
  return element;
}

function mean(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

function climb(values) {
  // Only changes beyond the altimeter's noise count, as in the activity's own ascent.
  let total = 0;
  let turn = null;
  for (const value of values) {
    if (value === null) continue;
    turn ??= value;
    if (Math.abs(value - turn) < 2) continue;
    total += Math.max(value - turn, 0);
    turn = value;
  }
  return total;
}

export function stretchFigures(course, from, to) {
  const seconds = course.time[to] - course.time[from];
  const figures = [asFigure("", seconds, "time")];
  const distance = course.distance ? course.distance[to] - course.distance[from] : null;
  if (distance > 0) {
    figures.push(asFigure("", distance.toFixed(2), course.distanceUnit));
    const first = course.series[0];
    if (first?.key === "pace") figures.push(asFigure("", duration((seconds / distance) * course.rateDistance), first.unit));
    if (first?.key === "speed") figures.push(asFigure("", ((distance / seconds) * 3600).toFixed(1), first.unit));
  }
  for (const series of course.series) {
    const part = series.values.slice(from, to + 1);
    if (["cadence", "power"].includes(series.key) && mean(part) !== null) {
      figures.push(asFigure("", Math.round(mean(part)), series.unit));
    }
    if (series.key === "height") figures.push(asFigure("↑", Math.round(climb(part)), series.unit));
    if (series.key === "heart" && mean(part) !== null) {
      figures.push(asFigure("", Math.round(mean(part)), series.unit));
    }
  }
  return figures;
}
