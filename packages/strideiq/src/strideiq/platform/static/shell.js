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
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  if (Date.now() - leader < 1500) {
    leader = 0;
    event.preventDefault(); // a page's own key does not count after "g"
    go(event.key);
  } else if (event.key === "g") {
    leader = Date.now();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

// A second tap on a slow connection sends nothing twice. Who comes back to the page may send again.
const SENT_MS = 8000;

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, SENT_MS);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What was typed into a form whose sign-in had ended waits in this tab until one has signed in
// again. It goes with the next page that is neither a door nor a refusal, or with another athlete.
const TYPED = "typed";
const TYPED_MS = 30_000;
const door = location.pathname.startsWith("/sign-in") || document.querySelector("main [data-not-sent]");

function who() {
  return document.querySelector(".top .menu-head small")?.textContent ?? "";
}

function keep(form) {
  const fields = [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const secret = form.querySelector("input[type=password]");
  if (!door && !secret) sessionStorage.setItem(TYPED, JSON.stringify({ page: location.pathname, who: who(), at: Date.now(), fields, action: form.getAttribute("action") }));
}

function fillAgain({ action, fields }) {
  const form = [...document.forms].find((one) => one.getAttribute("action") === action);
  for (const field of form?.elements ?? []) {
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.type !== "hidden" && values.length) field.value = values[0];
  }
  return Boolean(form);
}

function tell(level, words) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.level = level;
  notice.textContent = words;
  document.getElementById("notice").replaceChildren(notice);
}

addEventListener("submit", (event) => event.target.method === "post" && keep(event.target), true);

const typed = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
if (typed && door && (typed.refused || Date.now() - typed.at < TYPED_MS)) {
  sessionStorage.setItem(TYPED, JSON.stringify({ ...typed, refused: true }));
} else if (typed) {
  sessionStorage.removeItem(TYPED);
  const here = typed.refused && typed.page === location.pathname && typed.who === who();
  if (here && fillAgain(typed)) tell("attention", document.body.dataset.saidTyped);
}

// A time zone field that nobody has filled in starts with the browser's own.
for (const field of document.querySelectorAll("input[data-time-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
}

// A request that got no answer at all is told where every other notice is.
document.addEventListener("htmx:error", () => {
  tell("refused", document.body.dataset.saidNoAnswer);
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
