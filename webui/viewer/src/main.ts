/** Starts the viewer: asks for the exams and the first image, or says why nothing can be shown. */
import { ApiFault, open } from "./api";
import { part } from "./page";
import { notice } from "./panels/notices";
import { listenToShell } from "./panels/shell";
import { Decoders } from "./pixels/decoding";
import { Viewer } from "./viewer";
import { speaker, type Say } from "./words";

async function start(): Promise<void> {
  const say = speaker(document.body.dataset["language"] ?? "fr");
  const asked = new URLSearchParams(location.search).getAll("study");
  const title = part("page-title");
  title.dataset["start"] = title.textContent ?? "";
  listenToShell();
  try {
    if (asked.length === 0) throw new ApiFault("not_found", 404);
    const decoders = new Decoders(2);  // they get ready while the server answers
    new Viewer(await open(asked), asked, decoders, say);
  } catch (error) {
    tellWhyNot(error, say);
  }
}

/** Nothing is shown: say what happened, in the server's words when it gave some. */
function tellWhyNot(error: unknown, say: Say): void {
  const fault = error instanceof ApiFault ? error : new ApiFault("server", 0);
  document.body.dataset["quality"] = "refused";
  const served = fault.said["message"] ?? fault.said["title"];
  if (fault.cause_word === "session") { location.assign(document.body.dataset["ended"] ?? "/login"); return; }
  const word = fault.cause_word === "network" ? "open.network" : fault.cause_word === "not_found" ? "open.gone"
    : fault.cause_word.includes("person") ? "open.persons" : fault.cause_word === "exams_hour" ? "fault.exams_hour" : "open.server";
  const advice = say(word === "fault.exams_hour" ? "fault.exams_hour.do" : word === "open.gone" || word === "open.persons" ? "open.choose" : "open.again");
  notice("open", "bad", typeof served === "string" ? served : say(word), advice, { word: say("retry"), run: () => location.reload() });
}

void start();
