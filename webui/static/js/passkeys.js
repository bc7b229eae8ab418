// The two ceremonies of WebAuthn. The server makes the challenge and judges the answer; this carries them.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const post = async (path, csrf, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(`${said.title ?? answer.status} ${said.advice ?? ""}`);
  return said;
};

const ids = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
const made = async (options) => {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: ids(options.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return {
    id: key.id, rawId: text(key.rawId), type: key.type,
    response: {
      clientDataJSON: text(key.response.clientDataJSON),
      attestationObject: text(key.response.attestationObject),
      transports: key.response.getTransports?.() ?? [],
    },
  };
};
const signed = async (options) => {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials) };
  const key = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type,
    response: {
      clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
};

const offer = (form, ceremony) => {
  const { csrf, begin, finish, cancelled } = form.dataset;
  const button = form.querySelector("[data-passkey-button]");
  const error = form.querySelector("[data-passkey-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = true;
    button.disabled = true;
    try {
      const credential = await ceremony(await post(begin, csrf, {}));
      location.assign((await post(finish, csrf, { credential, name: form.elements.name?.value ?? "" })).href);
    } catch (stopped) {
      error.querySelector("span").textContent = stopped instanceof DOMException ? cancelled : stopped.message;
      error.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
};

for (const [mark, ceremony] of [["[data-passkey-add]", made], ["[data-passkey-login]", signed]]) {
  const form = document.querySelector(mark);
  if (!form) continue;
  const absent = document.querySelector("[data-passkey-absent]");
  if (globalThis.PublicKeyCredential) {
    form.hidden = false;
    offer(form, ceremony);
  } else if (absent) absent.hidden = false;
}
