import { FLOAT, LANES, VECTOR } from "./lanes";

// Each output element is ((out + a0 b0) + a1 b1) + ..., in ascending order of the inner index, every product and sum
// rounded to 32 bits. Storing a partial sum and going on later changes nothing, so the inner dimension may be cut
// into blocks, and rows and columns into tiles, without changing a bit of the result.

const TILE_ROWS: usize = 4;
const TILE_COLUMNS: usize = 8;
const TILE_ROW_BYTES: usize = TILE_COLUMNS * FLOAT;
/** A block of b, packed, should stay in the first two levels of cache: 256 x 64 floats are 64 KiB. */
const BLOCK_INNER: usize = 256;
const BLOCK_COLUMNS: usize = 64;

const packed: usize = memory.data(256 * 64 * 4, 16);
const edge: usize = memory.data(4 * 8 * 4, 16);

/** out (rows x columns) = a (rows x inner) times b (inner x columns); added to `out` when `accumulate` is 1. */
export function matmul(
  a: usize,
  b: usize,
  out: usize,
  rows: usize,
  inner: usize,
  columns: usize,
  accumulate: i32,
): void {
  if (!accumulate) memory.fill(out, 0, rows * columns * FLOAT);
  if (rows < TILE_ROWS) {
    for (let row: usize = 0; row < rows; row++) {
      addRowTimesMatrix(a + row * inner * FLOAT, b, out + row * columns * FLOAT, inner, columns);
    }
    return;
  }
  for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
    const width = min(BLOCK_COLUMNS, columns - column);
    for (let first: usize = 0; first < inner; first += BLOCK_INNER) {
      const depth = min(BLOCK_INNER, inner - first);
      pack(b + (first * columns + column) * FLOAT, columns * FLOAT, depth, width);
      addBlock(a + first * FLOAT, inner * FLOAT, out + column * FLOAT, columns * FLOAT, rows, depth, width);
    }
  }
}

/**
 * One row: out (columns) += a (inner) times b (inner x columns), reading b from front to back,
 * four of its rows at a time, because memory is what limits a single row.
 */
function addRowTimesMatrix(a: usize, b: usize, out: usize, inner: usize, columns: usize): void {
  const stride = columns * FLOAT;
  const wholeStride = (columns / LANES) * VECTOR;
  let index: usize = 0;
  for (; index + 4 <= inner; index += 4, a += VECTOR, b += 4 * stride) {
    const a0 = v128.load32_splat(a);
    const a1 = v128.load32_splat(a, 4);
    const a2 = v128.load32_splat(a, 8);
    const a3 = v128.load32_splat(a, 12);
    const b1 = b + stride;
    const b2 = b1 + stride;
    const b3 = b2 + stride;
    let at: usize = 0;
    for (; at < wholeStride; at += VECTOR) {
      let sum = v128.load(out + at);
      sum = f32x4.add(sum, f32x4.mul(a0, v128.load(b + at)));
      sum = f32x4.add(sum, f32x4.mul(a1, v128.load(b1 + at)));
      sum = f32x4.add(sum, f32x4.mul(a2, v128.load(b2 + at)));
      sum = f32x4.add(sum, f32x4.mul(a3, v128.load(b3 + at)));
      v128.store(out + at, sum);
    }
    for (; at < stride; at += FLOAT) {
      let sum = load<f32>(out + at);
      sum += load<f32>(a) * load<f32>(b + at);
      sum += load<f32>(a, 4) * load<f32>(b1 + at);
      sum += load<f32>(a, 8) * load<f32>(b2 + at);
      sum += load<f32>(a, 12) * load<f32>(b3 + at);
      store<f32>(out + at, sum);
    }
  }
  for (; index < inner; index++, a += FLOAT, b += stride) {
    for (let at: usize = 0; at < stride; at += FLOAT) {
      store<f32>(out + at, load<f32>(out + at) + load<f32>(a) * load<f32>(b + at));
    }
  }
}

/**
 * Copies a block of b (depth x width) into panels of 8 columns (depth x 8), one after the other: what the tile loop
 * reads is then contiguous. The last panel's missing columns keep leftovers, whose results nobody reads.
 */
function pack(b: usize, stride: usize, depth: usize, width: usize): void {
  const panels = (width + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const panelBytes = depth * TILE_ROW_BYTES;
  for (let index: usize = 0; index < depth; index++, b += stride) {
    let to = packed + index * TILE_ROW_BYTES;
    let from = b;
    const whole = width / TILE_COLUMNS;
    for (let panel: usize = 0; panel < panels; panel++, to += panelBytes, from += TILE_ROW_BYTES) {
      if (panel < whole) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let at: usize = 0; at < (width % TILE_COLUMNS) * FLOAT; at += FLOAT) {
          store<f32>(to + at, load<f32>(from + at));
        }
      }
    }
  }
}

/** out (rows x width) += a (rows x depth) times the packed block (depth x width); strides in bytes. */
function addBlock(
  a: usize,
  aStride: usize,
  out: usize,
  outStride: usize,
  rows: usize,
  depth: usize,
  width: usize,
): void {
  for (let row: usize = 0; row < rows; row += TILE_ROWS, a += TILE_ROWS * aStride, out += TILE_ROWS * outStride) {
    const height = min(TILE_ROWS, rows - row);
    let panel = packed;
    for (let column: usize = 0; column < width; column += TILE_COLUMNS, panel += depth * TILE_ROW_BYTES) {
      const tile = out + column * FLOAT;
      const tileWidth = min(TILE_COLUMNS, width - column);
      if (height === TILE_ROWS && tileWidth === TILE_COLUMNS) {
        addTile(a, a + aStride, a + 2 * aStride, a + 3 * aStride, panel, depth, tile, outStride);
      } else {
        addPartialTile(a, aStride, panel, depth, tile, outStride, height, tileWidth);
      }
    }
  }
}

/** At the edges a tile of its own takes the sums; missing rows repeat the first one, and their results are dropped. */
function addPartialTile(
  a: usize,
  aStride: usize,
  panel: usize,
  depth: usize,
  out: usize,
  outStride: usize,
  height: usize,
  width: usize,
): void {
  const bytes = width * FLOAT;
  for (let row: usize = 0; row < height; row++) memory.copy(edge + row * TILE_ROW_BYTES, out + row * outStride, bytes);
  const a1 = height > 1 ? a + aStride : a;
  const a2 = height > 2 ? a + 2 * aStride : a;
  const a3 = height > 3 ? a + 3 * aStride : a;
  addTile(a, a1, a2, a3, panel, depth, edge, TILE_ROW_BYTES);
  for (let row: usize = 0; row < height; row++) memory.copy(out + row * outStride, edge + row * TILE_ROW_BYTES, bytes);
}

/** out (4 x 8) += four rows of a (depth each) times a panel (depth x 8), with all sums in registers. */
function addTile(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  panel: usize,
  depth: usize,
  out: usize,
  outStride: usize,
): void {
  const out1 = out + outStride;
  const out2 = out1 + outStride;
  const out3 = out2 + outStride;
  let left0 = v128.load(out);
  let left1 = v128.load(out1);
  let left2 = v128.load(out2);
  let left3 = v128.load(out3);
  let right0 = v128.load(out, 16);
  let right1 = v128.load(out1, 16);
  let right2 = v128.load(out2, 16);
  let right3 = v128.load(out3, 16);
  const end = panel + depth * TILE_ROW_BYTES;
  while (panel < end) {
    const left = v128.load(panel);
    const right = v128.load(panel, 16);
    const factor0 = v128.load32_splat(a0);
    left0 = f32x4.add(left0, f32x4.mul(factor0, left));
    right0 = f32x4.add(right0, f32x4.mul(factor0, right));
    const factor1 = v128.load32_splat(a1);
    left1 = f32x4.add(left1, f32x4.mul(factor1, left));
    right1 = f32x4.add(right1, f32x4.mul(factor1, right));
    const factor2 = v128.load32_splat(a2);
    left2 = f32x4.add(left2, f32x4.mul(factor2, left));
    right2 = f32x4.add(right2, f32x4.mul(factor2, right));
    const factor3 = v128.load32_splat(a3);
    left3 = f32x4.add(left3, f32x4.mul(factor3, left));
    right3 = f32x4.add(right3, f32x4.mul(factor3, right));
    panel += TILE_ROW_BYTES;
    a0 += FLOAT;
    a1 += FLOAT;
    a2 += FLOAT;
    a3 += FLOAT;
  }
  v128.store(out, left0);
  v128.store(out1, left1);
  v128.store(out2, left2);
  v128.store(out3, left3);
  v128.store(out, right0, 16);
  v128.store(out1, right1, 16);
  v128.store(out2, right2, 16);
  v128.store(out3, right3, 16);
}
