// How long the one-time code still works, and when another may be asked for. The server decides; this only counts
// down what it said.
for (const bar of document.querySelectorAll("[data-lifetime]")) {
  const text = document.querySelector("[data-lifetime-text]");
  const endsAt = Date.now() + bar.value * 1000;
  const show = () => {
    const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
    bar.value = left;
    text.textContent = left > 0 ? `${Math.floor(left / 60)} min ${String(left % 60).padStart(2, "0")} s` : bar.dataset.over;
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}

// Without this script the buttons work too: asked too early, the server says how long to wait.
for (const button of document.querySelectorAll("[data-again]")) {
  const words = button.querySelector("span");
  const ready = words.textContent;
  const readyAt = Date.now() + Number(button.dataset.again) * 1000;
  const show = () => {
    const left = Math.max(0, Math.ceil((readyAt - Date.now()) / 1000));
    button.disabled = left > 0;
    if (button.dataset.wait) words.textContent = left > 0 ? button.dataset.wait.replace("#", left) : ready;
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}
