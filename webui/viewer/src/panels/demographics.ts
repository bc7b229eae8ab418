/** Zone 8: who the patient is; also the tab and the title of the page (R-L 1, 2). */
import { ageYears, examDate, frenchDate, fullName } from "../core/identity";
import type { Opened, Study } from "../core/series";
import { make, part } from "../page";
import type { Say, Word } from "../words";
import { showTabs } from "./tabs";

export function showDemographics({ person, csrf }: Opened, study: Study, say: Say): void {
  const name = fullName(person, { usedName: say("used.name") });
  part("demo-name").textContent = name;
  const age = ageYears(person.birth_date, frenchDate(study.date));
  const birth = frenchDate(person.birth_date);
  const rows: [string, string][] = [
    [say("born"), birth ? `${birth}${age === null ? "" : ` (${say("age", { n: age })})`}` : say("unknown")],
    [say("sex"), say(`sex.${["M", "F", "O"].includes(person.sex ?? "") ? person.sex : "unknown"}` as Word)],
    [say("ipp"), person.ipp ?? say("unknown")],
    [say("exam"), [examDate(study), study.description].filter(Boolean).join(", ") || say("unknown")],
    ...(study.facility ? [[say("facility"), study.facility] as [string, string]] : []),
  ];
  part("demo").replaceChildren(...rows.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)]));
  const tab = part("tab-patient");
  const small = [study.modalities.join(" "), frenchDate(study.date)].filter(Boolean).join(" ");
  tab.querySelector("b")!.textContent = name;
  tab.querySelector("small")!.textContent = small;
  showTabs(csrf, name, small, say);
  document.title = `${name} ${birth}`.trim();
  part("page-title").textContent = `${part("page-title").dataset["start"] ?? ""} ${name}`.trim();
}
