import type { Authority } from '#hosting/certificate.ts'
import type { ChipId } from '#protocol/identifier.ts'
import type { Signer } from '#protocol/cose.ts'
import type { Hello } from '#protocol/message/hello.ts'
import { type NodeKeyPair, generateNodeKeys, nodeSigner, nodeVerifier } from '#protocol/node-keys.ts'
import { ChipConversation, type ConversationPorts } from '#system/chip/conversation.ts'
import { openMqttLink, type MqttLink } from '#system/chip/mqtt-link.ts'
import { systemClock } from '#system/clock.ts'
import type { MachineRecord } from '#system/machine/record.ts'

const LIMIT_MS = 10_000

interface Arrival {
  readonly chipId: ChipId
  readonly text: string
}

/** The system as far as the chip link goes: its own link and conversation, and a registry of few chips. */
export interface SystemAtLink {
  readonly link: MqttLink
  /** Whatever the broker brought. */
  readonly arrivals: readonly Arrival[]
  /** The last that it believed a chip of itself. */
  lastHello(chipId: ChipId): Hello | undefined
  /** What it refused, one line each, in what its log has. */
  readonly warnings: readonly { readonly chipId: unknown; readonly what: string }[]
  signerOf(chipId: ChipId): Signer
  until(isSo: (arrivals: readonly Arrival[]) => boolean): Promise<void>
  stop(): Promise<void>
}

interface SystemPlan {
  readonly authority: Authority
  readonly port: number
  readonly chips: readonly ChipId[]
}

export async function startSystem({ authority, port, chips }: SystemPlan): Promise<SystemAtLink> {
  const keys = new Map<ChipId, NodeKeyPair>(chips.map((chipId) => [chipId, generateNodeKeys('ES256')]))
  const arrivals: Arrival[] = []
  const warnings: { chipId: unknown; what: string }[] = []
  const connected = Promise.withResolvers<void>()
  let changed = () => {}
  const link = openMqttLink(
    {
      url: `mqtts://localhost:${String(port)}`,
      caFile: authority.caFile,
      ...(await authority.client('system')),
      nodeName: 'matrix',
      takeovers: true,
    },
    (state) => {
      if (state === 'connected') connected.resolve()
    },
  )
  const conversation = new ChipConversation({
    link,
    machines: registryOf(keys),
    clock: systemClock,
    signer: nodeSigner(generateNodeKeys('ES256').privateKeyPem, { withKid: true }),
    onFact: async () => undefined,
    onFreeStart: async () => false,
    onHello: () => changed(),
    warn: (what, details) => {
      warnings.push({ chipId: details['chipId'], what: `${what}: ${JSON.stringify(details)}` })
      changed()
    },
  })
  link.onMessage((chipId, bytes) => {
    arrivals.push({ chipId, text: Buffer.from(bytes).toString() })
    changed()
  })
  await connected.promise
  return {
    link,
    arrivals,
    lastHello: (chipId) => conversation.lastHello(chipId)?.hello,
    warnings,
    signerOf: (chipId) => nodeSigner(keys.get(chipId)?.privateKeyPem ?? '', { withKid: false }),
    async until(isSo) {
      const deadline = Date.now() + LIMIT_MS
      while (!isSo(arrivals)) {
        const leftMs = deadline - Date.now()
        if (leftMs <= 0) throw new Error(`nothing came to the system within ${String(LIMIT_MS)} ms`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs)
          changed = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
    stop: () => link.close(),
  }
}

function registryOf(keys: ReadonlyMap<ChipId, NodeKeyPair>): ConversationPorts['machines'] {
  const machines = {
    machineByChip: async (chipId: ChipId) => {
      const own = keys.get(chipId)
      if (!own) return null
      return {
        chipId,
        chipKeys: [nodeVerifier(own.spki)],
        chipRevoked: false,
        chipQuarantined: false,
        tariff: null,
      } as unknown as MachineRecord
    },
  }
  return machines as unknown as ConversationPorts['machines']
}
