import { describe, expect, it } from "vitest";
import { areParallel, cutBy, depth, nearestTo, planeOf, sameSpace, toImage, toPatient } from "../src/core/geometry";
import { graspedAt, isMeant, linesOf, type Mark } from "../src/core/marks";
import { angleOf, areaOf, isEven, statisticsOf, valueAt } from "../src/core/measure";
import type { ImageFacts, Series } from "../src/core/series";

const PATIENT = { spacing_mm: [2, 0.5] as [number, number], spacing_origin: "patient" as const };
const NOBODY = { spacing_mm: null, spacing_origin: "none" as const };
const slice = (facts: Partial<ImageFacts> = {}): ImageFacts => ({
  sop_uid: "1", frame: 1, number: 1, rows: 10, columns: 20, position: [0, 0, 0], orientation: [1, 0, 0, 0, 1, 0], ...PATIENT,
  thickness_mm: 1, signed: true, bits: 16, photometric: "MONOCHROME2", slope: 1, intercept: -1000, unit: "HU", windows: [], voi: "LINEAR",
  range: null, inverted: false, quality: { lossy: false, ratio: null }, patient_orientation: null, image_laterality: null, frame_time_ms: null, bytes: 0, ...facts });

describe("angles and areas", () => {
  it("are those of the body, not of the pixels", () => {
    // Two arms at right angles on the screen of unequal pixels: 4 columns are 2 mm, 1 row is 2 mm.
    expect(angleOf({ x: 4, y: 0 }, { x: 0, y: 0 }, { x: 4, y: 1 }, PATIENT)).toBeCloseTo(45);
    expect(areaOf({ x: 0, y: 0 }, { x: 4, y: 1 }, PATIENT)).toMatchObject({ unit: "mm²", origin: "patient" });
    expect(areaOf({ x: 0, y: 0 }, { x: 4, y: 1 }, PATIENT)?.value).toBeCloseTo(Math.PI);
  });
  it("are nothing on unequal pixels of unknown size", () => {
    expect(isEven([{ x: 0, y: 0 }], { ...NOBODY, aspect: 2 })).toBe(false);
    expect(angleOf({ x: 1, y: 0 }, { x: 0, y: 0 }, { x: 0, y: 1 }, { ...NOBODY, aspect: 2 })).toBeNull();
    expect(areaOf({ x: 1, y: 0 }, { x: 0, y: 1 }, { ...NOBODY, aspect: 2 })).toBeNull();
    expect(areaOf({ x: 2, y: 0 }, { x: 0, y: 2 }, NOBODY)).toMatchObject({ unit: "px²", origin: "none" });
  });
  it("are nothing where an arm has no length", () => expect(angleOf({ x: 1, y: 1 }, { x: 1, y: 1 }, { x: 0, y: 1 }, PATIENT)).toBeNull());
});

describe("statistics", () => {
  const data = Int16Array.from({ length: 200 }, (_, i) => i % 20);
  const grid = { width: 20, height: 10, components: 1, data };
  it("are of the pixels whose middle lies inside", () => {
    const found = statisticsOf({ x: 0, y: 0 }, { x: 20, y: 10 }, grid, { slope: 2, intercept: 1 });
    let [n, sum, squares] = [0, 0, 0];
    for (let y = 0; y < 10; y += 1) for (let x = 0; x < 20; x += 1) {
      if (((x + 0.5 - 10) / 10) ** 2 + ((y + 0.5 - 5) / 5) ** 2 > 1) continue;
      n += 1; sum += 2 * x + 1; squares += (2 * x + 1) ** 2;
    }
    expect(found?.pixels).toBe(n);
    expect(found?.mean).toBeCloseTo(sum / n);
    expect(found?.deviation).toBeCloseTo(Math.sqrt(squares / n - (sum / n) ** 2));
  });
  it("leave padding out, turn with a negative slope, and are none of colours or of nothing", () => {
    expect(statisticsOf({ x: 0, y: 0 }, { x: 20, y: 10 }, grid, { slope: -1, intercept: 0, padding: [0, 9] })).toMatchObject({ least: -19 });
    expect(statisticsOf({ x: 0, y: 0 }, { x: 5, y: 5 }, { ...grid, components: 3 }, { slope: 1, intercept: 0 })).toBeNull();
    expect(statisticsOf({ x: 30, y: 0 }, { x: 40, y: 5 }, grid, { slope: 1, intercept: 0 })).toBeNull();
    expect(statisticsOf({ x: 3, y: 3 }, { x: 3, y: 3 }, grid, { slope: 1, intercept: 0 })).toBeNull();
  });
  it("a value is the pixel's, or none", () => {
    expect(valueAt({ x: 3.9, y: 0.1 }, grid, { slope: 1, intercept: -1000 })).toEqual([-997]);
    expect(valueAt({ x: -0.1, y: 0 }, grid, { slope: 1, intercept: 0 })).toBeNull();
    expect(valueAt({ x: 3, y: 0 }, grid, { slope: 1, intercept: 0, padding: [3, 3] })).toBeNull();
    expect(valueAt({ x: 0, y: 0 }, { width: 1, height: 1, components: 3, data: [1, 2, 3] }, { slope: 1, intercept: 0 })).toEqual([1, 2, 3]);
  });
});

describe("planes", () => {
  const axial = planeOf(slice())!;
  const coronal = planeOf(slice({ position: [0, 5, 9], orientation: [1, 0, 0, 0, 0, -1], spacing_mm: [1, 0.5] }))!;
  it("start at the outer corner of the first pixel", () => {
    expect(toPatient(axial, { x: 0.5, y: 0.5 })).toEqual([0, 0, 0]);
    expect(toPatient(axial, { x: 2.5, y: 1.5 })).toEqual([1, 2, 0]);
    expect(toImage(axial, [1, 2, 3])).toEqual({ x: 2.5, y: 1.5, away_mm: 3 });
  });
  it("cut each other where they meet", () => {
    const [from, to] = cutBy(coronal, axial)!;
    // The axial plane at z = 0 lies 9 rows below the middle of the coronal picture's first row.
    expect([from.y, to.y].map((y) => Math.round(y * 100) / 100)).toEqual([9.5, 9.5]);
    expect(cutBy(axial, planeOf(slice({ position: [0, 0, 5] }))!)).toBeNull();
    expect(cutBy(coronal, planeOf(slice({ position: [0, 50, 0] }))!)).toBeNull();
  });
  it("are unknown without all of position, orientation and spacing", () => {
    for (const facts of [{ position: null }, { orientation: null }, { spacing_mm: null }, { orientation: [1, 0, 0, 1, 0, 0] }]) expect(planeOf(slice(facts))).toBeNull();
    expect(depth(slice({ position: [1, 2, 7] }))).toBe(7);
    expect(areParallel(axial, coronal)).toBe(false);
  });
  it("of a series: the nearest one, only in the same space", () => {
    const series = { frame_of_reference: "1.2", images: [0, 5, 10].map((z) => slice({ position: [0, 0, z] })) } as unknown as Series;
    expect(nearestTo(series, [0, 0, 7])).toEqual({ index: 1, away_mm: 2 });
    expect(sameSpace(series, { ...series, frame_of_reference: "1.3" })).toBe(false);
    expect(sameSpace({ ...series, frame_of_reference: null }, { ...series, frame_of_reference: null })).toBe(false);
  });
});

describe("marks", () => {
  const grid = { width: 20, height: 10, components: 1, data: new Int16Array(200).fill(1040) };
  it("say their values, and SUV where it holds", () => {
    const probe: Mark = { kind: "probe", points: [{ x: 1, y: 1 }] };
    expect(linesOf(probe, slice(), grid, null)).toEqual([{ kind: "number", value: 40, unit: "HU", digits: 1 }]);
    expect(linesOf(probe, slice(), grid, { factor: 0.5, reason: null })).toContainEqual({ kind: "number", value: 20, unit: "SUV", digits: 2 });
    expect(linesOf(probe, slice(), grid, { factor: null, reason: "dose" })).toHaveLength(1);
    expect(linesOf({ kind: "roi", points: [{ x: 0, y: 0 }, { x: 4, y: 4 }] }, slice(), null, null).some((line) => line.kind === "number" && line.unit === "HU")).toBe(false);
  });
  it("are meant when they have a size", () => {
    expect(isMeant({ kind: "length", points: [{ x: 0, y: 0 }, { x: 0.5, y: 0 }] })).toBe(false);
    expect(isMeant({ kind: "probe", points: [{ x: 0, y: 0 }] })).toBe(true);
    expect(isMeant({ kind: "angle", points: [{ x: 0, y: 0 }, { x: 5, y: 0 }] })).toBe(false);
  });
  it("are grasped at a point, the last drawn first", () => {
    const [under, over]: Mark[] = [{ kind: "length", points: [{ x: 0, y: 0 }, { x: 9, y: 0 }] }, { kind: "length", points: [{ x: 5, y: 5 }, { x: 9, y: 1 }] }];
    expect(graspedAt([under!, over!], { x: 9, y: 0.4 }, 2)).toEqual({ mark: over, point: 1 });
    expect(graspedAt([under!, over!], { x: 20, y: 20 }, 2)).toBeNull();
  });
});
