/** What could not be given to the server yet: of this tab only, and for this reader only, whoever logs in next. */
const STASH = "stash";
interface Stash { reader: string; things: Record<string, unknown> }

export class Stashed {
  constructor(private readonly reader: string) {
    if (this.#read().reader !== reader) this.#write({ reader, things: {} });
  }

  get(name: string): unknown { return this.#read().things[name]; }

  /** Put a thing aside; `undefined` forgets it. */
  put(name: string, thing: unknown): void {
    const stash = this.#read();
    if (thing === undefined) delete stash.things[name]; else stash.things[name] = thing;
    this.#write(stash);
  }

  #read(): Stash {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STASH) ?? "null") as Stash | null;
      if (kept?.reader === this.reader && kept.things && typeof kept.things === "object") return kept;
    } catch { /* a stash that cannot be read is none */ }
    return { reader: "", things: {} };
  }

  /** A full or forbidden storage loses what waits in it, never the page. */
  #write(stash: Stash): void {
    try {
      if (Object.keys(stash.things).length) sessionStorage.setItem(STASH, JSON.stringify({ ...stash, reader: this.reader }));
      else sessionStorage.removeItem(STASH);
    } catch { /* full */ }
  }
}
