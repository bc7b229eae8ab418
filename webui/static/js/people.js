// Several patients were found: the click on the right one shows the exams of that one alone (homonyms: never guessed).
const people = [...document.querySelectorAll("[data-person]")];
const panels = [...document.querySelectorAll("[data-patient]")];
for (const person of people) {
  person.addEventListener("click", () => {
    for (const other of people) other.setAttribute("aria-pressed", String(other === person));
    for (const panel of panels) panel.hidden = panel.dataset.patient !== person.dataset.person;
  });
}
const counted = (node, n) => (n === 0 ? node.dataset.none : n === 1 ? node.dataset.one : node.dataset.many.replace("{n}", n));
for (const panel of panels) {
  const boxes = [...panel.querySelectorAll("tbody .box")];
  const all = panel.querySelector("thead .box");
  const count = panel.querySelector("[data-count]");
  const issue = panel.querySelector("[data-issue]");
  const show = () => {
    const picked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
    count.textContent = counted(count, picked);
    issue.disabled = picked === 0;
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && !all.checked;
  };
  for (const box of boxes) box.addEventListener("change", show);
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
  show();
}
