import { writeFile } from 'node:fs/promises'
import { encode } from 'uqr'

const WIDTH = 640
const HEIGHT = 480
const QUIET_MODULES = 4
const WHITE = 235
const BLACK = 16
const NO_COLOUR = 128

/** Writes what a camera sees that is held before the code of this address: one picture of YUV4MPEG2, again and again. */
export async function writeVideoOfCode(file: string, address: string): Promise<void> {
  const { data, size } = encode(address, { ecc: 'M', border: QUIET_MODULES })
  const modulePx = Math.floor(HEIGHT / size)
  const left = Math.floor((WIDTH - modulePx * size) / 2)
  const top = Math.floor((HEIGHT - modulePx * size) / 2)
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE)
  for (let y = 0; y < modulePx * size; y += 1) {
    for (let x = 0; x < modulePx * size; x += 1) {
      const isBlack = data[Math.floor(y / modulePx)]?.[Math.floor(x / modulePx)] === true
      if (isBlack) luma[(top + y) * WIDTH + left + x] = BLACK
    }
  }
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, NO_COLOUR)
  const head = Buffer.from(`YUV4MPEG2 W${String(WIDTH)} H${String(HEIGHT)} F10:1 Ip A1:1 C420jpeg\nFRAME\n`)
  await writeFile(file, Buffer.concat([head, luma, chroma]))
}
