/** Keeps what the reader does: to the server a moment after it was done, and set aside while it cannot be given there. */
import { ApiFault, get } from "./api";
import type { Mark } from "./core/marks";
import type { Opened, Study } from "./core/series";
import { addressOf, applied, changeOf, marksOf, NOTHING, type Change, type Work } from "./core/work";
import type { Keys } from "./keys";
import type { Layout } from "./layout";
import type { Marks } from "./marks";
import { notice } from "./panels/notices";
import { Stashed } from "./stash";
import type { Say } from "./words";

const PAUSE_MS = 2_000, AGAIN_MS = 15_000;
/** Browsers let a page that goes away send 64 KiB. */
const LAST_BYTES = 60_000;

export class KeptWork {
  readonly #known = new Map<string, Work>();
  readonly #stash: Stashed;
  #timer = 0;
  #over = false;
  #sending = false;
  #sent: Promise<void> = Promise.resolve();

  constructor(private readonly opened: () => Opened, private readonly layout: Layout, private readonly marks: Marks, private readonly keys: Keys, private readonly say: Say) {
    this.#stash = new Stashed(opened().reader ?? "");
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.#leave(); });
  }

  /** Take up what was done on the exams that are open now; those taken up already are left as they are. */
  restore(): void {
    const fresh = this.opened().studies.filter(({ uid, work }) => work && !this.#known.has(uid));
    for (const { uid, work } of fresh) {
      this.#known.set(uid, work ?? NOTHING);
      const waiting = this.#stash.get(uid) as Change | undefined, found = waiting ? applied(work ?? NOTHING, waiting) : work ?? NOTHING;
      this.#take(uid, found.marks, found.keys);
      if (uid === this.opened().studies[0]?.uid) this.#arrange(found);
    }
    if (fresh.length) this.changed();
  }

  /** Something may have been done: it is kept soon. */
  changed(): void { if (!this.#timer && !this.#over) this.#wait(PAUSE_MS); }

  /** What was done is at the server, as far as it can be given there now. */
  async kept(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = 0;
    await this.#sent;
    await (this.#sent = this.#send());
  }

  /** The session is over: what is not at the server waits for the next one. */
  end(): void { this.#setAside(); this.#over = true; clearTimeout(this.#timer); }

  #arrange({ arrangement }: Work): void {
    const open = new Set(this.opened().studies.map(({ uid }) => uid));
    if (arrangement && arrangement.cells.every((cell) => !cell || open.has(cell.study))) this.layout.arrange(arrangement);
  }

  #take(study: string, marks: Record<string, Mark[]>, keys: readonly string[]): void {
    this.marks.take(Object.fromEntries(Object.entries(marks).map(([image, found]) => [addressOf(study, image), structuredClone(found)])));
    this.keys.take(study, keys);
    for (const film of this.layout.films) film.draw();
  }

  #wait(ms: number): void { clearTimeout(this.#timer); this.#timer = setTimeout(() => { this.#timer = 0; this.#sent = this.#send(); }, ms); }

  /** What differs from what the server knows, by exam. */
  #changes(): Map<string, Change> {
    const kept = this.marks.kept(), found = new Map<string, Change>();
    for (const [index, { uid }] of this.opened().studies.entries()) {
      const known = this.#known.get(uid);
      const arrangement = index === 0 && !this.layout.isLent ? this.layout.arrangement() : null;
      const change = known && changeOf(known, { arrangement, marks: marksOf(uid, kept), keys: this.keys.of(uid) });
      if (change) found.set(uid, change);
    }
    return found;
  }

  #setAside(): Map<string, Change> {
    const changes = this.#changes();
    if (!this.#over) for (const uid of this.#known.keys()) this.#stash.put(uid, changes.get(uid));
    return changes;
  }

  async #send(): Promise<void> {
    if (this.#over || this.#sending) return;
    this.#sending = true;
    try {
      for (const [uid, change] of this.#setAside()) await this.#give(uid, change);
    } catch (error) {
      if (!(error instanceof ApiFault) || error.status === 401) return;
      if (error.status === 0 || error.status >= 429) { this.#wait(AGAIN_MS); return; }
      notice("work", "warn", this.say(error.cause_word === "too_large" ? "work.large" : "work.failed"), this.say("work.failed.do"));
    } finally { this.#sending = false; }
  }

  async #give(uid: Study["uid"], change: Change): Promise<void> {
    const known = this.#known.get(uid)!;
    const answer = await get(`/viewer-api/work/${uid}`, this.#request(known, change));
    const told = (await answer.json()) as { revision: number; others: Work | null };
    // What the other tab did comes back; what this one did meanwhile differs from it, and goes next.
    const mine = this.#changes().get(uid);
    this.#known.set(uid, { ...(told.others ?? applied(known, change)), revision: told.revision });
    if (told.others) {
      const later = mine ?? change, all = applied(told.others, later);
      const marks = Object.fromEntries([...Object.keys(marksOf(uid, this.marks.kept())), ...Object.keys(all.marks)].map((image) => [image, all.marks[image] ?? []]));
      this.#take(uid, marks, all.keys);
      notice("work", "info", this.say("work.others"), this.say("work.others.do"));
    }
    this.#stash.put(uid, undefined);
    notice("work-failed", "warn", null);
    if (this.#changes().size) this.changed();
  }

  #request(known: Work, change: Change): RequestInit {
    const headers = { "X-CSRF-Token": this.opened().csrf, "Content-Type": "application/json" };
    return { method: "PUT", headers, body: JSON.stringify({ seen: known.revision, ...change }) };
  }

  /** The page goes away: send what it can, and set it aside all the same, for nobody hears whether it arrived. */
  #leave(): void {
    if (this.#over) return;
    for (const [uid, change] of this.#setAside()) {
      const request = this.#request(this.#known.get(uid)!, change);
      if (String(request.body).length < LAST_BYTES) void fetch(`/viewer-api/work/${uid}`, { credentials: "same-origin", keepalive: true, ...request }).catch(() => {});
    }
  }
}
