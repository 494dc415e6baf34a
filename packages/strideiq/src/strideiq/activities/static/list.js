// The list: choosing rows (x, and a range with Shift), and how many are chosen.

const bulk = document.getElementById("bulk");
const count = document.getElementById("bulk-count");
const compare = document.getElementById("compare");
const boxes = () => [...document.querySelectorAll('input[form="bulk"][name="ids"]')];
let last = null;

function tell() {
  const chosen = boxes().filter((box) => box.checked);
  if (!bulk) return;
  bulk.classList.toggle("shown", chosen.length > 0);
  count.value = chosen.length;
  compare.hidden = chosen.length !== 2;
}

document.addEventListener("change", (event) => {
  if (event.target.matches('input[form="bulk"][name="ids"]')) tell();
});

document.addEventListener("click", (event) => {
  const box = event.target.closest('input[form="bulk"][name="ids"]');
  if (!box) return;
  const all = boxes();
  if (event.shiftKey && last && last !== box) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    tell();
  }
  last = box;
});

compare?.addEventListener("click", () => {
  const [later, earlier] = boxes().filter((box) => box.checked).map((box) => box.value);
  location.assign(`/activities/${later}/compare?with=${earlier}`);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (event.key === "x") {
    const box = event.target.closest("[data-row]")?.querySelector('input[name="ids"]');
    if (box) {
      box.checked = !box.checked;
      last = box;
      tell();
    }
  } else if (event.key === "Escape") {
    for (const box of boxes()) box.checked = false;
    tell();
  } else {
    document.querySelector(`[data-turn="${CSS.escape(event.key)}"]`)?.click();
  }
});

document.addEventListener("htmx:after:swap", tell);
tell();
