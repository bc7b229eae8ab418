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
const pairs = (text, between) => (text ?? "").split(between).filter(Boolean).map((pair) => pair.split("="));

// An exam ticked by hand brings the priors that help to read it, each with its reason; a hand on a prior has the last word.
const withPriors = (table, boxes) => {
  const words = new Map(pairs(table.dataset.priorWords, "|"));
  const byHand = new Set();
  const brought = new Set();
  const follow = () => {
    const wanted = new Map();
    for (const box of boxes) {
      if (!box.checked || brought.has(box)) continue;
      for (const [uid, reason] of pairs(box.dataset.priors, " ")) if (!wanted.has(uid)) wanted.set(uid, reason);
    }
    for (const box of boxes) {
      if (byHand.has(box)) continue;
      const reason = wanted.get(box.value);
      if (reason && !box.checked) brought.add(box);
      if (!reason && brought.has(box)) { brought.delete(box); box.checked = false; }
      if (brought.has(box)) box.checked = true;
      const tag = box.closest("tr").querySelector("[data-prior-tag]");
      tag.hidden = !brought.has(box);
      tag.textContent = brought.has(box) ? words.get(reason) : "";
    }
  };
  return (box) => {
    byHand.add(box);
    brought.delete(box);
    box.closest("tr").querySelector("[data-prior-tag]").hidden = true;
    follow();
  };
};
for (const panel of panels) {
  const boxes = [...panel.querySelectorAll("tbody .box")];
  const all = panel.querySelector("thead .box");
  const count = panel.querySelector("[data-count]");
  const issue = panel.querySelector("[data-issue]");
  const touched = withPriors(panel.querySelector("[data-pick-list]"), boxes);
  const show = () => {
    const picked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
    count.textContent = counted(count, picked);
    issue.disabled = picked === 0;
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && !all.checked;
  };
  for (const box of boxes) box.addEventListener("change", () => { touched(box); show(); });
  all.addEventListener("change", () => { for (const box of boxes) { box.checked = all.checked; touched(box); } show(); });
  show();
}
