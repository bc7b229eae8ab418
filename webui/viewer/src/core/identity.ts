/** The band that names the person on each film (R-L 2). */
import type { Person, Study } from "./series";

export interface BandWords { usedName: string; sex: Record<string, string> }

/** `LEFÈVRE (utilisé : MARTIN) Anne-Charlotte`. */
export function fullName(person: Person, words: Pick<BandWords, "usedName">): string {
  const used = person.used_name && person.used_name !== person.family_name
    ? ` (${words.usedName.replace("{name}", person.used_name)})` : "";
  return `${person.family_name}${used} ${person.given_name}`.trim();
}

/** `JJ/MM/AAAA` of an ISO date; other text as it is; an empty text when unknown. */
export function frenchDate(date: string | null): string {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(date ?? "");
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : date ?? "";
}

/** Date and hour of an exam, without the parts nobody knows. */
export function examDate(study: Pick<Study, "date" | "time">): string {
  const hour = /^(\d{2}):?(\d{2})/.exec(study.time ?? "");
  return [frenchDate(study.date), hour ? `${hour[1]}:${hour[2]}` : ""].filter(Boolean).join(" ");
}

/** Whole years between a birth date and a day, both `JJ/MM/AAAA`; null when a part is missing. */
export function ageYears(birth: string | null, on: string): number | null {
  const read = (text: string | null): number[] | null => {
    const parts = /^(\d{2})\/(\d{2})\/(\d{4})/.exec(text ?? "");
    return parts ? [Number(parts[3]), Number(parts[2]), Number(parts[1])] : null;
  };
  const [from, to] = [read(birth), read(on)];
  if (!from || !to || from[1] === 0 || from[2] === 0) return null;
  const before = to[1]! < from[1]! || (to[1] === from[1] && to[2]! < from[2]!);
  const years = to[0]! - from[0]! - (before ? 1 : 0);
  return years >= 0 && years < 130 ? years : null;
}
