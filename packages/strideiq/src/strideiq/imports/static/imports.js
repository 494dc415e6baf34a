// Files in: dropped anywhere or chosen, sent one by one or in parts, each answered with its
// verdict as a row. It can be paused; what did not arrive is tried again; what was sent before is
// known to the server and is not sent twice.

const AT_ONCE = 3;
const TRIES = 5;
const ASK_MS = 2000;
const form = document.getElementById("drop");
const live = document.getElementById("live");
const list = document.getElementById("verdicts");
const progress = document.getElementById("progress");
const tally = document.getElementById("tally");
const pause = document.getElementById("pause");
const retry = document.getElementById("retry");
const only = document.getElementById("only");
const sizeMaxBytes = Number(form.dataset.sizeMaxBytes);
const uploadMaxBytes = Number(form.dataset.uploadMaxBytes);
const said = live.dataset;
const words = ["imported", "partial", "duplicate", "failed", "opened", "lost"];
const titles = said.saidWords.split("|");
const batch = newId();
const waiting = [];
const lost = new Map();
let sending = 0;
let total = 0;
let paused = false;

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function row(kind, name, why) {
  const item = document.getElementById(kind).content.firstElementChild.cloneNode(true);
  item.querySelector(".name").textContent = name;
  if (why) item.querySelector(".why").textContent = why;
  return item;
}

const isArchive = (file) => /\.zip$/i.test(file.name);

function add(files) {
  live.hidden = false;
  for (const file of files) {
    total += 1;
    const most = isArchive(file) ? uploadMaxBytes : sizeMaxBytes;
    const item = row(file.size > most ? "too-large" : "waiting", file.name);
    list.prepend(item);
    if (file.size <= most) waiting.push({ file, item, id: newId() });
  }
  sendNext();
}

function sendNext() {
  while (!paused && sending < AT_ONCE && waiting.length) {
    sending += 1;
    const entry = waiting.shift();
    send(entry).finally(() => {
      sending -= 1;
      sendNext();
    });
  }
  tell();
}

async function send(entry) {
  const { file, item } = entry;
  let answered;
  try {
    answered = isArchive(file)
      ? await sendInParts(entry)
      : await asRow(await patient("/imports", { method: "POST", body: file, headers: {
          "Content-Type": "application/octet-stream",
          "X-File-Name": encodeURIComponent(file.name),
          "X-Batch": batch,
          "X-Item": entry.id,
        } }));
  } catch (problem) {
    answered = row("lost", file.name, fill(said.saidLost, { problem: problem.message }));
    lost.set(answered, entry);
  }
  item.replaceWith(answered);
  askLater(answered);
}

// A server that restarts answers again soon; what it was sent before is not read twice.
async function patient(address, options) {
  for (let tries = 1; ; tries += 1) {
    let problem;
    try {
      const answer = await fetch(address, {
        ...options,
        headers: { ...options.headers, "X-CSRF-Token": document.body.dataset.csrfToken },
      });
      if (answer.ok && !answer.redirected) return answer;
      problem = new Error(String(answer.status));
      if (answer.redirected || answer.status < 500) throw problem;
    } catch (error) {
      if (error === problem) throw error;
      problem = error;
    }
    if (tries === TRIES) throw problem;
    await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
  }
}

async function asRow(answer) {
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content.querySelector("li");
}

async function sendInParts({ file, item }) {
  const begun = await patient("/imports/uploads", {
    method: "POST",
    body: JSON.stringify({ name: file.name, size_bytes: file.size, changed_ms: file.lastModified }),
    headers: { "Content-Type": "application/json", Accept: "application/json" },
  });
  const upload = await begun.json();
  const received = new Set(upload.received);
  for (let number = 0; number < upload.parts; number += 1) {
    if (received.has(number)) continue;
    await unpaused();
    const from = number * upload.part_bytes;
    await patient(`/imports/uploads/${upload.upload_id}/parts/${number}`, {
      method: "PUT",
      body: file.slice(from, from + upload.part_bytes),
      headers: { "Content-Type": "application/octet-stream" },
    });
    const share = Math.floor((100 * (number + 1)) / upload.parts);
    item.querySelector(".why").textContent = fill(said.saidSent, { share });
  }
  return asRow(await patient(`/imports/uploads/${upload.upload_id}/done`, {
    method: "POST",
    headers: { "X-Batch": batch },
  }));
}

async function unpaused() {
  while (paused) await new Promise((done) => pause.addEventListener("click", done, { once: true }));
}

// A row that a worker is still at is asked for again until it has its verdict.
function askLater(item) {
  if (!item.dataset.ask) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(item.dataset.ask);
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await asRow(answer);
      item.replaceWith(now);
      askLater(now);
      tell();
    } catch {
      askLater(item);
    }
  }, ASK_MS);
}

function tell() {
  const counts = words.map((word) => list.querySelectorAll(`[data-verdict=${word}]`).length);
  const open = list.querySelectorAll("[data-verdict=waiting]").length;
  const parts = titles.map((title, at) => counts[at] && `${counts[at]} ${title}`).filter(Boolean);
  if (paused) parts.push(said.saidPaused);
  const sentence = fill(said.saidFiles, { done: total - open, total });
  tally.textContent = `${sentence}${parts.length ? `: ${parts.join(", ")}` : ""}.`;
  const busy = waiting.length + sending > 0;
  progress.hidden = open === 0;
  progress.max = total;
  progress.value = total - open;
  pause.hidden = !busy;
  pause.textContent = paused ? said.saidGoOn : said.saidPause;
  retry.hidden = busy || lost.size === 0;
  only.hidden = total < 2;
}

pause.addEventListener("click", () => {
  paused = !paused;
  sendNext();
});

retry.addEventListener("click", () => {
  for (const [item, entry] of lost) {
    const again = row("waiting", entry.file.name);
    item.replaceWith(again);
    waiting.push({ ...entry, item: again });
  }
  lost.clear();
  sendNext();
});

only.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-only]");
  if (!chosen) return;
  list.dataset.only = chosen.dataset.only;
  for (const each of only.children) each.setAttribute("aria-pressed", String(each === chosen));
});

// A folder that was dropped is walked; its entries come in portions until an empty one.
async function filesUnder(entry) {
  if (entry.isFile) return [await new Promise((found, problem) => entry.file(found, problem))];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const portion = await new Promise((found, problem) => reader.readEntries(found, problem));
    if (!portion.length) return files;
    for (const below of portion) files.push(...(await filesUnder(below)));
  }
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", async (event) => {
  document.body.classList.remove("dropping");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  for (const entry of entries) add(await filesUnder(entry));
});

const folder = document.getElementById("folder");
folder.disabled = false;
document.querySelector("label[for=folder]").hidden = false;
for (const field of [document.getElementById("files"), folder]) {
  field.addEventListener("change", () => {
    add(field.files);
    field.value = "";
  });
}

window.addEventListener("beforeunload", (event) => {
  if (waiting.length + sending) event.preventDefault();
});
