import { fail, ok, type Result } from '#protocol'
import {
  type Configuration,
  decodeConfiguration,
  decodePending,
  encodeConfiguration,
  encodePending,
  type FileProblem,
  type Pending,
} from './configuration.ts'
import { type Folder, isLeftover, keepWhole } from './folder.ts'

const CONFIGURATION = 'configuration.json'
const PENDING = 'pending.json'
/** While it stands there, the chip is being wiped, whatever else there is. */
const WIPING = 'wiping'
const KEY_FILE = /^ldevid-([0-9]{1,9})\.key\.pem$/

/** The chip cannot know what it is: nothing is changed, and a person has to look. */
export interface StoreError {
  readonly file: string
  readonly problem: FileProblem | 'key-missing' | 'other-chip'
  readonly say: string
}

/** A key file by its name, PKCS #8 in PEM. */
export interface KeptKey {
  readonly keyFile: string
  readonly privateKeyPem: string
}

/**
 * What a chip is, on disk. One file says it, written whole; keys stand beside it in files of their own, written before
 * the file that names them. So, power cut anywhere:
 *
 * | it is        | there is               | on                     | then it is   |
 * | ------------ | ---------------------- | ---------------------- | ------------ |
 * | out of box   | nothing                | `begin`                | under way    |
 * | under way    | pending.json           | `begin`                | under way    |
 * | under way    | pending.json           | `configure`            | configured   |
 * | configured   | configuration.json     | `configure`            | configured   |
 * | any          | anything               | `wipe`: a marker first | out of box   |
 *
 * What a cut left lying about is cleared away when the store is opened, a wipe that was begun is ended.
 */
export class Store {
  private readonly folder: Folder
  private readonly alsoWiped: readonly string[]
  private configured: Configuration | undefined
  private underWay: Pending | undefined

  private constructor(folder: Folder, alsoWiped: readonly string[]) {
    this.folder = folder
    this.alsoWiped = alsoWiped
  }

  /** `alsoWiped` names what else in the folder goes with a wipe, such as the journal. */
  static open(
    folder: Folder,
    about: { readonly chipId: string; readonly alsoWiped: readonly string[] },
  ): Result<Store, StoreError> {
    const store = new Store(folder, about.alsoWiped)
    if (folder.read(WIPING) !== undefined) store.wipe()
    const read = store.readConfiguration(about.chipId)
    if (!read.ok) return read
    store.configured = read.value
    store.underWay = read.value === undefined ? store.readPending() : undefined
    store.clearAway()
    return ok(store)
  }

  configuration(): Configuration | undefined {
    return this.configured
  }

  pending(): Pending | undefined {
    return this.underWay
  }

  /** The name of a key file that never was. */
  freshKeyFile(): string {
    const used = this.folder.list().map((name) => Number(KEY_FILE.exec(name)?.[1] ?? 0))
    return `ldevid-${String(Math.max(0, ...used) + 1)}.key.pem`
  }

  key(keyFile: string): string | undefined {
    const bytes = this.folder.read(keyFile)
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
  }

  /** A set-up begins, or goes on with other values. A new key is durable before anything names it. */
  begin(pending: Pending, key?: KeptKey): void {
    if (this.configured !== undefined) throw new Error('a chip that is configured is released first')
    if (key !== undefined) this.keepKey(key)
    keepWhole(this.folder, PENDING, encodePending(pending))
    this.underWay = pending
    this.clearAway()
  }

  /** From here on the chip is this. */
  configure(configuration: Configuration): void {
    if (this.key(configuration.identity.keyFile) === undefined) {
      throw new Error('a configuration names a key that is not kept')
    }
    keepWhole(this.folder, CONFIGURATION, encodeConfiguration(configuration))
    this.configured = configuration
    this.underWay = undefined
    this.clearAway()
  }

  /** Out of the box again: keys, configuration, journal. */
  wipe(): void {
    keepWhole(this.folder, WIPING, new Uint8Array(0))
    const names = this.folder.list()
    for (const name of names.filter((name) => KEY_FILE.test(name))) this.folder.remove(name)
    for (const name of names.filter(isLeftover)) this.folder.remove(name)
    for (const name of [CONFIGURATION, PENDING, ...this.alsoWiped]) this.folder.remove(name)
    this.folder.syncNames()
    this.folder.remove(WIPING)
    this.folder.syncNames()
    this.configured = undefined
    this.underWay = undefined
  }

  private keepKey({ keyFile, privateKeyPem }: KeptKey): void {
    if (!KEY_FILE.test(keyFile)) throw new Error('a key file is named by its generation')
    keepWhole(this.folder, keyFile, Buffer.from(privateKeyPem))
  }

  private readConfiguration(chipId: string): Result<Configuration | undefined, StoreError> {
    const bytes = this.folder.read(CONFIGURATION)
    if (bytes === undefined) return ok(undefined)
    const decoded = decodeConfiguration(bytes)
    if (!decoded.ok) return fail({ file: CONFIGURATION, problem: decoded.error, say: SAY[decoded.error] })
    const problem =
      decoded.value.chipId === chipId
        ? this.key(decoded.value.identity.keyFile) === undefined && 'key-missing'
        : 'other-chip'
    if (problem === false) return decoded
    return fail({ file: CONFIGURATION, problem, say: SAY[problem] })
  }

  /** A set-up that cannot be read, or whose key is gone, is begun anew: nothing of worth hangs on it. */
  private readPending(): Pending | undefined {
    const bytes = this.folder.read(PENDING)
    const decoded = bytes === undefined ? undefined : decodePending(bytes)
    if (decoded?.ok !== true) return undefined
    return this.key(decoded.value.keyFile) === undefined ? undefined : decoded.value
  }

  /** Removes what no file names any more. A cut in between only leaves some of it for the next time. */
  private clearAway(): void {
    const kept = new Set([this.configured?.identity.keyFile, this.underWay?.keyFile])
    const isOver = (name: string): boolean =>
      isLeftover(name) ||
      (KEY_FILE.test(name) && !kept.has(name)) ||
      (name === PENDING && this.underWay === undefined)
    const over = this.folder.list().filter(isOver)
    for (const name of over) this.folder.remove(name)
    if (over.length > 0) this.folder.syncNames()
  }
}

const SAY: Readonly<Record<StoreError['problem'], string>> = {
  damaged: 'it is damaged: restore it from a copy, or remove it, which makes the chip as out of the box',
  foreign:
    'it was not written by this version: start the version that wrote it, or remove it and set up anew',
  'key-missing': 'the key that it names is not beside it: restore it, or remove the file and set up anew',
  'other-chip': 'it is of another chip: each chip has a folder of its own',
}
