// Small PNG files for the clients here: RGBA, and RGB where no alpha is wanted.
import zlib from 'node:zlib';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlib.crc32(body));
  return Buffer.concat([length, body, sum]);
}

// `alphaOf(x, y)` is 0 to 255; without it the picture has no alpha at all.
export function png(width, height, alphaOf) {
  const channels = alphaOf ? 4 : 3;
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const at = y * (1 + width * channels) + 1 + x * channels;
      rows[at] = 255 * x / width;
      rows[at + 1] = 255 * y / height;
      if (alphaOf) rows[at + 3] = alphaOf(x, y);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, alphaOf ? 6 : 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
    chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

// The grey values of an uncompressed-looking 8-bit grey PNG, row by row, filters undone.
export function greysOf(file) {
  const width = file.readUInt32BE(16), height = file.readUInt32BE(20);
  if (file[24] !== 8 || file[25] !== 0) throw new Error(`no 8-bit grey PNG: depth ${file[24]}, type ${file[25]}`);
  const parts = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = zlib.inflateSync(Buffer.concat(parts));
  const rows = [];
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (width + 1)];
    const row = Buffer.from(raw.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)));
    for (let x = 0; x < width; ++x) {
      const left = x > 0 ? row[x - 1] : 0, up = y > 0 ? rows[y - 1][x] : 0, corner = x > 0 && y > 0 ? rows[y - 1][x - 1] : 0;
      const guess = left + up - corner;
      const [a, b, c] = [left, up, corner].map((v) => Math.abs(guess - v));
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      row[x] += [0, left, up, (left + up) >> 1, paeth][filter];
    }
    rows.push(row);
  }
  return {width, height, rows};
}
