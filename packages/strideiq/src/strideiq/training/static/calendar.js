// Workouts are moved by dragging, or with Shift and an arrow key. The page works without this.

const calendar = document.getElementById("calendar");
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
let dragged = null;

function shifted(day, by) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

async function send(address, fields) {
  const table = calendar.querySelector("table");
  const body = new URLSearchParams({ view: table.dataset.view, shown_day: table.dataset.day, ...fields });
  const headers = { "HX-Request": "true", "X-CSRF-Token": document.body.dataset.csrfToken };
  const answer = await fetch(address, { method: "POST", body, headers }).catch(() => null);
  if (!answer) return document.dispatchEvent(new CustomEvent("htmx:error"));
  const target = answer.ok ? calendar : document.getElementById("notice");
  target.innerHTML = await answer.text();
}

async function move(entry, day) {
  const id = entry.dataset.workout;
  if (!id || day === entry.dataset.day) return;
  await send(`/workouts/${id}/move`, { day });
  calendar.querySelector(`[data-workout="${id}"]`)?.focus();
}

calendar.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-workout]");
  event.dataTransfer?.setData("text/plain", dragged?.dataset.workout ?? "");
  dragged?.classList.add("dragged");
});

calendar.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  for (const cell of calendar.querySelectorAll(".over")) cell.classList.remove("over");
  dragged = null;
});

calendar.addEventListener("dragover", (event) => {
  const cell = event.target.closest("td[data-day]");
  if (!dragged || !cell) return;
  event.preventDefault();
  for (const other of calendar.querySelectorAll(".over")) if (other !== cell) other.classList.remove("over");
  cell.classList.add("over");
});

calendar.addEventListener("drop", (event) => {
  const cell = event.target.closest("td[data-day]");
  if (!dragged || !cell) return;
  event.preventDefault();
  move(dragged, cell.dataset.day);
});

async function remove(entry) {
  const entries = [...calendar.querySelectorAll("[data-workout]")];
  const next = entries[entries.indexOf(entry) + 1]?.dataset.workout;
  await send(`/workouts/${entry.dataset.workout}/say`, { field: "removed", value: "yes" });
  (calendar.querySelector("[data-undo] button") ?? calendar.querySelector(`[data-workout="${next}"]`))?.focus();
}

function add(entry) {
  const day = entry?.dataset.day;
  location.assign(`${calendar.querySelector("[data-add]").href}${day ? `?day=${day}` : ""}`);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "a" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  add(event.target.closest("[data-workout]"));
});

// Without Shift an arrow key only goes: to the next entry, or to the nearest one of another week.
function neighbour(entry, by) {
  const entries = [...calendar.querySelectorAll(".entry")];
  const here = entries.indexOf(entry);
  if (Math.abs(by) === 1) return entries[here + by];
  const day = (one) => one.closest("td").dataset.day;
  const wanted = shifted(day(entry), by);
  const from = (one) => Math.abs(new Date(day(one)) - new Date(wanted));
  const beyond = entries.filter((one, place) => (place - here) * by > 0 && day(one) !== day(entry));
  return beyond.sort((one, other) => from(one) - from(other))[0];
}

calendar.addEventListener("keydown", (event) => {
  const here = event.target.closest(".entry");
  if (!here || !(event.key in STEPS) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  neighbour(here, STEPS[event.key])?.focus();
});

calendar.addEventListener("keydown", (event) => {
  const entry = event.target.closest("[data-workout]");
  if (entry && event.key === "Delete" && entry.draggable) {
    event.preventDefault();
    remove(entry);
  }
  if (!entry || !event.shiftKey || !(event.key in STEPS) || entry.draggable === false) return;
  event.preventDefault();
  move(entry, shifted(entry.dataset.day, STEPS[event.key]));
});

calendar.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-undo]");
  if (!form) return;
  event.preventDefault();
  const { csrf_token: _, ...fields } = Object.fromEntries(new FormData(form));
  send(form.action, fields);
});
