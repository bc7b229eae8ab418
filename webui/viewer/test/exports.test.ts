import { describe, expect, it } from "vitest";
import { osirix, weasis } from "../src/core/openers";
import { scaleBar } from "../src/core/scale";
import { sizeOf } from "../src/core/sizes";
import { MOST_CAPTURES, Tray } from "../src/core/tray";

const UNITS = ["octets", "ko", "Mo", "Go"];

describe("sizes", () => {
  it("are said in three digits at most", () => {
    expect([0, 999, 1000, 1_440_000, 72_400_000, 4_000_000_000, 9_999_000_000_000].map((n) => sizeOf(n, UNITS, ",")))
      .toEqual(["0\u00a0octets", "999\u00a0octets", "1\u00a0ko", "1,4\u00a0Mo", "72\u00a0Mo", "4\u00a0Go", "9999\u00a0Go"]);
  });
});

describe("programs of this computer", () => {
  const access = { dicomweb: "https://h.example:8443/dicom-web", token: "ngt_a-b_c", study: "1.2.3" };
  it("Weasis gets a command behind a question mark", () => {
    const address = new URL(weasis(access));
    expect(address.protocol).toBe("weasis:");
    expect(decodeURIComponent(address.search)).toBe('?$dicom:rs --url "https://h.example:8443/dicom-web" -r "studyUID=1.2.3" -H "Authorization: Bearer ngt_a-b_c"');
    expect(weasis(access)).not.toMatch(/[ "$]/);
  });
  it("OsiriX and Horos get the address of a ZIP", () => {
    expect(new URLSearchParams(osirix("horos", access).split("?")[1]).get("URL")).toBe("https://h.example:8443/viewer-api/archives/1.2.3/ngt_a-b_c/DICOM.zip");
  });
});

describe("the scale bar", () => {
  const image = { spacing_mm: [0.5, 0.5] as [number, number], spacing_origin: "patient" as const };
  it("takes no more than a third of the width, and says how long it is", () => {
    expect(scaleBar(image, [2, 0, 0, 2, 0, 0], 900)).toEqual({ mm: 50, px: 200, origin: "patient" });
    expect(scaleBar(image, [0, 2, -2, 0, 0, 0], 900)?.px).toBe(200);
    for (const zoom of [0.1, 0.7, 3, 11]) {
      const bar = scaleBar(image, [zoom, 0, 0, zoom, 0, 0], 900)!;
      expect(bar.px).toBeLessThanOrEqual(300);
      expect(bar.px).toBeGreaterThan(100);
      expect(bar.px * 0.5 / zoom).toBeCloseTo(bar.mm);
    }
  });
  it("does not exist without millimetres", () => {
    for (const origin of ["none", "region"] as const) expect(scaleBar({ ...image, spacing_origin: origin }, [1, 0], 900)).toBeNull();
    expect(scaleBar({ ...image, spacing_mm: null }, [1, 0], 900)).toBeNull();
    expect(scaleBar(image, [0, 0], 900)).toBeNull();
  });
});

describe("pictures put aside", () => {
  it("are twelve at most, and go together", () => {
    const tray = new Tray();
    for (let n = 0; n < MOST_CAPTURES + 3; n++) tray.add({ blob: new Blob(), words: "" });
    expect([tray.held.length, tray.full]).toEqual([MOST_CAPTURES, true]);
    tray.empty();
    expect(tray.held).toEqual([]);
  });
});
