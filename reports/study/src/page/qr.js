// QR codes of level L, byte mode, versions 1 to 40 (ISO/IEC 18004).
"use strict";
const qr = (() => {
  // Check bytes of a block, and number of blocks, by version.
  const CHECK = [0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
  const BLOCKS = [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];
  const MASKS = [
    (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
    (x, y) => (x * y) % 2 + (x * y) % 3, (x, y) => ((x * y) % 2 + (x * y) % 3) % 2, (x, y) => ((x + y) % 2 + (x * y) % 3) % 2
  ];

  // Bytes that a version holds, check bytes included.
  function bytesOf(version) {
    let bits = (16 * version + 128) * version + 64;
    if (version >= 2) {
      const n = Math.floor(version / 7) + 2;
      bits -= (25 * n - 10) * n - 55 + (version >= 7 ? 36 : 0);
    }
    return bits >> 3;
  }

  const dataBytes = (version) => bytesOf(version) - CHECK[version] * BLOCKS[version];

  function times(a, b) {
    let product = 0;
    for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11D) ^ (((b >> bit) & 1) * a);
    return product;
  }

  function divisor(degree) {
    const result = [...Array(degree - 1).fill(0), 1];
    for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
      for (let j = 0; j < degree; j++) result[j] = times(result[j], root) ^ (result[j + 1] || 0);
    }
    return result;
  }

  function remainder(data, by) {
    const result = Array(by.length).fill(0);
    for (const byte of data) {
      const factor = byte ^ result.shift();
      result.push(0);
      by.forEach((coefficient, i) => { result[i] ^= times(coefficient, factor); });
    }
    return result;
  }

  // Data and check bytes of all blocks, interleaved.
  function interleaved(data, version) {
    const n = BLOCKS[version], check = CHECK[version], all = bytesOf(version);
    const short = Math.floor(all / n) - check, n_short = n - all % n, by = divisor(check);
    const blocks = [];
    for (let i = 0, at = 0; i < n; i++) {
      const block = data.slice(at, at += short + (i < n_short ? 0 : 1));
      blocks.push({ block, checks: remainder(block, by) });
    }
    const result = [];
    for (let i = 0; i <= short; i++) for (const { block } of blocks) if (i < block.length) result.push(block[i]);
    for (let i = 0; i < check; i++) for (const { checks } of blocks) result.push(checks[i]);
    return result;
  }

  function packed(bytes, version) {
    const bits = [];
    const put = (value, n) => { for (let i = n - 1; i >= 0; i--) bits.push((value >> i) & 1); };
    put(4, 4);
    put(bytes.length, version < 10 ? 8 : 16);
    bytes.forEach((byte) => put(byte, 8));
    const most = dataBytes(version) * 8;
    put(0, Math.min(4, most - bits.length));
    put(0, (8 - bits.length % 8) % 8);
    for (let pad = 0xEC; bits.length < most; pad ^= 0xEC ^ 0x11) put(pad, 8);
    return Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2));
  }

  function alignment(version) {
    if (version === 1) return [];
    const n = Math.floor(version / 7) + 2, size = 17 + 4 * version;
    const step = version === 32 ? 26 : Math.ceil((4 * version + 4) / (2 * n - 2)) * 2;
    return [6, ...Array.from({ length: n - 1 }, (_, i) => size - 7 - i * step).reverse()];
  }

  function patterns(version) {
    const size = 17 + 4 * version;
    const dark = Array.from({ length: size }, () => Array(size).fill(0));
    const fixed = Array.from({ length: size }, () => Array(size).fill(false));
    const set = (x, y, value) => {
      if (x < 0 || y < 0 || x >= size || y >= size) return;
      dark[y][x] = value ? 1 : 0;
      fixed[y][x] = true;
    };
    const square = (cx, cy, reach, light) => {
      for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) {
        set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    };
    for (let i = 0; i < size; i++) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
    const places = alignment(version), last = places.length - 1;
    places.forEach((x, i) => places.forEach((y, j) => {
      if (!(i === 0 && j === 0) && !(i === 0 && j === last) && !(i === last && j === 0)) square(x, y, 2, [1]);
    }));
    square(3, 3, 4, [2, 4]);
    square(size - 4, 3, 4, [2, 4]);
    square(3, size - 4, 4, [2, 4]);
    if (version >= 7) {
      let rest = version;
      for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1F25);
      const bits = version << 12 | rest;
      for (let i = 0; i < 18; i++) {
        const a = size - 11 + i % 3, b = Math.floor(i / 3);
        set(a, b, (bits >> i) & 1);
        set(b, a, (bits >> i) & 1);
      }
    }
    return { size, dark, fixed, set };
  }

  function format({ size, set }, mask) {
    const data = 1 << 3 | mask;
    let rest = data;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bits = (data << 10 | rest) ^ 0x5412, bit = (i) => (bits >> i) & 1;
    for (let i = 0; i < 6; i++) set(8, i, bit(i));
    set(8, 7, bit(6));
    set(8, 8, bit(7));
    set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i));
    set(8, size - 8, 1);
  }

  function place({ size, dark, fixed }, bytes) {
    let at = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++) for (let j = 0; j < 2; j++) {
        const x = right - j, y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (!fixed[y][x] && at < bytes.length * 8) {
          dark[y][x] = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
          at++;
        }
      }
    }
  }

  // Long runs, blocks of one colour and an uneven number of dark modules make a code harder to read.
  function penalty(rows) {
    const size = rows.length;
    let points = 0, n_dark = 0;
    for (let i = 0; i < size; i++) {
      for (const at of [(j) => rows[i][j], (j) => rows[j][i]]) {
        for (let j = 1, run = 1; j <= size; j++) {
          if (j < size && at(j) === at(j - 1)) run++;
          else { if (run >= 5) points += run - 2; run = 1; }
        }
      }
      for (let j = 0; j < size; j++) {
        n_dark += rows[i][j];
        if (i && j && rows[i][j] === rows[i - 1][j] && rows[i][j] === rows[i][j - 1] && rows[i][j] === rows[i - 1][j - 1]) points += 3;
      }
    }
    return points + 10 * Math.floor(Math.abs(20 * n_dark / (size * size) - 10));
  }

  // Rows of modules, 1 for dark.
  function encode(text) {
    const bytes = [...new TextEncoder().encode(text)];
    let version = 1;
    while (version <= 40 && dataBytes(version) * 8 < 4 + (version < 10 ? 8 : 16) + 8 * bytes.length) version++;
    if (version > 40) throw new Error(`${bytes.length} bytes do not fit into a QR code`);
    const code = patterns(version);
    format(code, 0);
    place(code, interleaved(packed(bytes, version), version));
    let best = null;
    MASKS.forEach((mask, number) => {
      format(code, number);
      const rows = code.dark.map((row, y) => row.map((value, x) => (code.fixed[y][x] || mask(x, y) ? value : 1 - value)));
      const points = penalty(rows);
      if (!best || points < best.points) best = { points, rows };
    });
    return best.rows;
  }

  // Draws a code with its quiet zone; dark on light whatever the page's colours are.
  function draw(canvas, text, scale = 4) {
    const rows = encode(text), quiet = 4;
    canvas.width = canvas.height = (rows.length + 2 * quiet) * scale;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#000";
    rows.forEach((row, y) => row.forEach((value, x) => { if (value) pen.fillRect((x + quiet) * scale, (y + quiet) * scale, scale, scale); }));
  }

  return { encode, draw };
})();
