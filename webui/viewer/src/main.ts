/** Starts the viewer: asks for the exams and the first image, then wires the page. */
import { ApiFault, open } from "./api";
import { Commands } from "./commands";
import { awaitsReports, type Place } from "./core/reports";
import { firstShown, frameAddress, isGrowing, keyOf, sameAs, type Opened, type Study } from "./core/series";
import { Film } from "./film";
import { part } from "./page";
import { Cine } from "./panels/cine";
import { showDemographics } from "./panels/demographics";
import { notice } from "./panels/notices";
import { showNotes, showPriors } from "./panels/others";
import { ReportPane } from "./panels/report";
import { allSeries, markShown, showSeries, type Choice } from "./panels/seriesList";
import { SessionClock } from "./panels/session";
import { listenToShell, openPanel } from "./panels/shell";
import { Decoders } from "./pixels/decoding";
import { Frames } from "./pixels/frames";
import { listen } from "./tools/pointer";
import { speaker, type Say, type Word } from "./words";

/** Between two looks at an exam that still arrives: longer each time, since every look is journaled. */
const REFRESH_MS = { first: 3_000, factor: 1.5, longest: 60_000 };
const body = document.body;
const asked = new URLSearchParams(location.search).getAll("study");

class Viewer {
  #opened: Opened;
  readonly #frames: Frames;
  readonly #film: Film;
  readonly #cine: Cine;
  readonly #commands: Commands;
  readonly #reports: ReportPane;
  #choice: Choice | null = null;
  #pauseMs = REFRESH_MS.first;

  constructor(opened: Opened, decoders: Decoders, private readonly say: Say) {
    this.#opened = opened;
    this.#frames = new Frames(decoders);
    this.#ahead();
    this.#film = new Film(this.#frames, opened, say);
    part("films").replaceChildren(this.#film.element);
    this.#cine = new Cine(this.#film, say);
    this.#commands = new Commands(this.#film, this.#cine, (step) => this.#step(step), say);
    this.#reports = new ReportPane(opened.language, say, (place) => this.jump(place));
    this.#film.onchange = this.#frames.onchange = () => this.#tell();
    listen(this.#film, () => this.#commands.tool);
    const clock = new SessionClock(opened.session, opened.csrf, say);
    clock.onover = () => { this.#cine.stop(); this.#frames.clear(); this.#film.element.remove(); part("series").replaceChildren(); };
    showNotes(say);
    showPriors(opened, say);
    this.#begin();
  }

  /** Ask for the first image before the page is built: it travels meanwhile. */
  #ahead(): void {
    const first = allSeries(this.#opened, this.say).find(({ series }) => series.images.length > 0)?.series;
    const image = first?.images[firstShown(first)];
    if (first && image) this.#frames.want([frameAddress(first, image)]);
  }

  #begin(): void {
    const choices = allSeries(this.#opened, this.say);
    const first = choices.find(({ series }) => series.images.length > 0) ?? choices[0];
    this.#list();
    if (first) this.show(first); else this.#frameless();
    this.#watch();
  }

  show(choice: Choice): void {
    this.#choice = choice;
    showDemographics(this.#opened, choice.study, this.say);
    this.#reports.show(this.#opened, choice.study);
    markShown(keyOf(choice.series));
    this.#film.show(choice.series, choice.study);
    this.#cine.follow();
    this.#commands.refresh();
    const empty = choice.series.images.length === 0;
    const noSuv = choice.series.suv?.reason;
    notice("suv", "info", noSuv ? this.say("suv.none") : null, noSuv ? this.say(`suv.${noSuv}` as Word) : "");
    notice("empty", "warn", empty ? this.say("series.empty") : null, this.say("series.empty.do"));
  }

  /** Go to an image that a report cites. */
  jump({ series, index }: Place): void {
    const image = series.images[index] ?? null;
    const choice = sameAs(allSeries(this.#opened, this.say), series, image);
    const at = choice?.series.images.findIndex(({ sop_uid, frame }) => sop_uid === image?.sop_uid && frame === image.frame) ?? -1;
    if (!choice || at < 0) return;
    if (!this.#choice || keyOf(choice.series) !== keyOf(this.#choice.series)) this.show(choice);
    this.#cine.stop();
    this.#film.goTo(at);
    openPanel("");
  }

  #list(): void {
    showSeries(this.#opened, this.#choice ? keyOf(this.#choice.series) : null, this.say, (next) => { this.show(next); openPanel(""); });
  }

  #frameless(): void {
    const study = this.#opened.studies[0];
    if (study) { showDemographics(this.#opened, study, this.say); this.#reports.show(this.#opened, study); }
    const held = ["withdrawn", "identity", "embargoed", "unreachable"].find((state) => state === study?.state);
    if (study && !held && study.report.reports.length > 0) notice("empty", "info", this.say("study.report_only"));
    else if (study && (held || !isGrowing(study)))
      notice("empty", "warn", this.say(held ? (`state.${held}` as Word) : "study.empty"), this.say("study.empty.do"));
  }

  #step(step: number): void {
    const choices = allSeries(this.#opened, this.say);
    const current = this.#choice ? keyOf(this.#choice.series) : "";
    const at = choices.findIndex(({ series }) => keyOf(series) === current);
    const next = choices[Math.min(choices.length - 1, Math.max(0, at + step))];
    if (next && keyOf(next.series) !== current) this.show(next);
  }

  /** Hooks for tests and the counters of the page. */
  #tell(): void {
    const series = this.#film.series;
    const states = (series?.images ?? []).map((image) => this.#frames.state(frameAddress(series!, image)));
    const loaded = states.filter((state) => state === "loaded").length;
    const failed = states.filter((state) => state === "failed").length;
    body.dataset["framesLoaded"] = String(loaded);
    body.dataset["framesTotal"] = String(states.length);
    body.dataset["framesFailed"] = String(failed);
    const image = this.#film.image;
    body.dataset["quality"] = !this.#film.pixels || !image ? "loading" : image.quality.lossy ? "lossy" : "lossless";
    this.#cine.show();
    this.#commands.refresh();
    notice("failed", "bad", failed > 0 ? this.say(failed === 1 ? "failed.one" : "failed.many", { n: failed }) : null,
      this.say("failed.do"), { word: this.say("retry"), run: () => this.#film.retry() });
  }

  /** While images may still arrive, ask again and say how many there are; an incomplete exam is said to be so. */
  #watch(): void {
    const growing = this.#opened.studies.filter(isGrowing);
    const partial = this.#opened.studies.filter(({ state }) => state === "incomplete");
    const count = (studies: Study[]): number => studies.flatMap(({ series }) => series).reduce((all, { images }) => all + images.length, 0);
    const arriving = growing.filter(({ state }) => state !== "incomplete");
    const all = arriving.reduce((sum, { expected }) => sum + (expected ?? 0), 0);
    const received = arriving.reduce((sum, study) => sum + study.received, 0);
    const known = arriving.every(({ expected }) => expected !== null);
    const words = known ? this.say("growing.of", { n: received, m: all }) : this.say("growing", { n: count(arriving) });
    notice("growing", "info", arriving.length ? words : null, this.say("growing.do"));
    notice("incomplete", "warn", partial.length ? this.say("incomplete", { n: count(partial) }) : null, this.say("incomplete.do"));
    if (growing.length === 0 && !this.#opened.studies.some(awaitsReports)) return;
    setTimeout(() => { void this.#refresh(); }, this.#pauseMs);
    this.#pauseMs = Math.min(REFRESH_MS.longest, this.#pauseMs * REFRESH_MS.factor);
  }

  async #refresh(): Promise<void> {
    try { this.#take(await open(asked)); } catch (error) {
      if (error instanceof ApiFault && error.status === 401) return;
    }
    this.#watch();
  }

  #take(opened: Opened): void {
    this.#opened = opened;
    const same = this.#choice ? sameAs(allSeries(opened, this.say), this.#choice.series, this.#film.image) : undefined;
    const shown = opened.studies.find(({ uid }) => uid === this.#choice?.study.uid) ?? opened.studies[0];
    if (shown) this.#reports.show(opened, shown);
    if (!same || !this.#choice) { const first = allSeries(opened, this.say).find(({ series }) => series.images.length); this.#list(); if (first) this.show(first); return; }
    const grown = same.series.images.length !== this.#choice.series.images.length;
    const wasEmpty = this.#choice.series.images.length === 0;
    this.#choice = same;
    if (grown && wasEmpty) this.show(same); else if (grown) this.#film.grow(same.series);
    this.#list();
  }
}

async function start(): Promise<void> {
  const language = body.dataset["language"] ?? "fr";
  const say = speaker(language);
  const title = part("page-title");
  title.dataset["start"] = title.textContent ?? "";
  listenToShell();
  try {
    if (asked.length === 0) throw new ApiFault("not_found", 404);
    const decoders = new Decoders(2);  // they get ready while the server answers
    new Viewer(await open(asked), decoders, say);
  } catch (error) {
    tellWhyNot(error, say);
  }
}

/** Nothing is shown: say what happened, in the server's words when it gave some. */
function tellWhyNot(error: unknown, say: Say): void {
  const fault = error instanceof ApiFault ? error : new ApiFault("server", 0);
  body.dataset["quality"] = "refused";
  const served = fault.said["message"] ?? fault.said["title"];
  if (fault.cause_word === "session") { location.assign(body.dataset["ended"] ?? "/login"); return; }
  const word = fault.cause_word === "network" ? "open.network" : fault.cause_word === "not_found" ? "open.gone"
    : fault.cause_word.includes("person") ? "open.persons" : "open.server";
  notice("open", "bad", typeof served === "string" ? served : say(word), say(word === "open.gone" || word === "open.persons" ? "open.choose" : "open.again"),
    { word: say("retry"), run: () => location.reload() });
}

void start();
