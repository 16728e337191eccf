import { type Doors, SetUpMode } from './mode.ts'
import { type NameServer, startNameServer } from './name-server.ts'
import { readPage } from './page-files.ts'
import { startSetUpServer } from './server.ts'
import { SET_UP_TIMES, type SetUp, type SetUpListen, type SetUpParts } from './set-up-parts.ts'

/**
 * Set-up mode of a chip's process: its server listens from now on (the terminal's way in), and the hotspot is up while
 * set-up mode is open. Throws where its port cannot be had.
 *
 * Example: `const setUp = await startSetup(parts); onSetupButton(() => setUp.buttonHeld())`
 */
export async function startSetup(parts: SetUpParts): Promise<SetUp> {
  const page = await readPage(parts.listen.pageFolder)
  let cutPhones = (): void => {}
  const mode = new SetUpMode({
    ...parts,
    doors: doorsOf(parts, () => cutPhones()),
    times: { ...SET_UP_TIMES, ...parts.times },
  })
  const { listen, drivers, joining } = parts
  const server = await startSetUpServer({ listen, page, mode, drivers, joining })
  cutPhones = () => server.cutPhones()
  if (parts.openAtStart) {
    mode.open()
    if (parts.pending !== undefined) mode.begin(parts.pending)
  }
  return {
    port: server.port,
    buttonHeld: () => mode.open(),
    close: async () => {
      await mode.end()
      await server.close()
    },
  }
}

function doorsOf({ radio, chip, label, listen, log }: SetUpParts, cut: () => void): Doors {
  let names: NameServer | undefined
  let told: string | undefined
  return {
    cut,
    open: async () => {
      const opened = await radio.openHotspot({ ssid: chip.name, passphrase: label.hotspotPassphrase })
      const msg = opened.ok ? 'hotspot up' : 'no hotspot'
      if (msg !== told) log({ msg })
      told = msg
      if (!opened.ok) return false
      if (listen.dnsPort === 0 || names !== undefined) return true
      // Without it phones do not open the page by themselves; the label's address still does.
      const { address } = opened.value
      names = await startNameServer({ host: namesHost(listen), port: listen.dnsPort }, address).catch(
        (error) => {
          log({ msg: 'no name server', what: { reason: String(error) } })
          return undefined
        },
      )
      return true
    },
    close: async () => {
      await names?.close()
      names = undefined
      await radio.closeHotspot()
    },
  }
}

/** Names are told in the hotspot alone: the chip's other networks have name servers that know better. */
function namesHost({ host, publicUrl }: SetUpListen): string {
  return host === '0.0.0.0' || host === '::' ? new URL(publicUrl).hostname : host
}
