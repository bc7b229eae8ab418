import { describe, expect, it } from "vitest";
import type { Mark } from "../src/core/marks";
import { addressOf, applied, changeOf, imageOf, marksOf, NOTHING, type Work } from "../src/core/work";

const length = (x: number): Mark => ({ kind: "length", points: [{ x, y: 0 }, { x: 9, y: 9 }] });
const work = (facts: Partial<Work>): Work => ({ ...NOTHING, ...facts });

describe("work on an exam", () => {
  it("names an image of this exam only", () => {
    const address = addressOf("1.2", "1.2.1/1.2.1.1/3");
    expect(imageOf("1.2", address)).toBe("1.2.1/1.2.1.1/3");
    expect(imageOf("1.20", address)).toBeNull();
    expect(imageOf("1", address)).toBeNull();
  });
  it("leaves out a mark that is still being drawn, and rounds", () => {
    const angle: Mark = { kind: "angle", points: [{ x: 0, y: 0 }, { x: 1, y: 1 }] };
    expect(marksOf("1.2", { [addressOf("1.2", "a/b/1")]: [angle, { kind: "probe", points: [{ x: 1.00049, y: 2 }] }], [addressOf("9", "a/b/1")]: [length(1)] }))
      .toEqual({ "a/b/1": [{ kind: "probe", points: [{ x: 1, y: 2 }] }] });
  });
  it("tells only what differs, and nothing when nothing does", () => {
    const before = work({ marks: { a: [length(1)], b: [length(2)] }, keys: ["a"] });
    expect(changeOf(before, before)).toBeNull();
    expect(changeOf(before, { ...before, marks: { a: [length(1)], c: [length(3)] }, keys: ["b"] }))
      .toEqual({ arrangement: null, marks: { b: [], c: [length(3)] }, keys: { a: false, b: true } });
  });
  it("is what it was told to be after its own change", () => {
    const before = work({ marks: { a: [length(1)], b: [length(2)] }, keys: ["a"] }), now = { ...before, marks: { b: [length(5)] }, keys: ["b"] };
    expect(applied(before, changeOf(before, now)!)).toEqual(now);
  });
  it("joins what two tabs did on different images", () => {
    const base = work({ marks: { a: [length(1)] } });
    const mine = changeOf(base, { ...base, marks: { a: [length(1)], b: [length(2)] } })!;
    const theirs = changeOf(base, { ...base, marks: { a: [], c: [length(3)] } })!;
    expect(applied(applied(base, theirs), mine).marks).toEqual({ b: [length(2)], c: [length(3)] });
    expect(applied(applied(base, mine), theirs).marks).toEqual({ b: [length(2)], c: [length(3)] });
  });
});
