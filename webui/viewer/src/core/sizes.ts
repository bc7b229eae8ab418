/** Amounts as people read them. */

/** `72 Mo`, `1,4 Go`: three digits at most; the units of the language. */
export function sizeOf(bytes: number, units: string[], decimal: string): string {
  let amount = bytes, at = 0;
  while (amount >= 1000 && at < units.length - 1) { amount /= 1000; at += 1; }
  const shown = amount >= 10 || at === 0 ? String(Math.round(amount)) : (Math.round(amount * 10) / 10).toString().replace(".", decimal);
  return `${shown}\u00a0${units[at] ?? ""}`;
}
