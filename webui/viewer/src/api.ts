/** The server's viewer API. */
import type { Opened } from "./core/series";

/** What stopped a request: a stable word (`session`, `network`, `not_found`, `server` …) and the answer's facts. */
export class ApiFault extends Error {
  constructor(readonly cause_word: string, readonly status: number, readonly said: Record<string, unknown> = {}) {
    super(cause_word);
  }
}

const listeners: ((fault: ApiFault) => void)[] = [];
/** Call `heard` when the server says that the session is over. */
export function onSessionOver(heard: (fault: ApiFault) => void): void { listeners.push(heard); }

export async function get(address: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
  } catch { throw new ApiFault("network", 0); }
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const word = answer.status === 401 ? "session" : typeof said["error"] === "string" ? said["error"] : answer.status === 404 ? "not_found" : "server";
  const fault = new ApiFault(word, answer.status, said);
  if (answer.status === 401) for (const heard of listeners) heard(fault);
  throw fault;
}

export async function open(studies: string[]): Promise<Opened> {
  const query = new URLSearchParams(studies.map((uid) => ["study", uid]));
  return (await get(`/viewer-api/studies?${query}`)).json() as Promise<Opened>;
}

/** Say that the person is there; returns until when the session lives, if the server says so. */
export async function beat(csrf: string): Promise<string | null> {
  const answer = await get("/viewer-api/beat", { method: "POST", headers: { "X-CSRF-Token": csrf } });
  if (answer.status === 204) return null;
  const said = (await answer.json()) as { idle_until?: string };
  return said.idle_until ?? null;
}
