import { describe, expect, it } from "vitest";
import { blocksOf, cast, type Look } from "../src/core/raycast";
import { AS_GIVEN, PRESET_VIEWS, WHOLE, modesFor, raysOf, rotatedBy, stopsOf, transfer, type Camera } from "../src/core/rendering";
import type { Volume } from "../src/core/reslice";
import { cross, dot } from "../src/core/vectors";
import type { Grid } from "../src/core/volume";
import { edgeLetters, UPRIGHT } from "../src/core/orientation";

const GRID: Grid = { size: [32, 32, 32], origin: [-16, -16, -16], steps: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] };
const camera = (view: keyof typeof PRESET_VIEWS): Camera => ({ ...PRESET_VIEWS[view], zoom: 1, pan: { x: 0, y: 0 } });

/** A ball of bone in air, with a denser knob to the patient's left. */
function ball(): Volume {
  const data = new Int16Array(32 ** 3).fill(-1000);
  for (let z = 0, at = 0; z < 32; z += 1) for (let y = 0; y < 32; y += 1) for (let x = 0; x < 32; x += 1, at += 1) {
    if (Math.hypot(x - 15.5, y - 15.5, z - 15.5) < 8) data[at] = 800;
    if (Math.hypot(x - 26, y - 15.5, z - 15.5) < 3) data[at] = 1500;
  }
  return { size: [32, 32, 32], data };
}

function look(view: Camera, more: Partial<Look> = {}): Look {
  return {
    rays: raysOf(GRID, view, 40, 40), table: transfer(stopsOf("bone", true, [0, 1], AS_GIVEN), [-1024, 3071], 1024), low: -1024, high: 3071,
    box: WHOLE, shaded: true, mip: false, step_mm: 0.5, spacing_mm: [1, 1, 1], ...more,
  };
}
const seen = (picture: Uint8ClampedArray, x: number, y: number): number => picture[(x + y * 40) * 4]!;
const lit = (picture: Uint8ClampedArray): number => picture.filter((value, at) => at % 4 === 0 && value > 20).length;

describe("the views", () => {
  it.each([["front", "R", "L", "H", "F"], ["side", "A", "P", "H", "F"], ["above", "L", "R", "A", "P"]] as const)("from the %s have their letters", (view, left, right, top, bottom) => {
    const { right: x, down } = PRESET_VIEWS[view];
    expect(edgeLetters([...x, ...down], null, UPRIGHT)).toEqual({ left, right, top, bottom });
  });
  it("turn without shear or drift", () => {
    let turned = camera("front");
    for (let i = 0; i < 500; i += 1) turned = rotatedBy(turned, 0.07, -0.05);
    expect(dot(turned.right, turned.down)).toBeCloseTo(0, 6);
    expect(Math.hypot(...cross(turned.right, turned.down))).toBeCloseTo(1, 6);
  });
  it("follow the hand: what faces the reader goes where the pointer goes", () => {
    const turned = rotatedBy(camera("front"), 0.1, 0);
    // From the front the nose (anterior, −y) faces the reader: dragged to the right it shows on the right.
    expect(dot([0, -1, 0], turned.right)).toBeGreaterThan(0);
    expect(dot([0, -1, 0], rotatedBy(camera("front"), 0, 0.1).down)).toBeGreaterThan(0);
  });
});

describe("a cast", () => {
  const volume = ball(), blocks = blocksOf(volume);
  it("shows what is there, where it is", () => {
    const picture = cast(volume, blocks, look(camera("front")));
    expect(seen(picture, 20, 20)).toBeGreaterThan(150);
    expect(seen(picture, 2, 2)).toBe(0);
    expect(seen(picture, 29, 20)).toBeGreaterThan(60);  // the knob: the patient's left is at the right
    expect(seen(picture, 10, 20)).toBe(0);
  });
  it("from above has the patient's left at the left", () => expect(seen(cast(volume, blocks, look(camera("above"))), 10, 20)).toBeGreaterThan(60));
  it("is brighter where the surface faces the reader", () => {
    const picture = cast(volume, blocks, look(camera("front")));
    expect(seen(picture, 20, 20)).toBeGreaterThan(seen(picture, 20, 14) + 20);
  });
  it("is the same with every block looked into", () => {
    const all = { ...blocks, lows: blocks.lows.map(() => -2000), highs: blocks.highs.map(() => 4000) };
    for (const view of ["front", "side", "above"] as const) for (const mip of [false, true]) {
      const tilted = rotatedBy(camera(view), 0.4, 0.3);
      expect(cast(volume, blocks, look(tilted, { mip }))).toEqual(cast(volume, all, look(tilted, { mip })));
    }
  });
  it("leaves out what is cropped", () => {
    const half = cast(volume, blocks, look(camera("front"), { box: [[0, 0.7], [0, 1], [0, 1]] }));
    expect(seen(half, 29, 20)).toBe(0);
    expect(lit(half)).toBeLessThan(lit(cast(volume, blocks, look(camera("front")))));
  });
  it("by maximum shows the densest of the ray", () => {
    const table = transfer([{ at: 0, opacity: 0, colour: [0, 0, 0] }, { at: 1600, opacity: 1, colour: [1, 1, 1] }], [-1024, 3071], 1024);
    const picture = cast(volume, blocks, look(camera("side"), { mip: true, table }));
    expect(seen(picture, 20, 20)).toBeGreaterThan(220);
    expect(seen(picture, 20, 14)).toBeLessThan(160);
  });
});

describe("what a mode shows", () => {
  it("is Hounsfield only for a scanner", () => {
    expect(modesFor(true)).toHaveLength(5);
    expect(modesFor(false)).toEqual(["soft", "vessels", "mip"]);
    expect(stopsOf("soft", false, [100, 300], AS_GIVEN)[0]!.at).toBeCloseTo(124);
  });
  it("moves and widens with the hand", () => {
    const [first] = stopsOf("bone", true, [0, 1], AS_GIVEN), [moved] = stopsOf("bone", true, [0, 1], { offset: 100, stretch: 1 });
    expect(moved!.at - first!.at).toBe(100);
    const wide = stopsOf("bone", true, [0, 1], { offset: 0, stretch: 2 });
    expect(wide.at(-1)!.at - wide[0]!.at).toBe(2 * (1500 - 140));
  });
  it("is clear below its first stop and held above its last", () => {
    const table = transfer(stopsOf("bone", true, [0, 1], AS_GIVEN), [-1000, 3000], 401);
    expect(table[100 * 4 + 3]).toBe(0);
    expect(table[400 * 4 + 3]).toBeCloseTo(0.95);
  });
});
