/** The session's countdown: what the server said, counted down; gestures, and only they, keep it alive. */
import { ApiFault, beat, onSessionOver } from "../api";
import { make, part } from "../page";
import type { Say, Word } from "../words";

const BEAT_MS = 60_000;
const SHORT_S = 120;

export class SessionClock {
  #idleUntil: number;
  readonly #until: number;
  #gesture = false;
  #lastBeat = Date.now();
  #over = false;
  onover: () => void = () => {};

  constructor(session: { idle_until: string; until: string }, private readonly csrf: string, private readonly say: Say) {
    this.#idleUntil = Date.parse(session.idle_until);
    this.#until = Date.parse(session.until);
    for (const name of ["pointerdown", "keydown", "wheel", "touchstart"])
      addEventListener(name, () => { this.#gesture = true; void this.#beat(); }, { passive: true, capture: true });
    setInterval(() => { void this.#tick(); }, 1000);
    onSessionOver((fault) => this.#end(fault));
  }

  get leftS(): number { return Math.max(0, Math.floor((Math.min(this.#idleUntil, this.#until) - Date.now()) / 1000)); }

  async #tick(): Promise<void> {
    const left = this.leftS, clock = part("session-left");
    const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
    clock.textContent = `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
    clock.classList.toggle("is-short", left <= SHORT_S);
    if (left <= SHORT_S && left > 0) this.#warn();
    else if (left > SHORT_S && !this.#over) part<HTMLDialogElement>("session-end").close();
    await this.#beat();
    if (left === 0 && !this.#over) await this.#ask();
  }

  /** At most once a minute, and only for gestures; sooner when little time is left. */
  async #beat(): Promise<void> {
    const due = Date.now() - this.#lastBeat >= (this.leftS <= SHORT_S ? 5_000 : BEAT_MS);
    if (!this.#gesture || !due || this.#over) return;
    this.#gesture = false;
    await this.#ask();
  }

  async #ask(): Promise<void> {
    this.#lastBeat = Date.now();
    try {
      const until = await beat(this.csrf);
      if (until) this.#idleUntil = Date.parse(until);
    } catch (error) {
      if (error instanceof ApiFault && error.status !== 401 && this.leftS > 0) this.#gesture = true;
    }
  }

  #warn(): void {
    const dialog = part<HTMLDialogElement>("session-end");
    if (dialog.open || this.#over) return;
    part("end-h").textContent = this.say("session.ending");
    part("end-p").textContent = this.say("session.ending.why");
    const stay = make("button", { class: "btn btn-main", type: "button" }, this.say("session.stay"));
    stay.addEventListener("click", () => { dialog.close(); void this.#ask(); });
    part("end-actions").replaceChildren(stay);
    dialog.showModal();
  }

  #end(fault: ApiFault): void {
    if (this.#over) return;
    this.#over = true;
    this.onover();
    const cause = String(fault.said["cause"] ?? "none");
    const known = ["idle", "limit", "closed", "revoked"].includes(cause) ? cause : "none";
    part("end-h").textContent = this.say(`session.${known}` as Word);
    part("end-p").textContent = this.say(`session.${known}.do` as Word);
    part("end-actions").replaceChildren(make("a", { class: "btn btn-main", href: document.body.dataset["ended"] ?? "/login" }, this.say("session.login")));
    const dialog = part<HTMLDialogElement>("session-end");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    if (!dialog.open) dialog.showModal();
  }
}
