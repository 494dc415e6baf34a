// Passkeys: asks the server for a challenge, the device for its answer, and sends that back.

const token = document.body.dataset.csrfToken;
const problem = document.getElementById("passkey-problem");
const usable =
  "PublicKeyCredential" in window &&
  "parseCreationOptionsFromJSON" in PublicKeyCredential &&
  !/^[\d.]+$|:/.test(location.hostname);

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRF-Token": token, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const document = await answer.json();
  if (answer.ok) return document;
  // Without an error it says where to go first: who has been here for long is asked once more.
  if (document.next && !document.error) location.assign(document.next);
  const { message, next } = document.error ?? { message: "", next: "" };
  throw new Error(message && `${message} ${next.charAt(0).toUpperCase()}${next.slice(1)}.`);
}

const ceremonies = {
  async create(button) {
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(await send(`${button.dataset.address}/options`));
    const made = await navigator.credentials.create({ publicKey: options });
    const name = document.getElementById("passkey-name").value;
    return send(`${button.dataset.address}?name=${encodeURIComponent(name)}`, made.toJSON());
  },
  async get(button) {
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(await send("/sign-in/passkey/options"));
    const given = await navigator.credentials.get({ publicKey: options });
    const next = encodeURIComponent(button.dataset.next);
    return send(`${button.dataset.address}?next=${next}`, given.toJSON());
  },
};

async function run(button) {
  problem.hidden = true;
  button.disabled = true;
  try {
    location.assign((await ceremonies[button.dataset.passkey](button)).next);
  } catch (error) {
    // A person who changes their mind has cancelled, and knows it.
    if (error.name !== "NotAllowedError" && error.message) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  } finally {
    button.disabled = false;
  }
}

if (usable) {
  for (const hint of document.querySelectorAll("[data-passkey-none]")) hint.hidden = true;
  for (const form of document.querySelectorAll("[data-passkey-form]")) form.hidden = false;
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", () => run(button));
  }
}
