import type { Folder } from './folder.ts'

export class PowerCut extends Error {}

interface Inode {
  bytes: Uint8Array
  synced: Uint8Array | undefined
}

/**
 * What a cut leaves of what was not synced: all of it, as a killed process does; nothing; or the names without what
 * stands in the files, as some file systems do.
 */
export type Loss = 'nothing' | 'everything' | 'contents'
export const LOSSES: readonly Loss[] = ['nothing', 'everything', 'contents']

/** A folder in memory whose every call is a moment at which power can go. */
export class MortalFolder implements Folder {
  private names = new Map<string, Inode>()
  private durable = new Map<string, Inode>()
  /** Power goes before the call of this number; counted from 0. */
  cutAt = Number.POSITIVE_INFINITY
  calls = 0
  private dead = false

  list(): readonly string[] {
    return [...this.names.keys()]
  }

  read(name: string): Uint8Array | undefined {
    return this.names.get(name)?.bytes
  }

  write(name: string, bytes: Uint8Array): void {
    // Half of it is there when power goes in the middle.
    this.step(() => this.names.set(name, { bytes: bytes.subarray(0, bytes.length / 2), synced: undefined }))
    this.names.set(name, { bytes, synced: undefined })
  }

  syncFile(name: string): void {
    this.step()
    const inode = this.names.get(name)
    if (inode === undefined) throw new Error(`no ${name}`)
    inode.synced = inode.bytes
  }

  rename(from: string, to: string): void {
    this.step()
    const inode = this.names.get(from)
    if (inode === undefined) throw new Error(`no ${from}`)
    this.names.delete(from)
    this.names.set(to, inode)
  }

  remove(name: string): void {
    this.step()
    this.names.delete(name)
  }

  syncNames(): void {
    this.step()
    this.durable = new Map(this.names)
  }

  /** Power comes back. */
  reboot(loss: Loss): void {
    this.dead = false
    this.cutAt = Number.POSITIVE_INFINITY
    this.calls = 0
    if (loss === 'everything') this.names = new Map(this.durable)
    for (const inode of loss === 'nothing' ? [] : this.names.values()) {
      inode.bytes = inode.synced ?? new Uint8Array(0)
    }
    this.durable = new Map(this.names)
  }

  private step(inTheMiddle: () => void = () => {}): void {
    if (this.dead) throw new Error('a chip without power touched its disk')
    if (this.calls === this.cutAt) {
      inTheMiddle()
      this.dead = true
      throw new PowerCut()
    }
    this.calls += 1
  }
}
