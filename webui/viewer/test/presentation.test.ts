import { describe, expect, it } from "vitest";
import { UPRIGHT, flippedHorizontally, rotated } from "../src/core/orientation";
import { drawingsOf, presentationsOf, turnOf, windowOf, type Presentation } from "../src/core/presentation";

const state = (facts: Partial<Presentation> = {}): Presentation => ({
  sop_uid: "9", label: "OS", description: "", made_on: "20261124", images: [["1", null]], windows: [{ images: [], center: 600, width: 2800 }],
  slope: 1, intercept: -1024, inverted: false, rotation: 0, flipped: false, drawings: [], ...facts });
const image = { sop_uid: "1", frame: 2, rows: 100, columns: 200, slope: 1, intercept: -1024 };

describe("a saved presentation", () => {
  it("is of the images and frames that it names", () => {
    expect(presentationsOf([state(), state({ images: [["1", 1]] }), state({ images: [["2", null]] })], image)).toHaveLength(1);
  });
  it("gives its window in the unit of the image", () => {
    expect(windowOf(state(), image)).toEqual({ center: 600, width: 2800, name: "OS" });
    // Stored values 10 to 30 of a state that doubles them are 20 ± 20 there, 10 + 0.5 × … here.
    expect(windowOf(state({ slope: 2, intercept: 0, windows: [{ images: [], center: 40, width: 40 }] }), { ...image, slope: 0.5, intercept: 10 })).toMatchObject({ center: 20, width: 10 });
    expect(windowOf(state({ windows: [{ images: [["1", 1]], center: 1, width: 2 }] }), image)).toBeNull();
    expect(windowOf(state({ windows: [{ images: [["1", 2]], center: 1, width: 2 }, { images: [], center: 5, width: 6 }] }), image)).toMatchObject({ center: 1 });
  });
  it("turns before it mirrors", () => {
    expect(turnOf(state())).toEqual(UPRIGHT);
    expect(turnOf(state({ rotation: 90, flipped: true }))).toEqual(flippedHorizontally(rotated(UPRIGHT)));
  });
  it("draws on its images, shares of the area in their pixels, and none where the area is turned", () => {
    const line = { images: [], kind: "polyline" as const, points: [0.5, 0.5, 1, 1], relative: true, filled: false, text: "" };
    expect(drawingsOf(state({ drawings: [line] }), image)[0]?.points).toEqual([100, 50, 200, 100]);
    expect(drawingsOf(state({ drawings: [line], rotation: 90 }), image)).toEqual([]);
    expect(drawingsOf(state({ drawings: [{ ...line, relative: false, images: [["2", null]] }] }), image)).toEqual([]);
  });
});
