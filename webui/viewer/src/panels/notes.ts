/** Zone 6: notes on the exam that is shown; whom each is for is chosen before it is written, and can be changed. */
import { ApiFault, get } from "../api";
import { momentOf } from "../core/reports";
import type { Opened, Study } from "../core/series";
import { icon, make, part } from "../page";
import { Stashed } from "../stash";
import type { Say, Word } from "../words";

type Scope = "private" | "code" | "hospital";
interface Note { id: number; author: string; own: boolean; scope: Scope; text: string; written_at: string; edited_at: string | null }
const SCOPES: Scope[] = ["private", "code", "hospital"];
const MOST = 2000;
const CAUSES = ["note_text", "note_long", "note_scope", "notes_many", "not_found", "network", "session"];

export class NotesPane {
  #study = "";
  #notes: Note[] = [];
  #editing = 0;
  readonly #stash: Stashed;
  readonly #told = make("p", { class: "note-told", role: "alert", hidden: "" });
  readonly #list = make("ul", { class: "notes", id: "notes-list" });

  constructor(private readonly opened: () => Opened, private readonly say: Say) { this.#stash = new Stashed(opened().reader ?? ""); }

  show({ uid }: Study): void {
    if (uid === this.#study) return;
    this.#study = uid;
    this.#notes = []; this.#editing = 0;
    const export_ = make("a", { class: "mini", href: `/viewer-api/notes/${uid}/notes.txt`, download: "notes.txt", "aria-label": this.say("note.export"), title: this.say("note.export") }, icon("save", "icon-s"));
    part("notes").replaceChildren(this.#told, this.#list, this.#form(null), make("p", { class: "note-foot" }, export_));
    this.#tell(null);
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const study = this.#study;
    try {
      const told = (await (await get(this.#address())).json()) as { notes: Note[] };
      if (study !== this.#study) return;
      this.#notes = told.notes;
      this.#draw();
    } catch (error) { if (study === this.#study) this.#tell(error, () => { void this.#ask(); }); }
  }

  #address(note?: Note): string { return `/viewer-api/notes/${this.#study}${note ? `/${note.id}` : ""}`; }

  #draw(): void {
    const empty = ["note.none", "note.none.do"] as const;
    part("notes").dataset["notes"] = String(this.#notes.length);
    this.#list.hidden = false;
    this.#list.replaceChildren(...(this.#notes.length ? this.#notes.map((note) => this.#item(note))
      : [make("li", { class: "no-note" }, ...empty.map((word) => make("p", { class: "empty" }, this.say(word))))]));
  }

  #item(note: Note): HTMLElement {
    const item = make("li", { "data-note": String(note.id), "data-scope": note.scope });
    if (note.id === this.#editing) { item.append(this.#form(note)); return item; }
    const when = momentOf(note.edited_at ?? note.written_at), at = this.say(note.edited_at ? "note.edited" : "note.written", { when });
    item.append(make("p", { class: "note-text" }, note.text), make("small", {}, `${note.author}, ${at}, ${this.say(`note.${note.scope}` as Word)}`));
    if (note.own) item.append(make("span", { class: "note-acts" }, this.#act("note.edit", "note", () => { this.#editing = note.id; this.#draw(); this.#list.querySelector("textarea")?.focus(); }), this.#deleter(note)));
    return item;
  }

  #act(word: Word, sign: string, run: () => void): HTMLButtonElement {
    const button = make("button", { class: "mini", type: "button", "aria-label": this.say(word), title: this.say(word), "data-act": word }, icon(sign, "icon-s"));
    button.addEventListener("click", run);
    return button;
  }

  /** Asked a second time in place of the button, so that one slip deletes nothing. */
  #deleter(note: Note): HTMLElement {
    const asked = this.#act("note.delete", "trash", () => {
      const sure = make("button", { class: "btn btn-danger", type: "button", "data-act": "note.sure" }, this.say("note.delete.sure"));
      const keep = make("button", { class: "btn", type: "button", "data-act": "note.keep" }, this.say("cancel"));
      const acts = asked.parentElement!;
      sure.addEventListener("click", () => { sure.disabled = true; void this.#delete(note); });
      keep.addEventListener("click", () => { this.#draw(); this.#list.querySelector<HTMLElement>(`[data-note="${note.id}"] [data-act="note.delete"]`)?.focus(); });
      acts.replaceChildren(sure, keep);
      keep.focus();
    });
    return asked;
  }

  /** The form of a new note, or of one that is edited in its place. */
  #form(note: Note | null): HTMLElement {
    const id = note ? `note-${note.id}` : "note", draft = `draft ${this.#study}`;
    const field = make("textarea", { class: "input", id, rows: "2", maxlength: String(MOST), placeholder: this.say("note.new") });
    const scope = make("select", { class: "input", id: `${id}-scope`, "aria-label": this.say("note.for") },
      ...SCOPES.map((one) => make("option", { value: one }, this.say(`note.${one}` as Word))));
    const go = make("button", { class: "btn", type: "submit" }, this.say(note ? "note.save" : "note.add"));
    field.value = note?.text ?? String(this.#stash.get(draft) ?? "");
    scope.value = note?.scope ?? "private";
    const form = make("form", { class: "note-form", "data-form": note ? "edit" : "new" }, make("label", { class: "sr", for: id }, this.say(note ? "note.edit" : "note.new")), field, make("span", { class: "note-row" }, scope, go));
    if (note) {
      const stop = (): void => { this.#editing = 0; this.#draw(); this.#list.querySelector<HTMLElement>(`[data-note="${note.id}"] [data-act="note.edit"]`)?.focus(); };
      const cancel = make("button", { class: "btn", type: "button", "data-act": "note.keep" }, this.say("cancel"));
      cancel.addEventListener("click", stop);
      form.querySelector(".note-row")!.append(cancel);
      field.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); stop(); } });
    } else field.addEventListener("input", () => this.#stash.put(draft, field.value || undefined));
    field.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); } });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!field.value.trim()) { field.focus(); return; }
      go.disabled = true;
      void this.#write(note, field.value, scope.value).then((done) => {
        go.disabled = false;
        if (!done || note) return;
        field.value = "";
        this.#stash.put(draft, undefined);
        field.focus();
      });
    });
    return form;
  }

  async #write(note: Note | null, text: string, scope: string): Promise<boolean> {
    const study = this.#study;
    try {
      const answer = await get(this.#address(note ?? undefined), this.#request(note ? "PUT" : "POST", JSON.stringify({ text, scope })));
      const made = (await answer.json()) as Note;
      if (study !== this.#study) return true;
      this.#notes = note ? this.#notes.map((one) => (one.id === made.id ? made : one)) : [...this.#notes, made];
      this.#editing = 0;
      this.#tell(null);
      this.#draw();
      return true;
    } catch (error) { this.#tell(error); return false; }
  }

  async #delete(note: Note): Promise<void> {
    try {
      await get(this.#address(note), this.#request("DELETE"));
      this.#notes = this.#notes.filter(({ id }) => id !== note.id);
      this.#tell(null);
    } catch (error) { this.#tell(error); }
    this.#draw();
    part("note").focus();
  }

  #request(method: string, body?: string): RequestInit {
    return { method, headers: { "X-CSRF-Token": this.opened().csrf, "Content-Type": "application/json" }, ...(body ? { body } : {}) };
  }

  #tell(error: unknown, again?: () => void): void {
    this.#told.hidden = error === null;
    if (error === null) { this.#told.replaceChildren(); return; }
    const cause = error instanceof ApiFault ? error.cause_word : "network";
    this.#told.replaceChildren(this.say((CAUSES.includes(cause) ? `note.e.${cause}` : "note.e.server") as Word));
    if (again) {
      const button = make("button", { class: "btn", type: "button" }, this.say("retry"));
      button.addEventListener("click", () => { this.#tell(null); again(); });
      this.#told.append(" ", button);
    }
  }
}
