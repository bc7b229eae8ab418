// Share code while it is typed: two groups of four, look-alikes named, check character verified.
// The rule itself belongs to the domain; this copy only spares the physician a lost attempt.
const ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY";
const LENGTH = 8;
const LOOK_ALIKES = { S: "5", Z: "2" };

export const tidy = (text) =>
  text.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/[SZ]/g, (c) => LOOK_ALIKES[c]).slice(0, LENGTH);
export const checkCharacter = (body) => {
  const sum = [...body].reduce((total, c, i) => total + (i + 1) * ALPHABET.indexOf(c), 0);
  return ALPHABET[sum % ALPHABET.length];
};
export const judge = (code) => {
  if ([...code].some((c) => !ALPHABET.includes(c))) return "alien";
  if (code.length < LENGTH) return "typing";
  return checkCharacter(code.slice(0, -1)) === code.at(-1) ? "good" : "slip";
};
const grouped = (code) => (code.length > 4 ? `${code.slice(0, 4)} ${code.slice(4)}` : code);

const watch = (field) => {
  const says = Object.fromEntries(
    ["typing", "good", "slip", "alien"].map((state) => [state, document.getElementById(`${field.id}-${state}`)]),
  );
  const show = (event) => {
    const code = tidy(field.value);
    const state = judge(code);
    // Rewriting moves the caret to the end: leave the text alone while somebody mends its middle.
    if (!event || field.selectionStart === field.value.length) field.value = grouped(code);
    for (const [name, node] of Object.entries(says)) node.hidden = name !== state;
    field.setAttribute("aria-invalid", String(state === "slip" || state === "alien"));
  };
  field.addEventListener("input", show);
  field.form.addEventListener("submit", (event) => {
    const state = judge(tidy(field.value));
    if (state === "good") return;
    event.preventDefault();
    show();
    field.setAttribute("aria-invalid", "true");
    field.focus();
  });
  const carried = sessionStorage.getItem("share-code");
  if (carried && !field.value) {
    sessionStorage.removeItem("share-code");
    field.value = carried;
    field.closest("dialog")?.showModal();
    document.getElementById("sb")?.focus();
  }
  if (field.value) show();
};

for (const field of globalThis.document?.querySelectorAll("[data-share-code]") ?? []) watch(field);
