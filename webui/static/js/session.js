// The session's countdown. The server decides; this shows what it said, tells it of gestures at most once a
// minute, and leaves the page when the time is over so that nothing stays on an abandoned screen.
const MINUTE_MS = 60_000;
const WARN_S = 120;
const clock = document.querySelector("[data-session]");
const page = document.body.dataset;
const ending = document.querySelector("[data-ending]");
let endsAt = performance.now() + Number(clock?.dataset.session ?? 0) * 1000;
let wallEndsAt = Date.now() + Number(clock?.dataset.session ?? 0) * 1000;
let beatAt = performance.now();
let waiting = false;

// A laptop that slept: the monotonic clock may have stopped, the wall clock has not.
const leftSeconds = () => Math.min((endsAt - performance.now()) / 1000, (wallEndsAt - Date.now()) / 1000);
let gone = false;
// Once: browsers drop navigations that are asked again every second.
const leave = (cause) => {
  if (!gone) location.replace(`${page.ended}?ended=${cause}`);
  gone = true;
};
const part = (n) => String(Math.floor(n)).padStart(2, "0");

const show = () => {
  const left = leftSeconds();
  if (left <= 0) return leave("idle");
  const whole = Math.ceil(left);
  clock.textContent = `${part(whole / 3600)}:${part((whole / 60) % 60)}:${part(whole % 60)}`;
  if (ending) ending.hidden = whole > WARN_S;
  return undefined;
};

const beat = async () => {
  beatAt = performance.now();
  const answer = await fetch(page.beat, { method: "POST", headers: { "X-CSRF-Token": page.csrf } });
  if (answer.status === 401) return leave((await answer.json()).cause);
  if (!answer.ok) return undefined;
  const seconds = (await answer.json()).left_s;
  endsAt = performance.now() + seconds * 1000;
  wallEndsAt = Date.now() + seconds * 1000;
  return show();
};

const gesture = () => {
  const since = performance.now() - beatAt;
  if (since >= MINUTE_MS) beat().catch(() => {});
  else if (!waiting) {
    waiting = true;
    setTimeout(() => { waiting = false; beat().catch(() => {}); }, MINUTE_MS - since);
  }
};

if (clock) {
  for (const kind of ["pointerdown", "pointermove", "keydown", "touchstart", "wheel"]) {
    addEventListener(kind, gesture, { passive: true });
  }
  document.querySelector("[data-stay]")?.addEventListener("click", () => beat().catch(() => {}));
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  show();
  setInterval(show, 1000);
}
