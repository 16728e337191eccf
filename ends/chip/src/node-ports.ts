import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import type { WireEnd } from '#machine/simulated/wire.ts'
import { nodeSigner, nodeVerifier, sha256, spkiOfPem } from '#protocol/node-keys.ts'
import type { ChipClock, Display, Keys } from './core/ports.ts'
import { WallClock } from './setup/identity/wall-clock.ts'

const MS_PER_S = 1000
/** What a Node timer can wait at most. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Keys in files: the chip's own as PKCS #8, the system's as public keys, all PEM. */
export function fileKeys(keyFile: string, systemKeyFiles: readonly string[]): Keys {
  return {
    signer: nodeSigner(readFileSync(keyFile, 'utf8'), { withKid: false }),
    systemVerifiers: systemKeyFiles.map((file) => nodeVerifier(spkiOfPem(readFileSync(file, 'utf8')))),
    sha256,
    random: randomBytesOf,
  }
}

export function randomBytesOf(lengthBytes: number): Uint8Array {
  return new Uint8Array(randomBytes(lengthBytes))
}

/** Time since the host was powered up, suspend counted (/proc/uptime on Linux), and the wall clock. */
export function hostClock(wall = new WallClock()): ChipClock {
  let latestMs = 0
  return {
    monotonicMs: () => {
      latestMs = Math.max(latestMs, Math.round(uptime() * MS_PER_S))
      return latestMs
    },
    wallS: () => wall.nowS(),
    setTimer: (delayMs, fire) => {
      const timer = setTimeout(fire, Math.min(Math.max(1, delayMs), MAX_TIMER_MS))
      return () => clearTimeout(timer)
    },
  }
}

/** The machine's display and lamp hang on the same wire as the machine. */
export function wireDisplay(wire: WireEnd): Display {
  return {
    show: (screen) => wire.send({ type: 'display', screen }),
    blink: (number) => wire.send({ type: 'blink', number }),
  }
}
