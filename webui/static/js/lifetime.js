// How long the one-time code still works. The server decides; this only counts down what it said.
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
}
