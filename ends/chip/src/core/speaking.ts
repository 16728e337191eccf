import { type MessageName, seal, type UpMessage } from '#protocol'
import type { ChipPorts } from './ports.ts'

/** Signs and sends. What must arrive is sent again by whoever said it: the link promises nothing. */
export class Speaking {
  private readonly ports: ChipPorts

  constructor(ports: ChipPorts) {
    this.ports = ports
  }

  say(message: UpMessage): Uint8Array {
    const bytes = seal(message, this.ports.keys.signer)
    this.sayAgain(message.name, bytes)
    return bytes
  }

  /** Tells whether the broker took it. */
  sayAndHear(message: UpMessage, settled: (accepted: boolean) => void): void {
    this.send(message.name, seal(message, this.ports.keys.signer), settled)
  }

  sayAgain(name: MessageName, bytes: Uint8Array): void {
    if (this.ports.link.isConnected()) this.send(name, bytes, () => {})
  }

  private send(name: MessageName, bytes: Uint8Array, settled: (accepted: boolean) => void): void {
    this.ports.link.send(bytes, (accepted) => {
      if (!accepted) this.ports.log({ msg: 'message not taken by the broker', what: { name } })
      settled(accepted)
    })
  }
}
