import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Where lines come from: a terminal, or a pipe. */
export interface LineSource extends Readable {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

/** Longer lines than this are not typed. */
const MAX_LINE_CHARACTERS = 4_096
const INTERRUPT = '\u0003'
const END = '\u0004'
const ERASERS: ReadonlySet<string> = new Set(['\u007f', '\b'])

/**
 * A terminal as plain as can be, so that it works over any line: no colour, nothing is ever written twice. What is
 * typed as an answer to `askHidden` is not shown.
 */
export class Terminal {
  private readonly input: LineSource
  private readonly output: Writable
  private readonly decoder = new StringDecoder('utf8')
  private readonly typed: string[] = []
  private ended = false
  private wake = (): void => {}

  constructor(input: LineSource, output: Writable) {
    this.input = input
    this.output = output
    input.on('data', (bytes: Buffer) => {
      this.typed.push(...Array.from(this.decoder.write(bytes)))
      this.wake()
    })
    input.once('end', () => this.end())
    input.once('error', () => this.end())
    input.pause()
  }

  say(line: string): void {
    this.output.write(`${line}\n`)
  }

  /** Undefined once there is nothing more to come. */
  ask(question: string): Promise<string | undefined> {
    this.output.write(question)
    return this.line()
  }

  async askHidden(question: string): Promise<string | undefined> {
    const hides = this.input.isTTY === true
    // Before it is asked for: whoever types at once is not shown either.
    if (hides) this.input.setRawMode?.(true)
    this.output.write(question)
    const line = await this.line()
    if (hides) this.input.setRawMode?.(false)
    this.output.write('\n')
    return line
  }

  close(): void {
    this.input.pause()
  }

  private end(): void {
    this.ended = true
    this.wake()
  }

  private async line(): Promise<string | undefined> {
    const characters: string[] = []
    for (;;) {
      const character = this.typed.shift()
      if (character === undefined) {
        if (this.ended) return characters.length === 0 ? undefined : characters.join('')
        await this.more()
      } else if (character === '\n' || character === '\r') {
        if (character === '\r' && this.typed[0] === '\n') this.typed.shift()
        return characters.join('')
      } else if (character === INTERRUPT || (character === END && characters.length === 0)) {
        this.ended = true
        return undefined
      } else if (ERASERS.has(character)) {
        characters.pop()
      } else if (characters.length < MAX_LINE_CHARACTERS) {
        characters.push(character)
      }
    }
  }

  private more(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.input.pause()
        resolve()
      }
      this.input.resume()
    })
  }
}
