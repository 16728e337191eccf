import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A hotspot as a phone near it sees it. */
export interface AirHotspot {
  readonly ssid: string
  readonly passphrase: string
  readonly page: { readonly host: string; readonly port: number }
}

/** A phone near the chip. What is sent to its port reaches the chip's page while it is in the chip's hotspot. */
export interface Phone {
  readonly port: number
  /** Remembered: when the hotspot goes and comes back, the phone is in it again. */
  join(ssid: string, passphrase: string): 'joined' | 'wrong-password' | 'network-gone'
  leave(): void
  /** The hotspot it is in now. */
  network(): string | undefined
  close(): Promise<void>
}

export async function startPhone(
  host: string,
  hotspots: () => readonly AirHotspot[],
): Promise<{ readonly phone: Phone /** Hotspots may have gone. */; changed(): void }> {
  let known: { readonly ssid: string; readonly passphrase: string } | undefined
  const open = new Map<Socket, AirHotspot>()
  const current = (): AirHotspot | undefined =>
    hotspots().find(({ ssid, passphrase }) => ssid === known?.ssid && passphrase === known.passphrase)
  const changed = (): void => {
    const now = current()
    for (const [socket, hotspot] of open) if (hotspot !== now) socket.destroy()
  }
  const server = createServer((socket) => {
    const hotspot = current()
    socket.on('error', () => socket.destroy())
    if (hotspot === undefined) {
      socket.destroy()
      return
    }
    open.set(socket, hotspot)
    const chip = connect(hotspot.page)
    chip.on('error', () => chip.destroy())
    chip.on('close', () => socket.destroy())
    socket.on('close', () => {
      open.delete(socket)
      chip.destroy()
    })
    socket.pipe(chip)
    chip.pipe(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a TCP address')
  const phone: Phone = {
    port: address.port,
    join: (ssid, passphrase) => {
      const hotspot = hotspots().find((one) => one.ssid === ssid)
      if (hotspot === undefined) return 'network-gone'
      if (hotspot.passphrase !== passphrase) return 'wrong-password'
      known = { ssid, passphrase }
      changed()
      return 'joined'
    },
    leave: () => {
      known = undefined
      changed()
    },
    network: () => current()?.ssid,
    close: async () => {
      known = undefined
      changed()
      server.close()
      await once(server, 'close')
    },
  }
  return { phone, changed }
}
