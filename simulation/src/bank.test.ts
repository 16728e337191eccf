import { bankSuite } from '#system/bank/port.suite.ts'
import type { Bank } from '#system/bank/port.ts'
import { SimulatedBank } from './bank.ts'
import { Random } from './random.ts'
import { EPOCH_MS } from './registry.ts'
import { VirtualTime } from './time.ts'
import { Trace } from './trace.ts'
import { Weather } from './weather.ts'

/** Long enough for any request in fair weather to be answered. */
const REQUEST_MS = 5000

bankSuite('the simulated bank in fair weather', () => {
  const time = new VirtualTime()
  const trace = new Trace(time)
  const bank = new SimulatedBank({
    time,
    random: new Random('bank'),
    weather: new Weather('none', trace),
    trace,
  })
  const line = bank.line(() => true)
  const inTime = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    await time.run(time.nowMs() + REQUEST_MS)
    return answer
  }
  const driven: Bank = {
    submit: (order) => inTime(line.submit(order)),
    ask: (order) => inTime(line.ask(order)),
    requestMandate: (request) => inTime(line.requestMandate(request)),
    mandateStatus: (mandateId) => inTime(line.mandateStatus(mandateId)),
  }
  return {
    bank: driven,
    creditor: { name: 'Suds', iban: 'DE02120300000000202051' },
    nowMs: () => EPOCH_MS + time.nowMs(),
    approve: async ({ mandateId }) => bank.decideMandate(mandateId, 'valid'),
  }
})
