// Files in: dropped anywhere or chosen, sent one by one, each answered with its verdict as a row.

const AT_ONCE = 3;
const form = document.getElementById("drop");
const list = document.getElementById("verdicts");
const progress = document.getElementById("progress");
const tally = document.getElementById("tally");
const retry = document.getElementById("retry");
const sizeMaxBytes = Number(form.dataset.sizeMaxBytes);
const waiting = [];
const lost = new Map();
let sending = 0;
let total = 0;

function row(kind, name, why) {
  const item = document.getElementById(kind).content.firstElementChild.cloneNode(true);
  item.querySelector(".name").textContent = name;
  if (why) item.querySelector(".why").textContent = why;
  return item;
}

function add(files) {
  document.getElementById("live").hidden = false;
  for (const file of files) {
    total += 1;
    const item = row(file.size > sizeMaxBytes ? "too-large" : "waiting", file.name);
    list.prepend(item);
    if (file.size <= sizeMaxBytes) waiting.push({ file, item });
  }
  sendNext();
}

function sendNext() {
  while (sending < AT_ONCE && waiting.length) {
    sending += 1;
    const { file, item } = waiting.shift();
    send(file, item).finally(() => {
      sending -= 1;
      sendNext();
    });
  }
  tell();
}

async function send(file, item) {
  item.querySelector(".word").textContent = "reading";
  let answered;
  try {
    const answer = await fetch("/imports", {
      method: "POST",
      body: file,
      headers: {
        "Content-Type": "application/octet-stream",
        "X-CSRF-Token": document.body.dataset.csrfToken,
        "X-File-Name": encodeURIComponent(file.name),
      },
    });
    if (answer.redirected || !answer.ok) throw new Error(`the server answered ${answer.status}`);
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    answered = holder.content.querySelector("li");
  } catch (problem) {
    answered = row("lost", file.name, `It did not arrive: ${problem.message}. Your file is untouched.`);
    lost.set(answered, file);
  }
  item.replaceWith(answered);
}

const words = ["imported", "partial", "duplicate", "failed"];

function tell() {
  const counts = Object.fromEntries(words.map((word) => [word, list.querySelectorAll(`[data-verdict=${word}]`).length]));
  const open = waiting.length + sending;
  const done = total - open;
  const said = words.filter((word) => counts[word]).map((word) => `${counts[word]} ${word}`);
  if (lost.size) said.push(`${lost.size} not sent`);
  tally.textContent = `${open ? `${done} of ${total}` : total} ${total === 1 ? "file" : "files"}${said.length ? `: ${said.join(", ")}` : ""}.`;
  progress.hidden = open === 0;
  progress.max = total;
  progress.value = done;
  retry.hidden = open > 0 || lost.size === 0;
}

retry.addEventListener("click", () => {
  for (const [item, file] of lost) {
    const again = row("waiting", file.name);
    item.replaceWith(again);
    waiting.push({ file, item: again });
  }
  lost.clear();
  sendNext();
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
