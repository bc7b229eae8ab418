// Password rules that light up while typing. The domain decides (appliance/domain/passwords.py); this only spares a
// round trip, and says the same: a test holds both together.
const LEET = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", "@": "a", $: "s", "!": "i", "€": "e" };
const ROWS = ["azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const MOST = 128;

const alnum = (c) => /[\p{L}\p{N}]/u.test(c);
const step = (one, other) => {
  const gap = other.codePointAt(0) - one.codePointAt(0);
  if (alnum(one) && alnum(other) && Math.abs(gap) <= 1) return gap;
  if (one === other) return 0;
  return ROWS.some((row) => row.includes(one + other) || row.includes(other + one)) ? "row" : null;
};

export const bits = (password) => {
  const chars = [...password.toLowerCase()];
  const pool =
    (/\p{Ll}/u.test(password) ? 26 : 0) + (/\p{Lu}/u.test(password) ? 26 : 0) + (/\p{Nd}/u.test(password) ? 10 : 0) +
    ([...password].some((c) => !alnum(c)) ? 33 : 0);
  const foreseen = chars.slice(2).filter((c, i) => {
    const first = step(chars[i], chars[i + 1]);
    return first !== null && first === step(chars[i + 1], c);
  });
  return pool ? ([...password].length - foreseen.length) * Math.log2(pool) : 0;
};

const root = (text) => [...text.toLowerCase().normalize("NFKD")].filter((c) => /\p{L}/u.test(c)).join("");
const madeOf = (heart, banned) =>
  !heart || banned.has(heart) ||
  [...heart].some((_, cut) => cut > 0 && banned.has(heart.slice(0, cut)) && banned.has(heart.slice(cut)));
export const common = (password, banned) => {
  const inner = password.replace(/^\P{L}+|\P{L}+$/gu, "");
  return [root(password), root([...inner].map((c) => LEET[c] ?? c).join(""))].some((heart) => madeOf(heart, banned));
};

export const judged = (password, length, floor, banned) => ({
  length: [...password].length >= length && [...password].length <= MOST,
  digit: /\p{Nd}/u.test(password),
  lower: /\p{Ll}/u.test(password),
  upper: /\p{Lu}/u.test(password),
  strength: bits(password) >= floor,
  common: !common(password, banned),
});

const watch = (field) => {
  const banned = new Set(JSON.parse(field.dataset.banned));
  const list = document.getElementById("pw-rules");
  const again = document.querySelector("[data-password-again]");
  const same = () => {
    again.setCustomValidity(again.value && again.value !== field.value ? again.dataset.differ : "");
  };
  const show = () => {
    const found = judged(field.value, Number(field.dataset.length), Number(field.dataset.bits), banned);
    for (const rule of list.querySelectorAll("[data-rule]")) {
      const met = Boolean(field.value) && found[rule.dataset.rule];
      rule.dataset.ok = String(met);
      rule.removeAttribute("data-broken");
      const use = rule.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, met ? "#check" : "#more"));
      rule.querySelector("[data-state]").textContent = met ? list.dataset.met : list.dataset.unmet;
    }
    same();
  };
  field.addEventListener("input", show);
  again.addEventListener("input", same);
};

const field = globalThis.document?.querySelector("[data-password]");
if (field) watch(field);
