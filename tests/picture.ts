import { readFile, writeFile } from 'node:fs/promises'
import { crc32, deflateSync, inflateSync } from 'node:zlib'

/**
 * Makes a PNG of a screen several times smaller: 256 colours are enough for a page, and the browser packs in haste.
 * For 8-bit RGB and RGBA without interlacing, as browsers write them (PNG, third edition, sections 5, 9 and 11).
 */
const SIGNATURE_BYTES = 8
const COLOURS_MAX = 256
/** Colours that differ only below these bits count as one. */
const COARSE_BITS = 2
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 }

interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: number
  /** Rows without filters. */
  readonly pixels: Buffer
}

export async function shrinkPicture(file: string): Promise<void> {
  const bytes = await readFile(file)
  await writeFile(file, withPalette(bytes.subarray(0, SIGNATURE_BYTES), decode(bytes)))
}

function decode(bytes: Buffer): Picture {
  const data: Buffer[] = []
  let head: Buffer | null = null
  for (let at = SIGNATURE_BYTES; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') head = body
    if (type === 'IDAT') data.push(body)
    at += 12 + length
  }
  const channels = head === null ? undefined : CHANNELS[head[9] ?? 0]
  if (head === null || channels === undefined || head[8] !== 8 || head[12] !== 0)
    throw new Error('this is not a PNG as browsers write them')
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)]
  const pixels = unfilter(inflateSync(Buffer.concat(data)), { width, height, channels })
  return { width, height, channels, pixels }
}

function unfilter(raw: Buffer, size: Omit<Picture, 'pixels'>): Buffer {
  const { height, channels } = size
  const stride = size.width * channels
  const pixels = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x
      const left = x < channels ? 0 : (pixels[at - channels] ?? 0)
      const up = y === 0 ? 0 : (pixels[at - stride] ?? 0)
      const corner = x < channels || y === 0 ? 0 : (pixels[at - stride - channels] ?? 0)
      pixels[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, { left, up, corner })
    }
  }
  return pixels
}

interface Neighbours {
  readonly left: number
  readonly up: number
  readonly corner: number
}

function predicted(filter: number, { left, up, corner }: Neighbours): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value))
  if (toLeft === undefined || toUp === undefined || toCorner === undefined) return 0
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function withPalette(signature: Buffer, { width, height, channels, pixels }: Picture): Buffer {
  const colourAt = (index: number) => pixels.readUIntBE(index * channels, 3)
  const counts = new Map<number, number>()
  for (let index = 0; index < width * height; index += 1) {
    const colour = colourAt(index)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = paletteOf(counts)
  const nearest = new Map<number, number>()
  const rows = Buffer.alloc((width + 1) * height)
  for (let index = 0; index < width * height; index += 1) {
    const colour = colourAt(index)
    const entry = nearest.get(colour) ?? nearestIn(palette, colour)
    nearest.set(colour, entry)
    rows[Math.floor(index / width) * (width + 1) + 1 + (index % width)] = entry
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The most frequent colours, of those alike only the most frequent. */
function paletteOf(counts: ReadonlyMap<number, number>): number[] {
  const alike = new Map<number, { colour: number; count: number; total: number }>()
  for (const [colour, count] of counts) {
    const coarse = (colour >> COARSE_BITS) & 0x3f3f3f
    const best = alike.get(coarse)
    if (best === undefined) alike.set(coarse, { colour, count, total: count })
    else {
      best.total += count
      if (count > best.count) Object.assign(best, { colour, count })
    }
  }
  const byFrequency = [...alike.values()].sort((one, other) => other.total - one.total)
  return byFrequency.slice(0, COLOURS_MAX).map(({ colour }) => colour)
}

function nearestIn(palette: readonly number[], colour: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [entry, other] of palette.entries()) {
    const red = (colour >> 16) - (other >> 16)
    const green = ((colour >> 8) & 255) - ((other >> 8) & 255)
    const blue = (colour & 255) - (other & 255)
    const distance = red * red + green * green + blue * blue
    if (distance < least) [best, least] = [entry, distance]
  }
  return best
}

function chunk(type: string, body: Buffer): Buffer {
  const bytes = Buffer.alloc(body.length + 12)
  bytes.writeUInt32BE(body.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(body, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length)
  return bytes
}
