import type { ChipId } from '#protocol/identifier.ts'

/**
 * The way to the chips. It promises nothing: what is sent may be lost, doubled, late or out of order, and what
 * arrives has to be verified by whoever reads it.
 */
export interface ChipLink {
  /** Resolves once it is on its way; rejects when the link knows that it is not. */
  send(chipId: ChipId, bytes: Uint8Array): Promise<void>
  /** `chipId` is the sender by the link's own authentication (the topic it may write to). */
  onMessage(receive: (chipId: ChipId, bytes: Uint8Array) => void): void
}
