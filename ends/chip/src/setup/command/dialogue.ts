import type { NetworkGiven, SeenNetworkView, SetupGiven, SetupView } from '../setup-view.ts'
import type { ClientFailure, SetupClient } from './client.ts'
import { CLOSED_WORDS, follow } from './follow.ts'
import type { Terminal } from './terminal.ts'

/** Whoever gets this many answers wrong begins anew. */
const MAX_ROUNDS = 20

/** Nothing more comes from the keyboard. */
class Ended extends Error {}

/** Sets the chip up by questions and answers; true once it is done. */
export async function dialogue(client: SetupClient, terminal: Terminal): Promise<boolean> {
  const asker = new Asker(client, terminal)
  try {
    return await asker.run()
  } catch (error) {
    if (error instanceof Ended) return false
    throw error
  }
}

class Asker {
  private readonly client: SetupClient
  private readonly terminal: Terminal

  constructor(client: SetupClient, terminal: Terminal) {
    this.client = client
    this.terminal = terminal
  }

  async run(): Promise<boolean> {
    if (!(await this.prove())) return false
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const state = await this.client.state()
      if (!state.ok) return this.giveUp(wordsOf(state.error))
      if (state.value.phase === 'closed') return this.giveUp(CLOSED_WORDS)
      const begun = await this.client.begin(await this.askAll(state.value))
      if (begun.ok) {
        if ((await follow(this.client, (line) => this.terminal.say(line))) === 'done') return true
      } else this.tell(begun.error)
    }
    return false
  }

  private async prove(): Promise<boolean> {
    for (;;) {
      const state = await this.client.state()
      if (!state.ok) return this.giveUp(wordsOf(state.error))
      const { phase, chip, triesLeft } = state.value
      if (phase === 'closed') return this.giveUp(CLOSED_WORDS)
      if (phase !== 'locked') return true
      this.terminal.say(`${chip.name} (${chip.chipId}) can be set up.`)
      const proven = await this.client.prove(
        await this.hidden(`Proof on its label (${String(triesLeft)} tries left): `),
      )
      if (proven.ok) return true
      this.tell(proven.error)
    }
  }

  private async askAll(state: SetupView): Promise<SetupGiven> {
    const network = await this.network(state)
    const system = await this.system(state)
    const machine = await this.machine(state)
    if (network.kind === 'wifi' && !state.holdsBoth)
      this.terminal.say(
        'The chip’s hotspot goes while it tries the network, and is back to tell how it went.',
      )
    return system === undefined ? { network, machine } : { network, system, machine }
  }

  private async network(state: SetupView): Promise<NetworkGiven> {
    for (;;) {
      const seen = await this.client.networks()
      const networks = seen.ok ? seen.value : []
      if (!seen.ok) this.tell(seen.error)
      this.terminal.say('Networks in reach:')
      for (const [index, { ssid, strengthPercent, security }] of networks.entries())
        this.terminal.say(`  ${String(index + 1)}) ${ssid}  ${String(strengthPercent)} %  ${security}`)
      this.terminal.say('  h) a hidden one')
      this.terminal.say(`  e) a cable${state.ethernet ? '' : ' (none is plugged in)'}`)
      this.terminal.say('  r) look again')
      const choice = (await this.shown('Which? ')).toLowerCase()
      if (choice === 'e') return { kind: 'ethernet' }
      if (choice === 'h') {
        const ssid = await this.shown('Its name: ')
        const passphrase = await this.hidden('Its password (nothing if it has none): ')
        return passphrase === ''
          ? { kind: 'wifi', ssid, hidden: true }
          : { kind: 'wifi', ssid, hidden: true, passphrase }
      }
      const chosen = networks[Number(choice) - 1]
      if (chosen !== undefined) return this.chosen(chosen)
    }
  }

  private async chosen({ ssid, security }: SeenNetworkView): Promise<NetworkGiven> {
    if (security === 'open') return { kind: 'wifi', ssid, hidden: false }
    const passphrase = await this.hidden(`Password of ${ssid}: `)
    return { kind: 'wifi', ssid, hidden: false, passphrase }
  }

  private async system(state: SetupView): Promise<SetupGiven['system']> {
    if (state.owned) {
      const answer = await this.shown('The chip has an owner. A claim code all the same? (y/N) ')
      if (!/^y/i.test(answer)) return undefined
    }
    const before = state.given?.systemAddress
    const typed = await this.shown(`Address of the system${before === undefined ? '' : ` (${before})`}: `)
    return {
      address: typed === '' && before !== undefined ? before : typed,
      claimCode: await this.hidden('Claim code: '),
    }
  }

  private async machine({ drivers }: SetupView): Promise<SetupGiven['machine']> {
    const driver = await this.choose('machine', drivers)
    const wiring = await this.choose('wiring', drivers.find(({ id }) => id === driver)?.wiring ?? [])
    const machine = { driver, wiring }
    if (!/^y/i.test(await this.shown('Try the machine now? (y/N) '))) return machine
    const tried = await this.client.tryMachine(machine)
    if (!tried.ok) this.tell(tried.error)
    else if (tried.value.ok) this.terminal.say(`The machine answers: ${tried.value.state ?? ''}.`)
    else this.terminal.say(`The machine does not answer (${tried.value.code ?? ''}): look at the wiring.`)
    return machine
  }

  private async choose(
    what: string,
    among: readonly { readonly id: string; readonly name: string }[],
  ): Promise<string> {
    const [only, ...more] = among
    if (only !== undefined && more.length === 0) return only.id
    for (const [index, { name }] of among.entries()) this.terminal.say(`  ${String(index + 1)}) ${name}`)
    const choice = await this.shown(`Which ${what}? `)
    return among[Number(choice) - 1]?.id ?? choice
  }

  private async shown(question: string): Promise<string> {
    const answer = await this.terminal.ask(question)
    if (answer === undefined) throw new Ended()
    return answer.trim()
  }

  private async hidden(question: string): Promise<string> {
    const answer = await this.terminal.askHidden(question)
    if (answer === undefined) throw new Ended()
    return answer
  }

  private tell(failure: ClientFailure): void {
    this.terminal.say(wordsOf(failure))
  }

  private giveUp(words: string): false {
    this.terminal.say(words)
    return false
  }
}

/** A refusal in words, with the field that it is about. */
export function wordsOf(failure: ClientFailure): string {
  if (failure === 'unreachable')
    return 'No chip in set-up mode answers there. Is its process running? --at says where.'
  return failure.field === undefined ? failure.message : `${failure.field}: ${failure.message}`
}
