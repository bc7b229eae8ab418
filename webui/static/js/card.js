// Goes on to the card host after the reader has had time to read, unless a choice is being made.
const PAUSE_MS = 1500;
for (const form of document.querySelectorAll("[data-goes-on]")) {
  const timer = setTimeout(() => form.requestSubmit(), PAUSE_MS);
  form.addEventListener("change", () => clearTimeout(timer));
  form.addEventListener("submit", () => clearTimeout(timer));
}
