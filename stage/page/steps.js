import { element } from './element.js'
import { words } from './words.js'

const STEPS = Array.from({ length: 12 }, (_, index) => `S${index + 1}`)
const BAD = new Set(['S11', 'S12'])
const LISTED_MAX = 120

/**
 * The strip of steps and the list of what was said. Shows what was seen, and nothing else.
 * @param plans what stage.json says of the machines
 */
export function stepsAndSayings(plans) {
  const names = new Map(plans.map(({ key, name }) => [key, name]))
  const strip = document.querySelector('#strip')
  const list = document.querySelector('#list')
  const about = document.querySelector('#about-payment')
  const showAll = document.querySelector('#show-all')
  let sightings = []
  let chosen = null
  const open = new Set()

  const render = () => {
    const payment = currentPayment(sightings)
    const mine = ofPayment(sightings, payment)
    about.textContent = payment
      ? `${words().payment} ${payment.slice(0, 8)} · ${names.get(machineOf(mine)) ?? ''}`
      : words().noPayment
    strip.replaceChildren(
      ...STEPS.map((step) =>
        stepCell(step, { lit: mine.some((one) => one.step === step), pressed: step === chosen, choose }),
      ),
    )
    showAll.hidden = chosen === null
    const shown = (
      chosen === null ? sightings.filter(({ step }) => step) : mine.filter(({ step }) => step === chosen)
    ).slice(-LISTED_MAX)
    if (shown.length === 0) {
      list.replaceChildren(element('p.hint', {}, chosen ? words().nothingForStep : words().nothingSaid))
      return
    }
    list.replaceChildren(...shown.toReversed().map((one) => saying(one, names, open)))
  }
  const choose = (step) => {
    chosen = chosen === step ? null : step
    render()
  }
  showAll.addEventListener('click', () => {
    chosen = null
    render()
  })
  return {
    render,
    history(all) {
      sightings = all
      render()
    },
    add(sighting) {
      sightings.push(sighting)
      if (sightings.length > 400) sightings.shift()
      render()
    },
  }
}

function stepCell(step, { lit, pressed, choose }) {
  const [title, meaning] = words().step[step]
  const cell = element(
    'button.step',
    {
      type: 'button',
      title: meaning,
      'aria-pressed': String(pressed),
      data: { lit: lit ? 'yes' : 'no', bad: BAD.has(step) ? 'yes' : 'no' },
      onclick: () => choose(step),
    },
    element('b', {}, step),
    element('span', {}, title),
    element('small', {}, meaning),
  )
  return element('li', {}, cell)
}

/** The payment that was claimed last. */
function currentPayment(sightings) {
  const started = sightings.findLast(
    ({ paymentId, step }) => paymentId !== null && (step === 'S2' || step === 'S3'),
  )
  return started?.paymentId ?? null
}

/** What was said in this payment, and how its code came to be, before there was a payment. */
function ofPayment(sightings, payment) {
  if (payment === null) return []
  const own = sightings.filter(({ paymentId }) => paymentId === payment)
  const codeHash = own.find(({ name }) => name === 'check')?.fields.codeHash
  if (!codeHash) return own
  const code = sightings.filter(({ step, fields }) => step === 'S1' && fields.codeHash === codeHash)
  const requests = new Set(code.map(({ fields }) => fields.requestId).filter(Boolean))
  const asked = sightings.filter(
    ({ name, fields }) => name === 'issue-request' && requests.has(fields.requestId),
  )
  return [...asked, ...code, ...own]
}

function machineOf(sightings) {
  return sightings.find(({ machine }) => machine !== null)?.machine ?? null
}

function saying(one, names, open) {
  const details = element('details.saying', {
    open: open.has(one.id),
    ontoggle: (event) => (event.target.open ? open.add(one.id) : open.delete(one.id)),
  })
  const where = names.get(one.machine) ?? ''
  details.append(
    element(
      'summary',
      {},
      element('b.tag', { data: { bad: BAD.has(one.step) ? 'yes' : 'no' } }, one.step),
      element('span.who', {}, `${one.from} → ${one.to}`),
      element('span.what', {}, one.kind === 'message' ? `${one.name} · ${brief(one)}` : brief(one)),
      element('span.where', {}, where),
      element('time', {}, new Date(one.atMs).toLocaleTimeString([], { hour12: false })),
    ),
    element(
      'p.signed',
      { data: { ok: one.signedBy ? String(one.signedBy.verified) : 'none' } },
      signature(one),
    ),
    fieldTable(one.fields),
  )
  if (one.hex) {
    const pairs = one.hex.match(/.{2}/g) ?? []
    details.append(
      element('p.bytes', {}, `${pairs.length} ${words().bytes}`),
      element('pre', {}, pairs.join(' ')),
    )
  }
  return details
}

function brief(one) {
  const skip = new Set([
    'name',
    'chipId',
    'nonce',
    'codeHash',
    'code',
    'boot',
    'paymentId',
    'commandId',
    'requestId',
  ])
  return Object.entries(one.fields)
    .filter(
      ([name, value]) => !skip.has(name) && value !== '' && (typeof value !== 'object' || value?.amountMinor),
    )
    .slice(0, 5)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? money(value) : value}`)
    .join(', ')
}

function money({ amountMinor, currency }) {
  const format = new Intl.NumberFormat([], { style: 'currency', currency })
  return format.format(Number(amountMinor) / 10 ** format.resolvedOptions().maximumFractionDigits)
}

function signature({ signedBy }) {
  const { signedChip, signedSystem, checksOut, checksNot, notSigned } = words()
  if (!signedBy) return notSigned
  const who = signedBy.who === 'chip' ? signedChip : signedSystem
  const key = signedBy.kid ? ` ${signedBy.kid}` : ''
  return `${who} (${signedBy.alg}${key}): ${signedBy.verified ? checksOut : checksNot}.`
}

function fieldTable(fields) {
  const rows = Object.entries(fields).map(([name, value]) =>
    element(
      'div',
      {},
      element('dt', {}, name),
      element('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value)),
    ),
  )
  return element('dl.fields', {}, ...rows)
}
