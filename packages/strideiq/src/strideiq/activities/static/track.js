// The track from above, coloured in five steps by speed, start and end marked. It needs no map:
// tiles lie behind it only where whoever runs this server has set an address for them.

import { duration } from "./figures.js";

const STEPS = 5;
const MARGIN = 26;
const style = () => getComputedStyle(document.documentElement);
const mercator = (latitude) => Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360));

export class Track {
  constructor(canvas, scale, course) {
    this.canvas = canvas;
    this.course = course;
    this.place = null;
    this.tiles = canvas.dataset.tiles ? new Tiles(canvas.dataset.tiles, () => this.draw()) : null;
    this.range = [null, null];
    this.steps = this.#speedSteps();
    this.#showScale(scale);
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  // A place is a latitude and a longitude.
  point(place) {
    this.place = place;
    this.draw();
  }

  stretch(from, to) {
    this.range = [from, to];
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const places = this.#project(width, height);
    const css = style();
    this.tiles?.draw(context, this.view, width, height);
    this.#line(context, places, () => css.getPropertyValue(this.tiles ? "--ground" : "--sunken"), 8);
    const [from, to] = this.range;
    const colours = [1, 2, 3, 4, 5].map((step) => css.getPropertyValue(`--intensity-${step}`));
    let shown = places;
    if (from !== null) {
      // The stretch lies on top, so that a later lap of the same way does not hide it.
      this.#line(context, places, () => css.getPropertyValue("--line-strong"), 3.5);
      shown = places.map((place, i) => (i >= from && i <= to ? place : null));
    }
    this.#line(context, shown, (i) => colours[this.steps.of(i)], 3.5);
    const known = places.filter(Boolean);
    this.#mark(context, known.at(-1), css.getPropertyValue("--ink"), css.getPropertyValue("--ground"), 6, true);
    this.#mark(context, known[0], css.getPropertyValue("--ground"), css.getPropertyValue("--ink"), 6);
    if (this.place) {
      this.#mark(context, this.#at(...this.place), css.getPropertyValue("--accent"), css.getPropertyValue("--ground"), 8);
    }
  }

  #speedSteps() {
    const speeds = this.course.speed ?? [];
    const sorted = speeds.filter((speed) => speed !== null).sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    // The steps span at least a fifth of the middle speed: a steady run has one colour, not five.
    const [slow, middle, fast] = [at(0.05), at(0.5), at(0.95)];
    const half = Math.max((fast - slow) / 2, middle / 10);
    const [low, high] = [(slow + fast) / 2 - half, (slow + fast) / 2 + half];
    return {
      low,
      high,
      of: (i) => {
        if (speeds[i] == null || !(high > low)) return 0;
        return Math.max(0, Math.min(STEPS - 1, Math.floor(((speeds[i] - low) / (high - low)) * STEPS)));
      },
    };
  }

  #showScale(element) {
    const { low, high } = this.steps;
    const first = this.course.series[0];
    if (!(high > low) || !["pace", "speed"].includes(first?.key)) return;
    const unit = this.course.distanceUnit === "km" ? 1000 : 1609.344;
    const say = (speed) => (first.key === "pace" ? duration((unit * this.course.rateDistance) / speed) : ((speed * 3600) / unit).toFixed(0));
    const bar = document.createElement("span");
    bar.className = "scale";
    for (let step = 0; step < STEPS; step += 1) bar.append(document.createElement("i"));
    element.replaceChildren(say(low), bar, `${say(high)} ${first.unit}`);
  }

  #project(width, height) {
    const { latitude, longitude } = this.course.track;
    const shown = latitude.map((value, i) => (value === null || longitude[i] === null ? null : [(longitude[i] * Math.PI) / 180, -mercator(value)]));
    const known = shown.filter(Boolean);
    const [left, right] = extent(known.map(([x]) => x));
    const [top, bottom] = extent(known.map(([, y]) => y));
    const factor = Math.min((width - 2 * MARGIN) / (right - left || 1e-9), (height - 2 * MARGIN) / (bottom - top || 1e-9));
    const [x0, y0] = [(width - (right - left) * factor) / 2, (height - (bottom - top) * factor) / 2];
    this.view = { left, top, factor, x0, y0 };
    return shown.map((place) => place && [x0 + (place[0] - left) * factor, y0 + (place[1] - top) * factor]);
  }

  #at(latitude, longitude) {
    const { left, top, factor, x0, y0 } = this.view;
    return [x0 + ((longitude * Math.PI) / 180 - left) * factor, y0 + (-mercator(latitude) - top) * factor];
  }

  #line(context, places, colourAt, lineWidth) {
    context.lineWidth = lineWidth;
    context.lineCap = "round";
    context.lineJoin = "round";
    let current = null;
    let before = null;
    places.forEach((place, i) => {
      if (!place) {
        before = null;
        return;
      }
      const next = colourAt(i);
      if (next !== current || !before) {
        if (current !== null) context.stroke();
        context.beginPath();
        context.strokeStyle = next;
        context.moveTo(...(before ?? place));
        current = next;
      }
      context.lineTo(...place);
      before = place;
    });
    if (current !== null) context.stroke();
  }

  #mark(context, place, fill, stroke, radius, square = false) {
    if (!place) return;
    const [x, y] = place;
    context.beginPath();
    if (square) context.rect(x - radius + 1, y - radius + 1, 2 * radius - 2, 2 * radius - 2);
    else context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.strokeStyle = stroke;
    context.lineWidth = 2.5;
    context.fill();
    context.stroke();
  }
}

const TILE = 256;
const ZOOM_MAX = 18;

// Squares of a map, fetched only where an address for them was set; each is drawn when it arrives.
class Tiles {
  constructor(address, changed) {
    this.address = address;
    this.changed = changed;
    this.images = new Map();
  }

  draw(context, view, width, height) {
    // The view's scale is pixels per radian; the whole world is 2 pi radians wide.
    const world = view.factor * 2 * Math.PI;
    const zoom = Math.max(0, Math.min(ZOOM_MAX, Math.round(Math.log2(world / TILE))));
    const count = 2 ** zoom;
    const size = world / count;
    const [west, north] = [view.x0 - (view.left + Math.PI) * view.factor, view.y0 - (view.top + Math.PI) * view.factor];
    for (let x = Math.floor(-west / size); x * size + west < width; x += 1) {
      for (let y = Math.max(0, Math.floor(-north / size)); y < count && y * size + north < height; y += 1) {
        const image = this.#image(zoom, ((x % count) + count) % count, y);
        if (image.complete && image.naturalWidth) context.drawImage(image, west + x * size, north + y * size, size, size);
      }
    }
  }

  #image(z, x, y) {
    const address = this.address.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    if (!this.images.has(address)) {
      const image = new Image();
      image.addEventListener("load", this.changed);
      image.src = address;
      this.images.set(address, image);
    }
    return this.images.get(address);
  }
}

function extent(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
