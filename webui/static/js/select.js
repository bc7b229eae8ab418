// Multi-select in an exam list: the bar at the bottom counts and offers what the selection allows.
const list = document.querySelector("[data-pick-list]");
const bar = document.querySelector("[data-pick-bar]");
const boxes = [...(list?.querySelectorAll("tbody .box") ?? [])];
const all = list?.querySelector("thead .box");

const counted = (node, count) => {
  if (count === 0) return node.dataset.none;
  return count === 1 ? node.dataset.one : node.dataset.many.replace("{n}", count);
};
const show = () => {
  const picked = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
  const count = bar?.querySelector("[data-count]");
  if (count) count.textContent = counted(count, picked);
  for (const button of bar?.querySelectorAll("[data-min]") ?? []) {
    button.disabled = picked < Number(button.dataset.min);
    const text = button.querySelector("[data-label-text]");
    if (text) text.textContent = picked === 1 ? button.dataset.show : button.dataset.compare;
  }
  if (all) {
    all.disabled = boxes.length === 0;
    all.checked = boxes.length > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && !all.checked;
  }
};
for (const box of boxes) box.addEventListener("change", show);
all?.addEventListener("change", () => {
  for (const box of boxes) box.checked = all.checked;
  show();
});
if (list) show();
