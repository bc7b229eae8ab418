/** Decodes one HTJ2K codestream a message, off the page's thread. */
import openJph, { type Codec } from "@cornerstonejs/codec-openjph/wasmjs";
import wasm from "@cornerstonejs/codec-openjph/wasm?url";
import type { Answer, Question } from "./decoding";

const ready: Promise<Codec> = openJph({ locateFile: (name) => (name.endsWith(".wasm") ? wasm : name) });

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  try {
    const pixels = decode(await ready, new Uint8Array(data.bytes));
    self.postMessage({ id: data.id, pixels } satisfies Answer, { transfer: [pixels.data.buffer as ArrayBuffer] });
  } catch (error) {
    self.postMessage({ id: data.id, failure: String(error) } satisfies Answer);
  }
};

/** EOC, the last two bytes of every codestream (ISO/IEC 15444-1 A.4.4). */
const ends = (bytes: Uint8Array): boolean => bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;

function decode(codec: Codec, bytes: Uint8Array) {
  // OpenJPH takes what is missing for zero: a frame that was cut would be shown as if it were whole.
  if (!ends(bytes)) throw new Error("cut frame");
  const decoder = new codec.HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, componentCount, bitsPerSample, isSigned } = decoder.getFrameInfo();
    const raw = decoder.getDecodedBuffer();
    const copy = raw.slice().buffer as ArrayBuffer;
    const wide = bitsPerSample > 8;
    const data = wide ? (isSigned ? new Int16Array(copy) : new Uint16Array(copy)) : isSigned ? new Int8Array(copy) : new Uint8Array(copy);
    if (data.length < width * height * componentCount) throw new Error("short frame");
    return { width, height, components: componentCount, data, ...extremes(data) };
  } finally {
    decoder.delete(); // the codec never frees a decoder by itself: 0.6 MB of heap a frame
  }
}

function extremes(data: ArrayLike<number>) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < data.length; i += 1) {
    const value = data[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
