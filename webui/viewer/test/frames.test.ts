import { beforeEach, expect, it, vi } from "vitest";

vi.stubGlobal("matchMedia", () => ({ matches: false }));
vi.stubGlobal("navigator", {});
const { Frames } = await import("../src/pixels/frames");
const LARGE = new ArrayBuffer(50 * 1024 * 1024);
const asked: string[] = [];
const answers: (() => void)[] = [];

beforeEach(() => {
  asked.length = answers.length = 0;
  vi.stubGlobal("fetch", (address: string) => new Promise((resolve) => {
    asked.push(address);
    answers.push(() => resolve({ ok: true, arrayBuffer: async () => LARGE }));
  }));
});

const decoders = { decode: async () => ({ width: 1, height: 1, components: 1, low: 0, high: 0, data: new Uint8Array(1) }) } as never;
const settle = async (): Promise<void> => { while (answers.length) { answers.shift()!(); for (let i = 0; i < 20; i += 1) await Promise.resolve(); await new Promise((done) => setTimeout(done, 0)); } };
const many = (name: string, n: number): string[] => Array.from({ length: n }, (_, i) => `/${name}/${i}`);

it("serves the film that asked last, and then the others", async () => {
  const frames = new Frames(decoders), [one, other] = [{}, {}];
  frames.want(many("a", 8), one);
  frames.want(many("b", 3), other);
  expect(asked).toEqual(many("a", 6));
  await settle();
  expect(asked.slice(6)).toEqual(["/b/0", "/b/1", "/b/2", "/a/6", "/a/7"]);
});

it("forgets frames no film shows before it stops asking", async () => {
  const frames = new Frames(decoders), film = {};
  frames.want(many("a", 10), film);
  await settle();
  expect(frames.state("/a/0")).toBe("loaded");
  frames.want(many("b", 10), film);
  await settle();
  expect(many("b", 10).every((address) => frames.state(address) === "loaded")).toBe(true);
  expect(frames.state("/a/0")).toBe("absent");
});

it("asks for no more than the device may hold", async () => {
  const frames = new Frames(decoders);
  frames.want(many("a", 40), {});
  await settle();
  expect(asked.length).toBeLessThan(20);
});
