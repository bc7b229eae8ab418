/** « Exporter la vidéo »: the images of a series, at the speed of the cine, as an MP4 or WebM the browser makes itself. */
import type { Opened as Exam } from "../core/series";
import type { Film } from "../film";
import { make } from "../page";
import type { Say } from "../words";
import { action, check, handOver, openDialog, tell } from "./dialog";
import { picture, refusal } from "./picture";

/** In the order in which they are asked for: what opens everywhere first. */
const KINDS = ["video/mp4;codecs=avc1.42E01F", "video/webm;codecs=vp9", "video/webm;codecs=vp8"];
const WAIT_MS = 20;
const LAST_MS = 200;
const BITS_PER_PIXEL_A_SECOND = 4;

export interface Played { range: [number, number]; speed: number }

/** The kind of video this browser can make, or null. */
export function videoKind(): string | null {
  return typeof MediaRecorder === "undefined" ? null : KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? null;
}

export function saveVideo(film: Film, played: Played, exam: Exam, say: Say): void {
  const opened = openDialog("video", say("video.title"), say), kind = videoKind(), { study } = film;
  if (!opened) return;
  const why = !kind ? "unable" : !study ? "empty" : refusal(film) ?? (played.range[1] > played.range[0] ? null : "one");
  if (why || !kind || !study) {
    const word = why ?? "empty";
    tell(opened.body, "warn", say(word === "unable" || word === "one" ? `video.${word}` : `save.${word}`), say(word === "unable" ? "video.unable.do" : word === "one" ? "video.one.do" : `save.${word}.do`));
    opened.foot.append(action(say("close"), opened.close));
    return;
  }
  const [from, to] = played.range, count = to - from + 1;
  const marks = check("marks", say("save.marks")), identity = check("identity", say("save.identity"));
  const bar = make("progress", { max: String(count), value: "0", "aria-label": say("video.progress") });
  let stopped = false;
  opened.onclose = () => { stopped = true; };
  const go = action(say("video.go"), () => {
    go.disabled = true;
    opened.body.append(bar);
    const options = { marks: marks.input.checked, identity: identity.input.checked };
    recorded(film, played, kind, () => picture(film, study, exam, options, say), (done) => { bar.value = done; }, () => stopped).then((video) => {
      bar.remove();
      go.disabled = false;
      if (!video) return;
      handOver(video, `video-${say("save.file.series")}${film.series?.number ?? ""}.${kind.startsWith("video/mp4") ? "mp4" : "webm"}`);
      tell(opened.body, "ok", say("video.done"), say("save.done.do"));
    }, () => { bar.remove(); go.disabled = false; tell(opened.body, "bad", say("video.failed"), say("video.failed.do")); });
  }, "btn-main");
  const seconds = Math.max(1, Math.round(count / played.speed));
  opened.body.append(make("p", {}, say("video.what", { n: count, from: from + 1, to: to + 1, s: seconds, v: played.speed })),
    make("div", {}, marks.row, identity.row), make("p", { class: "hint" }, say("video.hint")));
  opened.foot.append(action(say("cancel"), opened.close), go);
  go.focus();
}

/** Play the range once into a recorder, an image as soon as it is there and its time has come; null when it was stopped. */
async function recorded(
  film: Film, { range: [from, to], speed }: Played, kind: string, draw: () => HTMLCanvasElement, told: (done: number) => void, stopped: () => boolean,
): Promise<Blob | null> {
  const before = film.index, screen = make("canvas");
  const stream = await begun(film, from, draw, screen, stopped);
  if (!stream) return null;
  const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
  const recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: screen.width * screen.height * BITS_PER_PIXEL_A_SECOND });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise<void>((resolve, reject) => { recorder.addEventListener("stop", () => resolve()); recorder.addEventListener("error", () => reject(new Error("recorder"))); });
  recorder.start();
  try {
    for (let at = from, due = performance.now(); at <= to; at += 1, due = Math.max(due + 1000 / speed, performance.now())) {
      if (!(await shown(film, at, stopped))) break;
      await later(due - performance.now());
      screen.getContext("2d")!.drawImage(draw(), 0, 0);
      track.requestFrame();
      told(at - from + 1);
    }
    await later(Math.max(LAST_MS, 1000 / speed));
  } finally { recorder.stop(); film.goTo(before); }
  await ended;
  return stopped() ? null : new Blob(parts, { type: kind.split(";")[0]! });
}

/** The stream of a canvas as large as a picture, both sides even as codecs want them; null when it was stopped. */
async function begun(film: Film, from: number, draw: () => HTMLCanvasElement, screen: HTMLCanvasElement, stopped: () => boolean): Promise<MediaStream | null> {
  if (!(await shown(film, from, stopped))) return null;
  const first = draw();
  screen.width = first.width - (first.width % 2);
  screen.height = first.height - (first.height % 2);
  screen.getContext("2d")!.drawImage(first, 0, 0);
  return screen.captureStream(0);
}

/** Wait until an image is on the film; false when it was stopped first. Rejects when the image cannot be had. */
async function shown(film: Film, index: number, stopped: () => boolean): Promise<boolean> {
  film.goTo(index);
  while (!(film.pixels && film.index === index)) {
    if (stopped()) return false;
    if (film.image && film.stateOf(film.image) === "failed") throw new Error("frame");
    await later(WAIT_MS);
  }
  return !stopped();
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
