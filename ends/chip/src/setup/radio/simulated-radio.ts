import { connect, type Socket } from 'node:net'
import { Value } from 'typebox/value'
import { fail, ok, type Result } from '#protocol/result.ts'
import { AirAnswer, type AirAnswers, airLines, type AirQuestion, Numbered } from './air-message.ts'
import type { Connectivity, HotspotPlan, JoinFailure, Radio, SeenNetwork, WifiPlan } from './radio.ts'
import type { Via } from './via.ts'

export interface SimulatedRadioOptions {
  /** Where the air is. */
  readonly host: string
  readonly port: number
  /** Where this chip serves its set-up page: phones in the hotspot are led there. */
  readonly page: { readonly host: string; readonly port: number }
}

/** Joining may take long in a slow network; an air that has not answered by then is gone. */
const ANSWER_TIMEOUT_MS = 60_000
const MAX_QUESTIONS_OPEN = 32

/** A question without its number. */
type Asked<Op extends AirQuestion['op']> = Omit<Extract<AirQuestion, { op: Op }>, 'id'>

/** A radio whose world is an air (`air.ts`) behind a TCP port. `radio-failed` where nobody is there. */
export async function connectSimulatedRadio(
  options: SimulatedRadioOptions,
): Promise<Result<Radio, 'radio-failed'>> {
  const line = new AirLine(options)
  const hello = await line.ask({ op: 'hello' })
  if (!hello.ok) {
    line.close()
    return hello
  }
  return ok(new SimulatedRadio(line, options, hello.value))
}

class SimulatedRadio implements Radio {
  readonly holdsBoth: boolean
  readonly via: Via
  private readonly line: AirLine
  private readonly page: SimulatedRadioOptions['page']

  constructor(line: AirLine, options: SimulatedRadioOptions, hello: AirAnswers['hello']) {
    this.line = line
    this.page = options.page
    this.holdsBoth = hello.holdsBoth
    this.via = { host: options.host, port: hello.proxyPort }
  }

  async scan(): Promise<Result<readonly SeenNetwork[], 'radio-failed'>> {
    const answer = await this.line.ask({ op: 'scan' })
    return answer.ok ? ok(answer.value.networks) : answer
  }

  openHotspot(plan: HotspotPlan): Promise<Result<{ readonly address: string }, 'radio-failed'>> {
    return this.line.ask({ op: 'open-hotspot', plan, page: this.page })
  }

  async closeHotspot(): Promise<void> {
    await this.line.ask({ op: 'close-hotspot' })
  }

  async join(plan: WifiPlan): Promise<Result<{ readonly address: string }, JoinFailure>> {
    const answer = await this.line.ask({ op: 'join', plan })
    if (!answer.ok) return answer
    return 'failure' in answer.value ? fail(answer.value.failure) : ok(answer.value)
  }

  async leave(): Promise<void> {
    await this.line.ask({ op: 'leave' })
  }

  async connectivity(): Promise<Connectivity> {
    const answer = await this.line.ask({ op: 'connectivity' })
    return answer.ok ? answer.value.connectivity : 'none'
  }

  async ethernet(): Promise<boolean> {
    const answer = await this.line.ask({ op: 'ethernet' })
    return answer.ok && answer.value.plugged
  }

  async close(): Promise<void> {
    await this.line.ask({ op: 'close-hotspot' })
    this.line.close()
  }
}

/** Questions and their answers over one connection; once that is lost, every question fails. */
class AirLine {
  private readonly socket: Socket
  private readonly open = new Map<number, (answer: unknown) => void>()
  private closed = false
  private asked = 0

  constructor(place: { readonly host: string; readonly port: number }) {
    this.socket = connect({ host: place.host, port: place.port })
    this.socket.setNoDelay(true)
    this.socket.on('error', () => this.close())
    this.socket.on('close', () => this.close())
    this.socket.on(
      'data',
      airLines(
        (message) => {
          if (Value.Check(Numbered, message)) this.open.get(message.id)?.(message)
        },
        () => this.close(),
      ),
    )
  }

  ask<Op extends AirQuestion['op']>(
    question: Asked<Op> & { readonly op: Op },
  ): Promise<Result<AirAnswers[Op], 'radio-failed'>> {
    if (this.closed || this.open.size >= MAX_QUESTIONS_OPEN) return Promise.resolve(fail('radio-failed'))
    this.asked += 1
    const id = this.asked
    return new Promise((resolve) => {
      const settle = (answer: unknown): void => {
        clearTimeout(limit)
        this.open.delete(id)
        const schema = AirAnswer[question.op]
        resolve(Value.Check(schema, answer) ? ok(answer as AirAnswers[Op]) : fail('radio-failed'))
      }
      const limit = setTimeout(() => settle(undefined), ANSWER_TIMEOUT_MS)
      this.open.set(id, settle)
      this.socket.write(`${JSON.stringify({ id, ...question })}\n`)
    })
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.socket.destroy()
    for (const settle of this.open.values()) settle(undefined)
  }
}
