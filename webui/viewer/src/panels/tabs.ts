/** Zone 10: the exams opened in this window, a tab each; another one is never mixed with what is shown (R-L 1). */
import { icon, make, part } from "../page";
import type { Say } from "../words";

interface Tab { query: string; name: string; small: string }
interface Kept { session: string; tabs: Tab[] }
const KEPT = "tabs", MOST = 8;

/** Show the tab of this exam and those opened before it in the same session: another person's are never seen. */
export function showTabs(csrf: string, name: string, small: string, say: Say): void {
  const query = location.search, session = csrf.slice(-12);
  const others = read(session).filter((tab) => tab.query !== query).slice(-(MOST - 1));
  write(session, [...others, { query, name, small }]);
  const own = part("tab-patient");
  for (const old of document.querySelectorAll(".tab-other")) old.remove();
  for (const tab of others) {
    const link = make("a", { class: "tab tab-other", href: `/viewer${tab.query}`, title: `${tab.name} ${tab.small}` }, make("b", {}, tab.name), make("small", {}, tab.small));
    const close = make("button", { class: "mini tab-close", type: "button", "aria-label": say("tab.close", { name: tab.name }) }, icon("close"));
    close.addEventListener("click", () => { write(session, read(session).filter((one) => one.query !== tab.query)); holder.remove(); });
    const holder = make("span", { class: "tab-other tab-holder" }, link, close);
    link.classList.remove("tab-other");
    own.before(holder);
  }
}

export function forgetTabs(): void { sessionStorage.removeItem(KEPT); }

function read(session: string): Tab[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
    if (kept?.session !== session || !Array.isArray(kept.tabs)) return [];
    return kept.tabs.filter((tab) => typeof tab?.query === "string" && tab.query.startsWith("?") && typeof tab.name === "string" && typeof tab.small === "string");
  } catch { return []; }
}

function write(session: string, tabs: Tab[]): void { sessionStorage.setItem(KEPT, JSON.stringify({ session, tabs } satisfies Kept)); }
