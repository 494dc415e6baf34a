// The shell's small movements: theme, help, keyboard, menus. Every one has a plain way without it.

const root = document.documentElement;

function isDark() {
  if (root.dataset.theme) return root.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function switchTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  document.dispatchEvent(new CustomEvent("themechange"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!root.dataset.theme) document.dispatchEvent(new CustomEvent("themechange"));
});

const actions = {
  theme: switchTheme,
  help: () => document.getElementById("help").showModal(),
  dismiss: (button) => button.closest(".notice").remove(),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  actions[button?.dataset.action]?.(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || button) menu.open = false;
  }
});

// Rows are walked with j and k; the browser's own focus says which one is meant.
function step(by) {
  const rows = [...document.querySelectorAll("[data-row] a[data-open]")];
  const here = rows.indexOf(document.activeElement?.closest("[data-row]")?.querySelector("a[data-open]"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, here < 0 ? 0 : here + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function search() {
  const field = document.querySelector("input[type=search]");
  field?.focus();
  field?.select();
}

function go(key) {
  const place = document.querySelector(`.places a[data-key="${CSS.escape(key)}"]`)?.href;
  const address = key === "h" ? "/" : place;
  if (address) location.assign(address);
}

const keys = { "/": search, j: () => step(1), k: () => step(-1), "?": actions.help };
let leader = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  }
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  if (Date.now() - leader < 1500) {
    leader = 0;
    go(event.key);
  } else if (event.key === "g") {
    leader = Date.now();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

// A time zone field that nobody has filled in starts with the browser's own.
for (const field of document.querySelectorAll("input[data-time-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
}

// A request that got no answer at all is told where every other notice is.
document.addEventListener("htmx:error", () => {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.level = "refused";
  notice.textContent = document.body.dataset.saidNoAnswer;
  document.getElementById("notice").replaceChildren(notice);
});

// A page for when the server cannot be reached, and a word when the device is offline.
if ("serviceWorker" in navigator && document.body.dataset.serviceWorker) {
  addEventListener("load", () => {
    navigator.serviceWorker.register(document.body.dataset.serviceWorker).catch(() => {});
  });
}

addEventListener("offline", () => {
  document.documentElement.dataset.offline = "";
});
addEventListener("online", () => {
  delete document.documentElement.dataset.offline;
});

// After a part of the page was swapped, focus goes to where the work continues.
document.addEventListener("htmx:after:swap", () => {
  const field = document.querySelector("[data-focus]");
  if (!field) return;
  field.removeAttribute("data-focus");
  field.focus();
  field.select?.();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest("form")?.querySelector("[data-cancel]")?.click();
});
