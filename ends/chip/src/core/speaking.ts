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

  sayAgain(name: MessageName, bytes: Uint8Array): void {
    if (!this.ports.link.isConnected()) return
    this.ports.link.send(bytes, (accepted) => {
      if (!accepted) this.ports.log({ msg: 'message not taken by the broker', what: { name } })
    })
  }
}
