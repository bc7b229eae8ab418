// Keyboard of the reception desk: « / » goes to the search, Ctrl+Enter issues, « N » is the next patient.
const typing = (node) => node.matches("input, select, textarea");
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    [...document.querySelectorAll("[data-issue]")].find((button) => button.offsetParent && !button.disabled)?.click();
  } else if (!typing(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey) {
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("[data-find]")?.focus();
    } else if (event.key.toLowerCase() === "n") {
      document.querySelector("[data-next-patient]")?.click();
    }
  }
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[data-label-text]").textContent = button.dataset.done;
  });
}
// A dialog shared by every row: it learns from the button that opens it which code it speaks of.
for (const opener of document.querySelectorAll("[data-open][data-action]")) {
  opener.addEventListener("click", () => {
    const dialog = document.getElementById(opener.dataset.open);
    dialog.querySelector("form").action = opener.dataset.action;
    for (const node of dialog.querySelectorAll("[data-code]")) node.textContent = opener.dataset.codeText;
    for (const node of dialog.querySelectorAll("[data-what]")) node.textContent = opener.dataset.whatText;
  });
}
