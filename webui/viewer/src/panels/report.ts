/** Zone 5: the reports of the exam that is shown, each version with its state; a text is asked for when it can be seen. */
import { ApiFault, get } from "../api";
import { momentOf, type Place, type Version } from "../core/reports";
import type { Opened, Study } from "../core/series";
import { icon, make, part } from "../page";
import type { Say, Word } from "../words";
import { fragment } from "./fragment";

const SIGNS = { validated: "check-circle", corrected: "alert", provisional: "clock", cancelled: "ban" } as const;
const REASONS = ["report_too_large", "report_too_deep", "report_unreadable", "report_dtd", "report_kind", "timeout", "memory"];

export class ReportPane {
  #key = "";
  #opened: Opened | null = null;
  #study: Study | null = null;
  readonly #texts = new Map<number, Promise<string>>();
  readonly #seen: IntersectionObserver;
  readonly #wanted = new Map<Element, () => void>();

  constructor(private readonly language: string, private readonly say: Say, private readonly jump: (place: Place) => void) {
    // On a phone the pane is a sheet: what nobody sees is not read, and not written down as read.
    this.#seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) { this.#wanted.get(target)?.(); this.#forget(target); }
    });
  }

  /** Show the reports of an exam; the same ones again are left as they are, with what is open and scrolled. */
  show(opened: Opened, study: Study): void {
    const images = study.series.reduce((all, series) => all + series.images.length, 0);
    const key = JSON.stringify([study.uid, study.report, images]);
    if (key === this.#key) return;
    this.#key = key; this.#opened = opened; this.#study = study;
    for (const target of this.#wanted.keys()) this.#forget(target);
    const { reports } = study.report;
    document.body.dataset["reports"] = String(reports.length);
    part("report").replaceChildren(...(reports.length ? reports.map((one) => this.#report(one)) : this.#none(study.report.state === "awaited")));
  }

  #none(awaited: boolean): HTMLElement[] {
    const words: Word[] = awaited ? ["report.awaited", "report.awaited.do"] : ["report.none", "report.none.do"];
    return words.map((word) => make("p", { class: "empty" }, this.say(word)));
  }

  #report(version: Version): HTMLElement {
    const made = this.#version(version, version.title || this.say("report.untitled"));
    for (const one of version.addenda) made.append(this.#addendum(one));
    if (version.older.length) made.append(this.#older(version.older));
    return made;
  }

  #addendum(version: Version): HTMLElement {
    const made = this.#version(version, this.say("report.addendum"));
    made.classList.add("is-addendum");
    if (version.older.length) made.append(this.#older(version.older));
    return made;
  }

  #older(versions: Version[]): HTMLElement {
    const n = versions.length;
    const list = make("details", { class: "older" }, make("summary", {}, this.say(n === 1 ? "report.older.one" : "report.older.many", { n })));
    for (const one of versions) list.append(this.#version(one, this.say("report.older.title", { v: one.version })));
    return list;
  }

  #version(version: Version, title: string): HTMLElement {
    const body = make("div", { class: "report-body", "data-document": String(version.id) });
    const made = make("article", { class: `one-report is-${version.state}`, "data-state": version.state }, make("h3", { class: "report-title" }, title), this.#state(version));
    if (version.important) made.append(this.#important());
    made.append(body);
    this.#fill(body, version);
    return made;
  }

  #state(version: Version): HTMLElement {
    const facts = { at: momentOf(version.at), v: version.version };
    const who = [version.author, version.facility].filter(Boolean).join(", ");
    const isNew = !version.opened && (version.state === "corrected" || version.state === "cancelled");
    const words = make("span", {}, make("b", {}, this.say(`report.${version.state}` as Word, facts)), who ? ` – ${who}` : "");
    return make("p", { class: `signed is-${version.state}${isNew ? " is-new" : ""}` }, icon(SIGNS[version.state]), words);
  }

  #important(): HTMLElement {
    return make("div", { class: "notice notice-bad vnotice" }, icon("alert", "icon"),
      make("p", { class: "notice-title" }, this.say("report.important")), make("p", {}, this.say("report.important.do")));
  }

  #fill(body: HTMLElement, version: Version): void {
    const tell = (word: Word): void => { body.replaceChildren(make("p", { class: "empty" }, this.say(word))); };
    if (version.shown === "html") {
      tell("report.coming");
      this.#when(body, () => { void this.#text(body, version); });
    } else if (version.shown === "pdf") body.replaceChildren(this.#pdf(version));
    else if (version.shown === "refused") {
      tell("report.refused");
      body.append(make("p", { class: "empty" }, this.say((REASONS.includes(version.reason) ? `report.why.${version.reason}` : "report.why.report_unreadable") as Word)));
    } else tell(version.shown === "waiting" ? "report.preparing" : "report.wordless");
  }

  #pdf(version: Version): HTMLElement {
    const link = make("a", { class: "btn", href: this.#address(version), target: "_blank", rel: "noopener", "data-pdf": "" },
      icon("external"), make("span", {}, this.say("report.pdf")));
    return make("p", {}, link);
  }

  async #text(body: HTMLElement, version: Version): Promise<void> {
    const { say } = this, opened = this.#opened!, study = this.#study!;
    try {
      const known = this.#texts.get(version.id) ?? get(this.#address(version)).then((answer) => answer.text());
      this.#texts.set(version.id, known);
      const html = await known;
      if (body.isConnected) body.replaceChildren(fragment(html, { opened, study, language: this.language, say, jump: this.jump }));
    } catch (error) {
      this.#texts.delete(version.id);
      if (error instanceof ApiFault && error.status === 401) return;
      const again = make("button", { class: "btn", type: "button" }, say("retry"));
      again.addEventListener("click", () => { void this.#text(body, version); });
      body.replaceChildren(make("p", { class: "empty" }, say("report.failed")), again);
    }
  }

  #address(version: Version): string { return `/viewer-api/reports/${this.#study!.uid}/${version.id}`; }

  #when(target: Element, run: () => void): void { this.#wanted.set(target, run); this.#seen.observe(target); }

  #forget(target: Element): void { this.#seen.unobserve(target); this.#wanted.delete(target); }
}
