declare module "@cornerstonejs/codec-openjph/wasmjs" {
  interface Decoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; componentCount: number; bitsPerSample: number; isSigned: boolean };
    delete(): void;
  }
  export interface Codec { HTJ2KDecoder: new () => Decoder }
  export default function openJph(options: { locateFile(name: string): string }): Promise<Codec>;
}
