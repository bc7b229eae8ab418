/** Planes and volume rendering of a series: loaded when first asked for, one volume at a time, its worker gone when both are left. */
import { keyOf, type ImageFacts, type Opened, type Series, type Study } from "../core/series";
import type { VolumeKind } from "../core/verdict";
import type { Film } from "../film";
import type { Pictures } from "../pixels/pictures";
import { NoVolume, Volume } from "../pixels/volume";
import { volumeSpeaker, type VolumeSay } from "../volumeWords";
import type { Say } from "../words";
import { Mpr } from "./mpr";
import { notice } from "./notices";
import { VolumeFilm } from "./rendered";

/** Where these films are shown, and what they need of the page. */
export interface Stage {
  opened: Opened; say: Say; pictures: Pictures;
  /** Show films in place of the others, in a layout of the style sheet. */
  lend(films: Film[], layout: string): void;
  giveBack(): void;
  /** The tool the reader chose: `scroll`, `window`, `zoom`, `pan` … */
  tool(): string;
}

/** A volume made sooner is not announced; later ones are, so often. */
const PATIENCE_MS = 400, TOLD_MS = 250;

export class VolumeViews {
  #volume: Volume | null = null;
  #shown: { kind: VolumeKind; view: Mpr | VolumeFilm; study: Study } | null = null;
  #turn = 0;

  readonly #say: VolumeSay;

  constructor(private readonly stage: Stage) { this.#say = volumeSpeaker(stage.opened.language, stage.say); }

  get kind(): VolumeKind | null { return this.#shown?.kind ?? null; }
  /** The series that is cut or rendered now. */
  get choice(): { series: Series; study: Study } | null { return this.#shown && this.#volume && { series: this.#volume.series, study: this.#shown.study }; }

  /** Show the series' planes or its rendering; `from` is the film that was looked at. */
  async open(kind: VolumeKind, series: Series, study: Study, from: { image: ImageFacts | null; window: Film["window"]; inverted: boolean }): Promise<void> {
    const turn = (this.#turn += 1);
    const volume = await this.#made(series, () => { void this.open(kind, series, study, from); });
    if (!volume || turn !== this.#turn) return;
    const view = kind === "mpr" ? new Mpr(volume, study, this.stage.opened, this.#say, from.image) : await this.#rendered(volume, study);
    if (turn !== this.#turn) { view.close(); return; }
    this.#drop();
    this.#shown = { kind, view, study };
    this.stage.lend(view instanceof Mpr ? view.films : [view], view instanceof Mpr ? "mpr" : "1");
    document.querySelector(".vcenter > .cine")?.before(view.bar);
    if (view instanceof Mpr) view.begin(from.window, from.inverted);
    this.#warn(volume, view);
  }

  /** The page's own films again; the volume's memory is given back. */
  leave(): void {
    this.#turn += 1;
    const shown = this.#shown !== null;
    this.#drop();
    this.#volume?.close();
    this.#volume = null;
    for (const name of ["volume", "volume-reduced", "volume-scale", "volume-cpu"]) notice(name, "info", null);
    if (shown) this.stage.giveBack();
  }

  #drop(): void { const shown = this.#shown; this.#shown = null; shown?.view.close(); }

  #rendered(volume: Volume, study: Study): Promise<VolumeFilm> {
    const { stage } = this, lost = (): void => notice("volume-cpu", "warn", this.#say("vr.lost"));
    return VolumeFilm.of(volume, study, stage.pictures, stage.opened, this.#say, stage.tool, lost);
  }

  /** The series' volume, made if it is not there; null when it cannot be, which is said. */
  async #made(series: Series, again: () => void): Promise<Volume | null> {
    const { pictures } = this.stage, say = this.#say;
    if (this.#volume && keyOf(this.#volume.series) === keyOf(series) && this.#volume.series.images.length === series.images.length) return this.#volume;
    this.#volume?.close();
    this.#volume = null;
    let volume: Volume | null = null;
    try {
      volume = Volume.of(series);
      this.#volume = volume;
      const total = series.images.length;
      let next = performance.now() + PATIENCE_MS;
      await volume.load(pictures, (n) => {
        if (performance.now() < next) return;
        next = performance.now() + TOLD_MS;
        notice("volume", "info", say("mpr.building", { n, m: total }), say("mpr.building.do"));
      });
      notice("volume", "info", null);
      return volume;
    } catch (error) {
      volume?.close();
      if (this.#volume === volume) this.#volume = null;
      this.#refuse(error, again);
      return null;
    }
  }

  #refuse(error: unknown, again: () => void): void {
    const say = this.#say;
    if (error instanceof NoVolume && error.cause_word === "closed") return;
    if (error instanceof NoVolume && error.cause_word === "frames")
      notice("volume", "bad", say("mpr.missing", { n: error.missing }), say("mpr.missing.do"), { word: say("retry"), run: () => { this.stage.pictures.forgive(); again(); } });
    else notice("volume", "bad", say("mpr.memory"), say("mpr.memory.do"));
  }

  /** What was changed on the way to the volume, in a banner (R-L 9). */
  #warn(volume: Volume, view: Mpr | VolumeFilm): void {
    const say = this.#say;
    notice("volume-reduced", "warn", volume.factor > 1 ? say("mpr.reduced", { f: volume.factor }) : view instanceof VolumeFilm && view.isReduced ? say("vr.reduced") : null, say("mpr.reduced.do"));
    notice("volume-scale", "info", volume.scale.mixed ? say("mpr.rescaled") : null);
    notice("volume-cpu", "info", null);
  }
}
