import { describe, expect, it } from "vitest";
import { outsideOf, planeSeries } from "../src/core/planes";
import { MODES } from "../src/core/rendering";
import { coarser, repeated, reslice, samplesOf, type Cut, type Volume } from "../src/core/reslice";
import type { ImageFacts } from "../src/core/series";
import { add, cross, dot, less, times, unit, type Vector } from "../src/core/vectors";
import { REFUSALS, refusal } from "../src/core/verdict";
import {
  STANDARD, VIEWS, centreOf, cornerOf, crossing, cutsOf, decimated, decimationFor, fromPlane, gridOf, inPlane, indexOf, isStraight, movedTo, normalOf, obliquely, scaleOf, voxels,
  type Cuts, type Grid,
} from "../src/core/volume";
import en from "../src/locale/en.json";
import fr from "../src/locale/fr.json";
import enVolumes from "../src/locale/volumes.en.json";
import frVolumes from "../src/locale/volumes.fr.json";

/** Images of a stack: `row` and `column` directions, spacing between rows and columns, `gap` between images. */
function stack(row: Vector, column: Vector, spacing: [number, number], gap: number, size: Vector = [4, 3, 5], origin: Vector = [-10, -20, 30]): ImageFacts[] {
  const through = times(cross(row, column), gap);
  return Array.from({ length: size[2] }, (_, k) => ({
    position: [...add(origin, times(through, k))], orientation: [...row, ...column], spacing_mm: spacing, columns: size[0], rows: size[1],
  })) as never;
}

const X: Vector = [1, 0, 0], Y: Vector = [0, 1, 0], FOOT: Vector = [0, 0, -1];
const tilted = unit([0, 0.9, 0.3]);
const ACQUIRED: [string, ImageFacts[]][] = [
  ["axial", stack(X, Y, [0.5, 0.5], 2)],
  ["coronal", stack(X, FOOT, [0.7, 0.7], 3)],
  ["sagittal", stack(Y, FOOT, [0.7, 0.9], 1.5)],
  ["feet first, prone", stack(times(X, -1), times(Y, -1), [1, 1], 1)],
  ["oblique", stack(X, tilted, [1, 1], 2.5)],
];

/** A volume whose value is a linear function of where a voxel lies: every trilinear sample of it is exact. */
const slope: Vector = [3, -2, 5];
function linear(grid: Grid): Volume {
  const [nx, ny, nz] = grid.size, data = new Int16Array(nx * ny * nz);
  for (let k = 0; k < nz; k += 1) for (let j = 0; j < ny; j += 1) for (let i = 0; i < nx; i += 1)
    data[i + nx * (j + ny * k)] = Math.round(10 * dot(slope, pointOf(grid, [i, j, k])));
  return { size: grid.size, data };
}
const pointOf = ({ origin, steps }: Grid, [i, j, k]: Vector): Vector => add(origin, add(times(steps[0], i), add(times(steps[1], j), times(steps[2], k))));

function cutAt(grid: Grid, cuts: Cuts, index: number): Cut {
  const of = voxels(grid);
  return {
    start: of(less(cornerOf(cuts, index), grid.origin)), right: of(times(cuts.frame.right, cuts.pixel_mm)), down: of(times(cuts.frame.down, cuts.pixel_mm)),
    through: of(times(cuts.normal, cuts.pixel_mm)), columns: cuts.columns, rows: cuts.rows, samples: 1, slab: "mean", outside: -9999,
  };
}

describe.each(ACQUIRED)("a stack acquired %s", (_, images) => {
  const grid = gridOf(images)!;
  it("has its voxels where its images say", () => {
    expect(grid.size).toEqual([4, 3, 5]);
    const last = pointOf(grid, [0, 0, 4]);
    for (const axis of [0, 1, 2] as const) expect(last[axis]).toBeCloseTo(images[4]!.position![axis]!);
    const index = voxels(grid)(less(pointOf(grid, [1, 2, 3]), grid.origin));
    for (const axis of [0, 1, 2] as const) expect(index[axis]).toBeCloseTo([1, 2, 3][axis]!);
  });
  it.each(VIEWS)("is cut %s along the patient, with square pixels of its smallest spacing", (view) => {
    const cuts = cutsOf(grid, STANDARD[view], centreOf(grid));
    expect(cuts.pixel_mm).toBeCloseTo(Math.min(...grid.steps.map((step) => Math.hypot(...step))));
    for (const corner of [[0, 0, 0], [3, 0, 0], [0, 2, 0], [3, 2, 4], [0, 0, 4]] as Vector[]) {
      const point = pointOf(grid, corner), { x, y } = inPlane(cuts, point);
      expect(x).toBeGreaterThan(-0.01); expect(x).toBeLessThan(cuts.columns + 0.01);
      expect(y).toBeGreaterThan(-0.01); expect(y).toBeLessThan(cuts.rows + 0.01);
      const depth = dot(less(point, cuts.corner), cuts.normal) / cuts.step_mm;
      expect(depth).toBeGreaterThan(-1); expect(depth).toBeLessThan(cuts.count);
    }
  });
  it.each(VIEWS)("is sampled %s where the plane says it lies", (view) => {
    const cuts = cutsOf(grid, STANDARD[view], centreOf(grid)), at = Math.floor(cuts.count / 2);
    const { data } = reslice(linear(grid), cutAt(grid, cuts, at));
    let inside = 0;
    for (let v = 0; v < cuts.rows; v += 1) for (let u = 0; u < cuts.columns; u += 1) {
      const index = voxels(grid)(less(fromPlane(cuts, at, { x: u + 0.5, y: v + 0.5 }), grid.origin));
      if (index.some((value, axis) => value < 0 || value > grid.size[axis]! - 1)) continue;
      inside += 1;
      expect(Math.abs(data[u + v * cuts.columns]! - 10 * dot(slope, fromPlane(cuts, at, { x: u + 0.5, y: v + 0.5 })))).toBeLessThan(1.01);
    }
    expect(inside).toBeGreaterThan(0);
  });
});

describe("planes", () => {
  const grid = gridOf(stack(X, Y, [0.5, 0.5], 2))!;
  it("of the acquisition are its slices, unchanged", () => {
    const volume = linear(grid), cuts = cutsOf(grid, STANDARD.axial, centreOf(grid));
    expect([cuts.count, cuts.columns, cuts.rows, cuts.step_mm, cuts.original]).toEqual([5, 4, 3, 2, true]);
    expect([...reslice(volume, cutAt(grid, cuts, 2)).data]).toEqual([...volume.data.slice(24, 36)]);
    expect(cutsOf(grid, STANDARD.coronal, centreOf(grid)).original).toBe(false);
    expect(cutsOf(gridOf(stack(X, Y, [0.5, 0.5], 0.2))!, STANDARD.axial, centreOf(grid)).original).toBe(false);
  });
  it("run as the server orders images: feet to head, front to back, left to right", () =>
    expect(VIEWS.map((view) => normalOf(STANDARD[view]).map((n) => n + 0))).toEqual([[0, 0, 1], [0, 1, 0], [-1, 0, 0]]));
  it("know a point and its place in them, both ways", () => {
    const frames = obliquely(obliquely(STANDARD, "axial", 0.3), "sagittal", -0.2), centre = add(centreOf(grid), [0.3, -0.2, 1]);
    for (const view of VIEWS) {
      const cuts = cutsOf(grid, frames[view], centre), at = indexOf(cuts, centre), moved = movedTo(cuts, at, centre);
      const back = fromPlane(cuts, at, inPlane(cuts, moved));
      for (const axis of [0, 1, 2] as const) { expect(back[axis]).toBeCloseTo(moved[axis]); expect(back[axis]).toBeCloseTo(centre[axis], 0); }
    }
  });
  it("turned obliquely hold the point they were turned about", () => {
    const frames = obliquely(STANDARD, "axial", 0.4), centre = add(centreOf(grid), [0.2, 0.1, 0]);
    const cuts = cutsOf(grid, frames.coronal, centre), at = indexOf(cuts, centre);
    expect(dot(less(cornerOf(cuts, at), centre), cuts.normal)).toBeCloseTo(0);
  });
  it("stay perpendicular however they are turned, and the view that was turned in stays still", () => {
    const frames = obliquely(obliquely(STANDARD, "coronal", 0.5), "sagittal", 1.1);
    expect(obliquely(STANDARD, "coronal", 0.5).coronal).toEqual(STANDARD.coronal);
    const normals = VIEWS.map((view) => normalOf(frames[view]));
    for (const [a, b] of [[0, 1], [0, 2], [1, 2]] as const) expect(dot(normals[a]!, normals[b]!)).toBeCloseTo(0);
    expect([isStraight(STANDARD, "axial"), isStraight(frames, "axial")]).toEqual([true, false]);
  });
  it("cross others in lines, clockwise for a turn to the right", () => {
    const cuts = Object.fromEntries(VIEWS.map((view) => [view, cutsOf(grid, STANDARD[view], centreOf(grid))])) as Record<string, Cuts>;
    const line = crossing(cuts["axial"]!, cuts["coronal"]!)!;
    expect([Math.abs(line.x), Math.abs(line.y)]).toEqual([1, 0]);
    expect(crossing(cuts["axial"]!, cuts["axial"]!)).toBeNull();
    const turned = crossing(cuts["axial"]!, cutsOf(grid, obliquely(STANDARD, "axial", 0.1).coronal, centreOf(grid)))!;
    expect(turned.y / turned.x).toBeCloseTo(Math.tan(0.1));
  });
  it("of a decimated volume lie where the means do", () => {
    const small = decimated(grid, 2);
    expect(small.size).toEqual([2, 1, 5]);
    expect(small.origin).toEqual([-9.75, -19.75, 30]);
  });
});

describe("samples", () => {
  const volume: Volume = { size: [2, 2, 3], data: Int16Array.from([0, 10, 20, 30, 100, 110, 120, 130, 50, 60, 70, 80]) };
  const cut: Cut = { start: [0, 0, 1], right: [1, 0, 0], down: [0, 1, 0], through: [0, 0, 1], columns: 2, rows: 2, samples: 3, slab: "mean", outside: -1 };
  it("of a slab are their mean, highest or lowest", () => {
    expect([...reslice(volume, cut).data]).toEqual([50, 60, 70, 80]);
    expect([...reslice(volume, { ...cut, slab: "mip" }).data]).toEqual([100, 110, 120, 130]);
    expect(reslice(volume, { ...cut, slab: "minip" })).toEqual({ data: Int16Array.from([0, 10, 20, 30]), low: 0, high: 30 });
  });
  it("outside do not count, and leave their own value when there are no others", () => {
    expect([...reslice(volume, { ...cut, start: [0, 0, 0] }).data]).toEqual([50, 60, 70, 80]);
    expect([...reslice(volume, { ...cut, start: [-1, 0, 1], samples: 1 }).data]).toEqual([-1, 100, -1, 120]);
    expect([...reslice(volume, { ...cut, start: [-0.4, 0, 1], columns: 1, samples: 1 }).data]).toEqual([100, 120]);
  });
  it("lie between voxels in all three directions", () =>
    expect([...reslice(volume, { ...cut, start: [0.5, 0.5, 0.5], columns: 1, rows: 1, samples: 1 }).data]).toEqual([65]));
  it("of a quick look cover the same ground", () => {
    const quick = coarser({ ...cut, columns: 3, rows: 3, samples: 1 }, 2);
    expect([quick.start, quick.columns, quick.rows]).toEqual([[0.5, 0.5, 1], 2, 2]);
    expect([...repeated(Int16Array.from([1, 2, 3, 4]), 2, 2, 3, 3)]).toEqual([1, 1, 2, 1, 1, 2, 3, 3, 4]);
  });
  it("are as many as a thickness needs", () => expect([0, 0.4, 3, 10].map((mm) => samplesOf(mm, 0.5))).toEqual([1, 1, 6, 20]));
});

describe("what is offered", () => {
  const geometry = { kind: "volume", mpr: true, reason: null, spacing_mm: 1 };
  it("follows the server's verdict and the hospital's wish", () => {
    expect(refusal({ geometry }, undefined, "mpr")).toBeNull();
    expect(refusal({ geometry: { ...geometry, mpr: false, reason: "tilt" } }, {}, "volume")).toBe("tilt");
    expect(refusal({ geometry: { ...geometry, mpr: false, reason: "a word of tomorrow" } }, {}, "mpr")).toBe("no_geometry");
    expect(refusal({ stacks: [{ geometry }] } as never, { volume: false }, "mpr")).toBeNull();
    expect(refusal({ geometry }, { volume: false }, "volume")).toBe("off");
    expect(refusal(null, {}, "mpr")).toBe("no_geometry");
  });
  it("is told in both languages", () => {
    for (const why of REFUSALS.filter((word) => word !== "off")) for (const words of [fr, en]) expect(words).toHaveProperty([`mpr.why.${why}`]);
    for (const mode of MODES) for (const words of [frVolumes, enVolumes]) expect(words).toHaveProperty([`vr.${mode}`]);
    expect(Object.keys(enVolumes)).toEqual(Object.keys(frVolumes));
  });
  it("fits the device, slices decimated before it is refused", () => {
    expect([1, 100, 400].map((slices) => decimationFor([512, 512, slices], 2, 64 * 2 ** 20))).toEqual([1, 1, 2]);
    expect(decimationFor([512, 512, 4000], 2, 64 * 2 ** 20)).toBeNull();
  });
  it("has one scale, the coarsest where slices differ", () => {
    expect(scaleOf([{ slope: 1, intercept: -1024 }, { slope: 1, intercept: -1024 }])).toEqual({ slope: 1, intercept: -1024, mixed: false });
    expect(scaleOf([{ slope: 0.5, intercept: 0 }, { slope: 2, intercept: 0 }])).toEqual({ slope: 2, intercept: 0, mixed: true });
  });
});

describe("a series of planes", () => {
  const images = stack(X, Y, [0.5, 0.5], 2).map((image, n) => ({
    ...image, sop_uid: String(n), slope: 1, intercept: -1024, range: [n, 100 + n], quality: { lossy: n === 3, ratio: null }, thickness_mm: 2.5, inverted: false }));
  const series = { uid: "9", description: "x", images } as never, grid = gridOf(images as never)!;
  const origin = { series, volume: "9", scale: { slope: 1, intercept: -1024, mixed: false }, low: 0, high: 104, outside: -1, decimated: false };
  const planes = (view: "axial" | "coronal", thickness_mm = 0) =>
    ({ view, cuts: cutsOf(grid, STANDARD[view], centreOf(grid)), sampling: { thickness_mm, slab: "mip" as const }, state: "0", base: 7, at: 2 });
  const words = { name: "Axial", details: ["from x"], mark: { word: "Computed", title: "" } };
  it("says where each plane lies and what it was made of", () => {
    const made = planeSeries(origin, planes("axial"), words), third = made.images[2]!;
    expect(third).toMatchObject({ frame: 7, number: 3, position: [-10, -20, 34], orientation: [1, 0, 0, 0, 1, 0], spacing_mm: [0.5, 0.5], thickness_mm: 2.5,
      range: [0, 104], padding: [-1, -1], quality: { lossy: true }, plane: { view: "axial", name: "Axial", mark: null }, address: "mpr:9/axial/0/0/mip/2" });
    expect(planeSeries(origin, planes("coronal"), words).images[0]).toMatchObject({ thickness_mm: 0.5, plane: { mark: words.mark } });
    expect(planeSeries(origin, planes("axial", 10), words).images[0]).toMatchObject({ thickness_mm: 10, plane: { mark: words.mark } });
  });
  it("leaves what lies outside black", () => {
    expect(outsideOf({ images: [{ padding: [-2000, -1900] }] } as never, -50, 9, "i16")).toBe(-2000);
    expect(outsideOf({ images: [{ inverted: false }] } as never, 0, 9, "u16")).toBe(0);
    expect(outsideOf({ images: [{ inverted: true }] } as never, 0, 9, "u16")).toBe(10);
  });
});
