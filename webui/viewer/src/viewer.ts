/** The page at work: what is open, what is shown where, and who hears of it. */
import { ApiFault, open } from "./api";
import { Commands, type Command } from "./commands";
import { planeOf } from "./core/geometry";
import { flippedHorizontally, flippedVertically, rotated, type Turn } from "./core/orientation";
import { awaitsReports, type Place } from "./core/reports";
import { firstShown, frameAddress, hasHounsfield, isGrowing, keyOf, sameAs, type ImageFacts, type Opened, type Study } from "./core/series";
import { refusal, type VolumeKind } from "./core/verdict";
import { CT_PRESETS, MR_PRESETS, SUV_PRESETS, openingWindow, percentileWindow, suvWindow } from "./core/window";
import { exportCommands } from "./exports";
import type { Film } from "./film";
import { Keys } from "./keys";
import { KeptWork } from "./keptWork";
import { Layout, type Shape } from "./layout";
import { Links } from "./linking";
import { Marks } from "./marks";
import { Overlays } from "./overlays";
import { make, part } from "./page";
import { asker } from "./panels/ask";
import { Cine } from "./panels/cine";
import { showDemographics } from "./panels/demographics";
import { filmMenu } from "./panels/filmMenu";
import { showKeyImages } from "./panels/keyImages";
import { NotesPane } from "./panels/notes";
import { notice } from "./panels/notices";
import { showPriors } from "./panels/priors";
import { Presentations } from "./presentations";
import { ReportPane } from "./panels/report";
import { saveVideo } from "./panels/saveVideo";
import { allSeries, markShown, showSeries, type Choice } from "./panels/seriesList";
import { SessionClock } from "./panels/session";
import { openPanel } from "./panels/shell";
import { forgetTabs } from "./panels/tabs";
import type { VolumeViews } from "./panels/volumes";
import type { Decoders } from "./pixels/decoding";
import { Frames } from "./pixels/frames";
import { Cursor } from "./tools/cursor";
import { drawMarks, wordsOf } from "./tools/drawing";
import { markTool, type Board } from "./tools/mark";
import { panTool } from "./tools/pan";
import { listen } from "./tools/pointer";
import { scrollTool } from "./tools/scroll";
import type { Tool } from "./tools/tool";
import { windowTool } from "./tools/window";
import { zoomBy, zoomTool } from "./tools/zoom";
import type { Say, Word } from "./words";

/** Between two looks at an exam that still arrives: longer each time, since every look is journaled. */
const REFRESH_MS = { first: 3_000, factor: 1.5, longest: 60_000 };
const FAST = "fast";
/** Tools that read a size or a value; an arrow only points. */
const MEASURES = new Set(["length", "angle", "roi", "probe"]);
const body = document.body;

export class Viewer {
  readonly marks = new Marks();
  readonly #overlays = new Overlays();
  readonly #presentations = new Presentations(() => this.opened);
  readonly layout: Layout;
  readonly links: Links;
  readonly cine: Cine;
  readonly commands: Commands;
  readonly #frames: Frames;
  readonly #reports: ReportPane;
  readonly #notes: NotesPane;
  readonly #keys: Keys;
  readonly #work: KeptWork;
  readonly #tools: Record<string, Tool>;
  #chosen = "scroll";
  #pauseMs = REFRESH_MS.first;
  #telling = 0;
  /** Planes and volume rendering, once they were asked for. */
  #views: VolumeViews | null = null;

  constructor(public opened: Opened, private readonly asked: string[], decoders: Decoders, readonly say: Say) {
    this.#frames = new Frames(decoders);
    this.#ahead();
    this.layout = new Layout(this.#frames, opened, say, () => allSeries(this.opened, say));
    this.links = new Links(this.layout);
    const refuse = (why: Word): void => notice("why", "info", say(why));
    const cursor = new Cursor(() => this.layout.films, refuse);
    const board: Board = { marks: this.marks, refuse, ask: asker(say) };
    this.#tools = { scroll: scrollTool, window: windowTool, zoom: zoomTool, pan: panTool, cursor, ...Object.fromEntries(
      (["length", "angle", "roi", "probe", "arrow"] as const).map((kind) => [kind, markTool(kind, board)])) };
    const menu = filmMenu(say);
    this.#keys = new Keys(() => this.opened);
    const equip = (film: Film): void => {
      film.fast = localStorage.getItem(FAST) !== null;
      film.said = (image) => this.#saidOf(film, image);
      film.painters.push((context) => this.#overlays.draw(context, film), (context) => this.#presentations.draw(context, film), (context) => this.links.draw(context, film), (context) => drawMarks(context, film, this.marks, say), (context) => cursor.draw(context, film));
      listen(film, () => this.#tools[this.#chosen] ?? scrollTool, (one, at) => { this.commands.refresh(); menu(one, at); });
    };
    for (const film of this.layout.films) equip(film);
    this.layout.onfilm = equip;
    this.layout.onactive = () => this.#activated();
    this.layout.onback = () => this.#views?.leave();
    this.layout.onchange = (film) => { this.links.follow(film); this.#work.changed(); this.#tell(); };
    this.#frames.onchange = () => this.#tell();
    this.cine = new Cine(this.layout, say);
    this.commands = new Commands(say, (why) => notice("why", "info", why));
    this.#reports = new ReportPane(opened.language, say, (place) => this.jump(place));
    this.#notes = new NotesPane(() => this.opened, say);
    this.#work = new KeptWork(() => this.opened, this.layout, this.marks, this.#keys, say);
    this.marks.onchange = () => this.#work.changed();
    this.#keys.onchange = () => { this.#work.changed(); this.#showKeys(); for (const film of this.layout.films) film.draw(); };
    this.#command();
    const clock = new SessionClock(opened.session, opened.csrf, say);
    clock.onover = () => { this.#work.end(); this.cine.stop(); this.#views?.leave(); this.#frames.clear(); this.layout.close(); part("series").replaceChildren(); forgetTabs(); };
    this.#begin();
  }

  get film(): Film { return this.layout.active; }

  /** Ask for the first image before the page is built: it travels meanwhile. */
  #ahead(): void {
    const first = allSeries(this.opened, this.say).find(({ series }) => series.images.length > 0)?.series;
    const image = first?.images[firstShown(first)];
    if (first && image && localStorage.getItem(FAST) === null) this.#frames.want([frameAddress(first, image)]);
  }

  #begin(): void {
    const choices = allSeries(this.opened, this.say);
    const first = choices.find(({ series }) => series.images.length > 0) ?? choices[0];
    this.#list();
    if (first) this.show(first); else this.#frameless();
    showPriors(this.opened, this.say, (uid) => { void this.beside(uid); });
    this.#watch();
    if (this.opened.studies.length > 1) this.layout.reshape("2");
    this.#work.restore();
  }

  /** The key images of the exam that is shown. */
  #showKeys(): void {
    const study = this.opened.studies.find(({ uid }) => uid === this.film.study?.uid);
    if (study) showKeyImages(this.opened, study, this.#keys, this.say, (place) => this.jump(place));
  }

  /** What is said on a film beside the image itself: a key image, or a saved presentation that is not applied (R-L 10). */
  #saidOf({ series, study }: Film, image: ImageFacts): string[] {
    if (!series || !study || image.address) return [];
    const key = this.#keys.isOfHospital(series, image) ? "key.mark" : this.#keys.isOwn(series, image) ? "key.mark.own" : study.key_images?.length ? "key.exam" : null;
    return [...(key ? [this.say(key)] : []), ...this.#presentedOn(image, study)];
  }

  /** Whether a saved presentation is applied to an image, waits for it, or lies elsewhere in the exam. */
  #presentedOn(image: ImageFacts, { uid }: Study): string[] {
    const film = this.layout.films.find(({ seen }) => seen === image), applied = film && this.#presentations.appliedTo(film);
    if (applied) return [this.say("gsps.applied", { name: applied.label || applied.description || "–" })];
    if (film && this.#presentations.of(film).length) return [this.say("gsps.mark")];
    const study = this.opened.studies.find((one) => one.uid === uid);
    const there = !!study?.presentations?.length || !!study?.series.some(({ undisplayable }) => undisplayable.some(({ reason }) => reason === "presentation_state"));
    return there ? [this.say("gsps.exam")] : [];
  }

  #toggleKey(): void {
    const { series, seen } = this.film;
    if (series && seen && !seen.address) this.#keys.toggle(series, seen);
    this.commands.refresh();
  }

  /** Show a series on the active film. */
  show(choice: Choice): void { this.layout.show(choice); }

  /** Another film is active, or shows another series: the panels follow. */
  #activated(): void {
    const { choice } = this.layout;
    this.cine.follow();
    if (choice) {
      showDemographics(this.opened, choice.study, this.say);
      this.#reports.show(this.opened, choice.study);
      this.#notes.show(choice.study);
      this.#showKeys();
      markShown(keyOf(choice.series), choice.study.uid);
    }
    const empty = choice?.series.images.length === 0 && !this.layout.isLent;
    const noSuv = choice?.series.suv?.reason;
    notice("suv", "info", noSuv ? this.say("suv.none") : null, noSuv ? this.say(`suv.${noSuv}` as Word) : "");
    notice("empty", "warn", empty ? this.say("series.empty") : null, this.say("series.empty.do"));
    this.links.hold();
    this.links.redraw();
    this.#tell();
  }

  /** Go to an image that a report cites. */
  jump({ series, index }: Place): void {
    const image = series.images[index] ?? null;
    const choice = sameAs(allSeries(this.opened, this.say), series, image);
    const at = choice?.series.images.findIndex(({ sop_uid, frame }) => sop_uid === image?.sop_uid && frame === image.frame) ?? -1;
    if (!choice || at < 0) return;
    if (!this.film.series || keyOf(choice.series) !== keyOf(this.film.series)) this.show(choice);
    this.cine.stop();
    this.film.goTo(at);
    openPanel("");
  }

  /** Open another exam of the person beside what is shown, or go to it when it is open. */
  async beside(uid: string): Promise<void> {
    if (!this.opened.studies.some((study) => study.uid === uid)) {
      try { this.opened = await open([...this.asked, uid]); } catch (error) {
        const served = error instanceof ApiFault ? error.said["message"] : null;
        const paused = error instanceof ApiFault && error.cause_word === "exams_hour";
        notice("prior", "bad", typeof served === "string" ? served : this.say(paused ? "fault.exams_hour" : "prior.failed"),
          paused ? this.say("fault.exams_hour.do") : undefined);
        return;
      }
      notice("prior", "bad", null);
      this.asked.push(uid);
      this.#work.restore();
      history.replaceState(null, "", `/viewer?${new URLSearchParams(this.asked.map((one) => ["study", one]))}`);
      this.#list();
      showPriors(this.opened, this.say, (other) => { void this.beside(other); });
    }
    const there = this.layout.films.find(({ study }) => study?.uid === uid);
    if (there) this.layout.activate(there);
    else if (this.layout.shape === "1") this.layout.reshape("2");
    else this.#placeBeside(uid);
    openPanel("");
  }

  /** Put an exam on the film after the active one, by a series alike if there is one. */
  #placeBeside(uid: string): void {
    const { films, active } = this.layout, free = films.find(({ series }) => !series) ?? films[(films.indexOf(active) + 1) % films.length]!;
    const choices = allSeries(this.opened, this.say).filter(({ study, series }) => study.uid === uid && series.images.length > 0);
    const choice = choices.find(({ series }) => series.modality === active.series?.modality) ?? choices[0];
    if (!choice) return;
    this.layout.activate(free);
    this.layout.show(choice, free);
  }

  #list(): void {
    showSeries(this.opened, this.layout.choice, this.say, (next) => { this.show(next); openPanel(""); });
  }

  #frameless(): void {
    const study = this.opened.studies[0];
    if (study) { showDemographics(this.opened, study, this.say); this.#reports.show(this.opened, study); this.#notes.show(study); }
    const held = ["withdrawn", "identity", "embargoed", "unreachable"].find((state) => state === study?.state);
    if (study && !held && study.report.reports.length > 0) notice("empty", "info", this.say("study.report_only"));
    else if (study && (held || !isGrowing(study)))
      notice("empty", "warn", this.say(held ? (`state.${held}` as Word) : "study.empty"), this.say("study.empty.do"));
    this.#tell();
  }

  #step(step: number): void {
    const choices = allSeries(this.opened, this.say), { choice } = this.layout;
    const at = choice ? choices.findIndex(({ series, study }) => keyOf(series) === keyOf(choice.series) && study.uid === choice.study.uid) : -1;
    const next = choices[Math.min(choices.length - 1, Math.max(0, at + step))];
    if (next && next.series !== choice?.series) this.show(next);
  }

  choose(name: string): void { this.#chosen = name; this.commands.refresh(); }

  #command(): void {
    const { commands, cine, marks } = this, film = (): Film => this.film, opened = (): Opened => this.opened;
    const go = (index: () => number) => () => { cine.stop(); film().goTo(index()); };
    const turn = (change: (turn: Turn) => Turn) => () => { film().turn = change(film().turn); film().draw(); };
    const count = (): number => film().series?.images.length ?? 1;
    commands.add({
      rotate: turn(rotated), "flip-h": turn(flippedHorizontally), "flip-v": turn(flippedVertically),
      invert: () => { film().inverted = !film().inverted; film().draw(); },
      reset: () => { cine.stop(); marks.removeAll(film()); film().reset(); },
      hide: { run: () => { film().linesHidden = !film().linesHidden; film().draw(); }, pressed: () => film().linesHidden },
      delete: () => { marks.removeOne(film()); film().draw(); },
      "delete-all": () => { marks.removeAll(film()); film().draw(); },
      "zoom-in": () => zoomBy(film(), 1.25), "zoom-out": () => zoomBy(film(), 0.8),
      key: { run: () => this.#toggleKey(), pressed: () => !!film().series && !!film().seen && this.#keys.isOwn(film().series!, film().seen!),
        hindrance: () => (film().seen && !film().seen!.address ? null : "key.wait") },
      cine: () => cine.toggle(),
      "cine-loop": { run: () => { cine.loops = !cine.loops; this.commands.refresh(); }, pressed: () => cine.loops },
      "cine-export": () => { cine.stop(); saveVideo(film(), cine, opened(), this.say); },
      "cine-from": () => cine.beginHere(), "cine-to": () => cine.endHere(), "cine-all": () => cine.whole(),
      "image-previous": go(() => film().index - 1), "image-next": go(() => film().index + 1),
      "image-first": go(() => 0), "image-last": go(() => count() - 1),
      "image-back-ten": go(() => film().index - 10), "image-on-ten": go(() => film().index + 10),
      "series-previous": () => this.#step(-1), "series-next": () => this.#step(1),
      "film-next": () => this.layout.activateNext(1),
      fullscreen: () => { void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()); },
      keys: () => part<HTMLDialogElement>("keys").showModal(),
      link: { run: () => this.#link(), pressed: () => this.links.on, hindrance: () => (this.layout.films.length > 1 ? null : "link.alone") },
      gsps: { run: () => { this.#presentations.next(film()); this.commands.refresh(); }, pressed: () => this.#presentations.appliedTo(film()) !== null,
        hindrance: () => (this.#presentations.of(film()).length ? null : this.#presentations.any(film()) ? "gsps.elsewhere" : "gsps.none") },
      overlays: { run: () => { this.#overlays.hidden = !this.#overlays.hidden; this.links.redraw(); }, pressed: () => !this.#overlays.hidden,
        hindrance: () => (this.#overlays.has(film().series) ? null : "overlays.none") },
      lines: { run: () => { this.links.lines = !this.links.lines; this.links.redraw(); }, pressed: () => this.links.lines },
      lossless: { run: () => this.#toggleFast(), pressed: () => !film().fast },
      ...Object.fromEntries((["1", "2", "4"] as Shape[]).map((shape): [string, Command] =>
        [`layout-${shape}`, { run: () => this.layout.reshape(shape), pressed: () => !this.layout.isLent && this.layout.shape === shape }])),
      ...Object.fromEntries(Object.keys(this.#tools).map((name): [string, Command] => [name, { run: () => this.choose(name), pressed: () => this.#chosen === name,
        hindrance: () => (MEASURES.has(name) && opened().features?.measures === false ? "feature.off" : null) }])),
      ...Object.fromEntries((["mpr", "volume"] as const).map((kind): [string, Command] => [kind, { run: () => { void this.#cut(kind); },
        pressed: () => this.#views?.kind === kind, hindrance: () => this.#refusal(kind) }])),
      leave: () => this.#views?.leave(),
      ...this.#presets(),
      ...exportCommands({ opened, film, kept: () => this.#work.kept(), films: () => this.layout.films, told: (words) => notice("why", "info", words),
        measures: () => this.#marksInWords(film()) }, this.say),
    });
  }

  /** Why planes or a rendering of the series are not to be had; those that are shown may always be left. */
  #refusal(kind: VolumeKind): Word | null {
    const why = this.layout.isLent ? (this.opened.features?.[kind] === false ? "off" : null) : refusal(this.film.series, this.opened.features, kind);
    return why && (why === "off" ? "feature.off" : `mpr.why.${why}`);
  }

  /** Show planes or a rendering of the active series, or leave them; what makes them is loaded when it is first wanted. */
  async #cut(kind: VolumeKind): Promise<void> {
    if (this.#views?.kind === kind) { this.#views.leave(); return; }
    const { say, layout } = this;
    const { VolumeViews } = await import("./panels/volumes");
    this.#views ??= new VolumeViews({
      opened: this.opened, say, pictures: this.#frames, tool: () => this.#chosen,
      lend: (films, name) => layout.lend(films, name), giveBack: () => layout.giveBack(),
    });
    const { film } = this, choice = this.#views.choice ?? layout.choice;
    if (!choice) return;
    this.cine.stop();
    await this.#views.open(kind, choice.series, choice.study, film);
    this.commands.refresh();
  }

  #presets(): Record<string, Command> {
    const names = [...Object.keys(CT_PRESETS), ...Object.keys(MR_PRESETS), ...Object.keys(SUV_PRESETS), "auto"];
    const chosen = (name: string): boolean => {
      const preset = CT_PRESETS[name] ?? suvWindow(name, this.film.series), { window } = this.film;
      return !!preset && preset.center === window?.center && preset.width === window.width;
    };
    const presets = names.map((name): [string, Command] => [`preset-${name}`, { run: () => this.#preset(name), pressed: () => chosen(name) }]);
    // Keys of their own, by what the series is: 3 is the brain of a scanner, and the automatic window of a magnet.
    const own = ["3", "5", "6", "7", "8", "9"].map((key, n): [string, Command] => [`own-${key}`, { run: () => {
      const { series } = this.film;
      const name = series && hasHounsfield(series) ? Object.keys(CT_PRESETS)[n] : series?.modality === "MR" ? ["auto", ...Object.keys(MR_PRESETS)][n]
        : series?.suv?.factor ? Object.keys(SUV_PRESETS)[n] : undefined;
      if (name) this.#preset(name);
    } }]);
    return Object.fromEntries([...presets, ...own]);
  }

  #preset(name: string): void {
    const { film } = this, { image, pixels } = film;
    if (!image || !pixels) return;
    const share = MR_PRESETS[name];
    if (share && pixels.preview) { notice("why", "info", this.say("mark.preview")); return; }
    film.setWindow(CT_PRESETS[name] ?? suvWindow(name, film.series) ?? (share ? percentileWindow(pixels.data, image, share) : openingWindow(image, pixels.low, pixels.high)));
    if (name === "auto") film.windowIsOwn = false;
  }

  #link(): void {
    this.links.toggle();
    const spaces = new Set(this.layout.films.flatMap(({ series }) => (series ? [series.frame_of_reference ?? series.uid] : [])));
    const placed = this.layout.films.every(({ seen }) => !seen || planeOf(seen));
    notice("why", "info", this.links.on ? this.say(spaces.size === 1 && placed ? "link.by_position" : "link.by_offset") : null);
    this.commands.refresh();
  }

  /** Lossless or fast, for this page and the next ones. */
  #toggleFast(): void {
    const fast = !this.film.fast;
    if (fast) localStorage.setItem(FAST, ""); else localStorage.removeItem(FAST);
    for (const film of this.layout.films) { film.fast = fast; film.refetch(); }
    notice("why", "info", this.say(fast ? "fast.on" : "fast.off"));
    this.commands.refresh();
  }

  /** Hooks for tests and the counters of the page; many changes of one moment are told once. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = requestAnimationFrame(() => { this.#telling = 0; this.#tellNow(); });
  }

  #tellNow(): void {
    const { film } = this, { seen } = film, { loaded, failed, total } = film.counts;
    body.dataset["framesLoaded"] = String(loaded);
    body.dataset["framesTotal"] = String(total);
    body.dataset["framesFailed"] = String(failed);
    body.dataset["quality"] = !film.pixels || !seen ? "loading" : film.isPreview ? "preview" : seen.quality.lossy ? "lossy" : "lossless";
    this.#sayMarks(film);
    this.cine.show();
    this.#offer();
    notice("failed", "bad", failed > 0 ? this.say(failed === 1 ? "failed.one" : "failed.many", { n: failed }) : null,
      this.say("failed.do"), { word: this.say("retry"), run: () => film.retry() });
  }

  /** What is drawn, for those who cannot see it. */
  #sayMarks(film: Film): void {
    const said = this.#marksInWords(film);
    const list = part("marks-said");
    if (list.dataset["said"] === said.join("\n")) return;
    list.dataset["said"] = said.join("\n");
    list.replaceChildren(...said.map((words) => make("li", {}, words)));
  }

  #marksInWords(film: Film): string[] {
    return this.marks.of(film).map((mark) => `${this.say(`mark.${mark.kind}`)}${this.say("colon")}${wordsOf(mark, film, this.say).join(", ")}`);
  }

  /** Offer only what the shown series allows (R-L 5). */
  #offer(): void {
    const { series } = this.film;
    const offered: Record<string, boolean> = { CT: !!series && hasHounsfield(series), MR: series?.modality === "MR", PT: !!series?.suv?.factor };
    for (const group of document.querySelectorAll<HTMLElement>("[data-presets]")) group.hidden = !offered[group.dataset["presets"] ?? ""];
    this.commands.refresh();
  }

  /** While images may still arrive, ask again and say how many there are; an incomplete exam is said to be so. */
  #watch(): void {
    const growing = this.opened.studies.filter(isGrowing);
    const partial = this.opened.studies.filter(({ state }) => state === "incomplete");
    const count = (studies: Study[]): number => studies.flatMap(({ series }) => series).reduce((all, { images }) => all + images.length, 0);
    const arriving = growing.filter(({ state }) => state !== "incomplete");
    const all = arriving.reduce((sum, { expected }) => sum + (expected ?? 0), 0);
    const received = arriving.reduce((sum, study) => sum + study.received, 0);
    const known = arriving.every(({ expected }) => expected !== null);
    const words = known ? this.say("growing.of", { n: received, m: all }) : this.say("growing", { n: count(arriving) });
    notice("growing", "info", arriving.length ? words : null, this.say("growing.do"));
    notice("incomplete", "warn", partial.length ? this.say("incomplete", { n: count(partial) }) : null, this.say("incomplete.do"));
    if (growing.length === 0 && !this.opened.studies.some(awaitsReports)) return;
    setTimeout(() => { void this.#refresh(); }, this.#pauseMs);
    this.#pauseMs = Math.min(REFRESH_MS.longest, this.#pauseMs * REFRESH_MS.factor);
  }

  async #refresh(): Promise<void> {
    try { this.#take(await open(this.asked)); } catch (error) {
      if (error instanceof ApiFault && error.status === 401) return;
    }
    this.#watch();
  }

  /** Take the exams as they are now: every film goes on with its series, which may have grown. */
  #take(opened: Opened): void {
    this.opened = opened;
    const choices = allSeries(opened, this.say);
    for (const film of this.layout.films) {
      if (!film.series || !film.study || this.layout.isLent) continue;
      const same = sameAs(choices.filter(({ study }) => study.uid === film.study?.uid), film.series, film.image);
      if (!same || same.series.images.length === film.series.images.length) continue;
      if (film.series.images.length === 0) film.show(same.series, same.study); else film.grow(same.series);
    }
    const shown = opened.studies.find(({ uid }) => uid === this.film.study?.uid) ?? opened.studies[0];
    if (shown) this.#reports.show(opened, shown);
    this.#list();
    const first = choices.find(({ series }) => series.images.length > 0);
    if (!this.film.series && first) this.show(first);
  }
}
