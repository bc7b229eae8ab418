/** Two ways to cast rays: a graphics card through WebGL 2, or the volume's worker. They take the same look and draw the same picture. */
import type { Look } from "../core/raycast";
import type { Volume } from "./volume";

export interface Caster {
  /** Whether a graphics card, or a program that stands for one, draws. */
  readonly gl: boolean;
  /** How often a ray samples the smallest voxel, at rest. */
  readonly fineness: number;
  draw(look: Look): Promise<CanvasImageSource>;
  close(): void;
}

export class WorkerCaster implements Caster {
  readonly gl = false;
  readonly fineness = 1.25;
  readonly #canvas = document.createElement("canvas");

  constructor(private readonly volume: Volume) {}

  async draw(look: Look): Promise<CanvasImageSource> {
    const { columns, rows } = look.rays, picture = await this.volume.cast(look);
    this.#canvas.width = columns; this.#canvas.height = rows;
    this.#canvas.getContext("2d")!.putImageData(new ImageData(picture, columns, rows), 0, 0);
    return this.#canvas;
  }

  close(): void { /* the worker is the volume's */ }
}

const TEXTURE_BYTES = 192 * 1024 * 1024;
/** A program that stands for a card is slower than the worker, which knows where a volume is empty. */
const SLOWEST_PIXEL_MS = 0.004, TRIED_PX = 64;
/** Set by whoever wants the card whatever it takes: support, and the tests of the shader. */
const ALWAYS = "volume-card";

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;

/** Positions are texture coordinates, 0 to 1 over the volume; opacities of the table are those of one step. */
const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform sampler3D volume;
uniform sampler2D table;
uniform vec3 start, across, downwards, way, lower, upper, texel, per_mm, light;
uniform float rows;
uniform bool shaded, mip;
out vec4 colour;

void main() {
  vec3 from = start + (gl_FragCoord.x - 0.5) * across + (rows - gl_FragCoord.y - 0.5) * downwards;
  vec3 one = (lower - from) / way, two = (upper - from) / way;
  vec3 nearest = min(one, two), farthest = max(one, two);
  float near = max(max(nearest.x, nearest.y), nearest.z), far = min(min(farthest.x, farthest.y), farthest.z);
  float jitter = mip ? 0.0 : fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  vec3 sum = vec3(0.0);
  float opacity = 0.0, most = -1.0;
  for (float t = ceil(near) + jitter; t <= far; t += 1.0) {
    vec3 at = from + t * way;
    float value = texture(volume, at).r;
    if (mip) { most = max(most, value); continue; }
    vec4 seen = texture(table, vec2(value, 0.5));
    if (seen.a < 0.001) continue;
    float lit = 1.0;
    if (shaded) {
      vec3 slope = vec3(
        texture(volume, at + vec3(texel.x, 0.0, 0.0)).r - texture(volume, at - vec3(texel.x, 0.0, 0.0)).r,
        texture(volume, at + vec3(0.0, texel.y, 0.0)).r - texture(volume, at - vec3(0.0, texel.y, 0.0)).r,
        texture(volume, at + vec3(0.0, 0.0, texel.z)).r - texture(volume, at - vec3(0.0, 0.0, texel.z)).r) * per_mm;
      float steep = length(slope), facing = steep > 1e-5 ? abs(dot(slope, light)) / steep : 0.6;
      lit = 0.18 + 0.82 * facing + 0.14 * pow(facing, 24.0);
    }
    float alpha = seen.a * (1.0 - opacity);
    sum += alpha * lit * seen.rgb;
    opacity += alpha;
    if (opacity > 0.97) break;
  }
  if (mip && most >= 0.0) sum = vec3(texture(table, vec2(most, 0.5)).a);
  colour = vec4(sum, 1.0);
}`;

export class GlCaster implements Caster {
  readonly gl = true;
  readonly fineness = 2;
  readonly #canvas = document.createElement("canvas");
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  /** By how much the sides of the volume were divided for the card. */
  factor = 1;
  #size: readonly [number, number, number] = [1, 1, 1];
  onlost: () => void = () => {};

  private constructor(gl: WebGL2RenderingContext, canvas: HTMLCanvasElement) {
    this.#gl = gl; this.#canvas = canvas;
    this.#program = linked(gl);
    canvas.addEventListener("webglcontextlost", (event) => { event.preventDefault(); this.onlost(); });
  }

  /** The volume on the graphics card; null when the browser has no WebGL 2, no room there, or only a slow stand-in. */
  static async of(volume: Volume, low: number, high: number, looked: (columns: number, rows: number) => Look): Promise<GlCaster | null> {
    const canvas = document.createElement("canvas");
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false, powerPreference: "high-performance" });
    if (!gl) return null;
    try {
      const caster = new GlCaster(gl, canvas), most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number, { size } = volume.grid;
      while (Math.max(...size) / caster.factor > most || (size[0] * size[1] * size[2] * 2) / caster.factor ** 3 > TEXTURE_BYTES) caster.factor += 1;
      const { size: made, data } = await volume.texture(low, high, caster.factor);
      caster.#upload(made, data);
      const trial = looked(TRIED_PX, TRIED_PX);
      if (gl.getError() === gl.NO_ERROR && !gl.isContextLost() && (sessionStorage.getItem(ALWAYS) !== null || caster.#isQuick(trial))) return caster;
      caster.close();
      return null;
    } catch { return null; }
  }

  /** Whether a small picture comes soon enough; the one before it waits for the shader and the texture. */
  #isQuick(trial: Look): boolean {
    const seen = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    const timed = (): number => {
      const began = performance.now();
      this.#paint(trial);
      seen.drawImage(this.#canvas, 0, 0, 1, 1);
      seen.getImageData(0, 0, 1, 1);
      return performance.now() - began;
    };
    timed();
    return timed() < SLOWEST_PIXEL_MS * TRIED_PX * TRIED_PX;
  }

  draw(look: Look): Promise<CanvasImageSource> { this.#paint(look); return Promise.resolve(this.#canvas); }

  #paint({ rays, table, box, shaded, mip, step_mm, spacing_mm }: Look): void {
    const gl = this.#gl, { columns, rows, start, right, down, along } = rays, covered = this.#size.map((n) => n * this.factor);
    if (this.#canvas.width !== columns || this.#canvas.height !== rows) { this.#canvas.width = columns; this.#canvas.height = rows; }
    gl.viewport(0, 0, columns, rows);
    gl.useProgram(this.#program);
    const of = (vector: readonly number[], shift = 0): number[] => vector.map((value, axis) => (value + shift) / covered[axis]!);
    const tiny = (value: number): number => (Math.abs(value) < 1e-9 ? 1e-9 : value);
    const set = (name: string, [x, y, z]: readonly number[]): void => gl.uniform3f(gl.getUniformLocation(this.#program, name), x!, y!, z!);
    set("start", of(start, 0.5)); set("across", of(right)); set("downwards", of(down));
    set("way", of(along.map((value) => tiny(value * step_mm))));
    set("lower", box.map(([low]) => low)); set("upper", box.map(([, high]) => high));
    set("texel", this.#size.map((n) => 1 / n)); set("per_mm", spacing_mm.map((mm) => 1 / mm));
    set("light", along.map((value, axis) => value * spacing_mm[axis]!));
    gl.uniform1f(gl.getUniformLocation(this.#program, "rows"), rows);
    gl.uniform1i(gl.getUniformLocation(this.#program, "table"), 1);
    gl.uniform1i(gl.getUniformLocation(this.#program, "shaded"), Number(shaded));
    gl.uniform1i(gl.getUniformLocation(this.#program, "mip"), Number(mip));
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, table.length / 4, 1, 0, gl.RGBA, gl.FLOAT, mip ? table : ofStep(table, step_mm));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  close(): void { this.onlost = () => {}; this.#gl.getExtension("WEBGL_lose_context")?.loseContext(); }

  #upload(size: [number, number, number], data: Uint16Array): void {
    const gl = this.#gl;
    this.#size = size;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_3D, gl.createTexture());
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(gl.TEXTURE_3D, side, gl.CLAMP_TO_EDGE);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_3D, filter, gl.LINEAR);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R16F, ...size);
    // Slice by slice: one call for all would hold the page still.
    const slice = size[0] * size[1];
    for (let z = 0; z < size[2]; z += 1)
      gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, z, size[0], size[1], 1, gl.RED, gl.HALF_FLOAT, data.subarray(z * slice, (z + 1) * slice));
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
  }
}

/** The table with the opacity of a step in place of a millimetre's. */
function ofStep(table: Float32Array, step_mm: number): Float32Array {
  const made = table.slice();
  for (let at = 3; at < made.length; at += 4) made[at] = 1 - (1 - made[at]!) ** step_mm;
  return made;
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "link");
  return program;
}
