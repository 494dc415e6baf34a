// A question is sent without leaving the page, and its answer is heard of as it comes.
// Without this module the form posts and the page comes back with the whole answer.

const turns = document.getElementById("turns");
const form = document.getElementById("composer");
const field = form?.elements.question;
const send = form?.querySelector(".send");
const halt = form?.querySelector(".stop");
const token = document.body.dataset.csrfToken;
const headers = { "X-CSRF-Token": token, "HX-Request": "true" };

function running() {
  return turns.querySelector(".turn[data-turn]");
}

function mark() {
  const busy = Boolean(running());
  turns.setAttribute("aria-busy", String(busy));
  if (!form) return;
  const focused = document.activeElement === halt || document.activeElement === send;
  send.hidden = busy;
  halt.hidden = !busy;
  if (focused) (busy ? halt : field).focus();
}

function atEnd() {
  return innerHeight + scrollY > document.body.scrollHeight - 160;
}

function follow(change) {
  const stay = atEnd();
  change();
  if (stay) scrollTo({ top: document.body.scrollHeight });
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function listen(turn) {
  const lost = turn.querySelector(".lost");
  const source = new EventSource(`/coach/turns/${turn.dataset.turn}/events?after=${turn.dataset.after}`);
  source.addEventListener("piece", (event) => {
    if (Number(event.lastEventId) <= Number(turn.dataset.after)) return;
    turn.dataset.after = event.lastEventId;
    const part = parse(event.data);
    const into = part.querySelector(".look") ? ".looks" : ".parts";
    follow(() => turn.querySelector(into).append(part));
  });
  source.addEventListener("end", (event) => {
    source.close();
    lost.hidden = true;
    delete turn.dataset.turn;
    turn.dataset.state = "over";
    follow(() => turn.querySelector(".end").replaceChildren(parse(event.data)));
    mark();
  });
  source.addEventListener("open", () => {
    lost.hidden = true;
  });
  source.addEventListener("error", () => {
    lost.hidden = false;
    // A server that went down and is back refuses no longer; a browser gives up at the first refusal.
    if (source.readyState === EventSource.CLOSED && turn.dataset.turn) setTimeout(listen, 2000, turn);
  });
}

function notice(html) {
  document.getElementById("notice").replaceChildren(parse(html));
}

async function ask(question) {
  if (!question.trim() || running()) return;
  notice("");
  const body = new FormData(form);
  body.set("question", question);
  send.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers });
    const text = await answer.text();
    if (!answer.ok) {
      notice(text);
      return;
    }
    if (answer.headers.has("HX-Redirect")) {
      location.assign(answer.headers.get("HX-Redirect"));
      return;
    }
    shown(text, answer.headers.get("HX-Push-Url"));
    if (field.value === question) field.value = "";
  } catch {
    document.dispatchEvent(new CustomEvent("htmx:error"));
  } finally {
    send.disabled = false;
    mark();
  }
}

function shown(html, address) {
  document.querySelector(".welcome")?.remove();
  turns.append(parse(html));
  const turn = turns.lastElementChild;
  if (address && address !== location.pathname) {
    history.pushState(null, "", address);
    document.querySelector(".coach-ways [aria-current]")?.removeAttribute("aria-current");
    form.elements.conversation_id.value = address.split("/").at(-1);
  }
  scrollTo({ top: document.body.scrollHeight });
  if (turn.dataset.turn) listen(turn);
}

function stop() {
  const turn = running();
  if (turn) fetch(`/coach/turns/${turn.dataset.turn}/stop`, { method: "POST", headers });
}

form?.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  ask(event.submitter?.name === "again" ? event.submitter.value : field.value);
});

field?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit(send);
  }
});

halt?.addEventListener("click", stop);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
});

addEventListener("popstate", () => location.reload());

for (const turn of turns.querySelectorAll(".turn[data-turn]")) listen(turn);
mark();
if (turns.children.length) {
  const meant = location.hash && document.querySelector(location.hash);
  if (meant) meant.scrollIntoView();
  else scrollTo({ top: document.body.scrollHeight });
}
if (field && matchMedia("(min-width: 721px)").matches) field.focus({ preventScroll: true });
