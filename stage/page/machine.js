import { drawing } from './drawing.js'
import { element } from './element.js'
import { qrSvg } from './qr.js'
import { words } from './words.js'

/** What a display shows that is no code, as a sign. */
const SIGNS = { running: '◔', done: '✓', failed: '✕', wait: '…', 'out-of-service': '—', words: '' }

/**
 * A machine on the stage: its drawing, its code, what can be touched on it, and what goes wrong.
 * @param plan what stage.json says of it
 * @param {{ act: (key: string, act: string, product?: number) => void, scan: (url: string) => void }} hands
 */
export function machineCard(plan, hands) {
  let sight = null
  const act = (name, product) => hands.act(plan.key, name, product)
  const code = element('button.code', {
    type: 'button',
    onclick: () => sight?.code && hands.scan(sight.code),
  })
  const front = element('div.front', { innerHTML: drawing(plan.key) }, code)
  const engraved = front.querySelector('.engraved')
  if (engraved) engraved.textContent = plan.number
  front.append(...touchables(plan, act))
  const status = element('p.status')
  const meter = element('div.meter', { hidden: true }, element('i'), element('span'))
  const wrong = element('div.wrong')
  const card = element(
    'article.machine',
    { data: { key: plan.key, codes: plan.codes } },
    front,
    element('h3', {}, plan.name),
    element('p.place', {}, plan.place),
    status,
    meter,
    wrong,
  )
  let shownCode
  return {
    card,
    show(next) {
      sight = next
      Object.assign(card.dataset, {
        state: next.state,
        power: next.powered ? 'on' : 'off',
        pasted: next.pastedFrom ?? '',
        network: next.networkCut ? 'cut' : 'whole',
      })
      status.replaceChildren(...statusOf(next))
      showMeter(meter, next, plan)
      card.style.setProperty('--done', next.run ? String(next.run.delivered / next.run.ordered) : '0')
      const wanted = JSON.stringify([next.code, next.screen, next.powered, next.pastedFrom, words().scan])
      if (wanted !== shownCode) showCode(code, next, plan)
      shownCode = wanted
      wrong.replaceChildren(...wrongs(plan, next, act))
    },
  }
}

function touchables(plan, act) {
  const parts = []
  if (plan.presence === 'button') {
    parts.push(
      element('button.press', {
        type: 'button',
        title: words().button,
        'aria-label': words().button,
        onclick: () => act('button'),
      }),
    )
  }
  if (plan.codes === 'displayed') {
    const keys = plan.products.map(({ id, name }) =>
      element('button.key', { type: 'button', onclick: () => act('select', id) }, name),
    )
    parts.push(element('div.keys', {}, ...keys))
  }
  if (plan.presence === 'blink') parts.push(element('p.blinking', { role: 'status' }))
  return parts
}

function showCode(code, sight, plan) {
  const display = plan.codes === 'displayed' && sight.pastedFrom === null
  code.dataset.kind = display ? 'display' : 'sticker'
  code.setAttribute('aria-label', `${words().scan}: ${plan.name}`)
  code.title = words().scan
  code.disabled = sight.code === ''
  const showsCode = !display || (sight.powered && sight.screen.kind === 'code' && sight.code !== '')
  if (showsCode && sight.code) {
    code.innerHTML = qrSvg(sight.code)
    if (display && sight.screen.text) code.append(element('span.caption', {}, sight.screen.text))
    return
  }
  code.replaceChildren()
  if (!sight.powered || sight.screen.kind === 'blank') return
  code.append(
    element('span.sign', { data: { kind: sight.screen.kind } }, SIGNS[sight.screen.kind] ?? ''),
    element('span.text', { data: { kind: sight.screen.kind } }, sight.screen.text),
  )
}

function statusOf(sight) {
  const { state, noNetwork, pasted } = words()
  const marks = [element('span.mark', { data: { state: sight.state } }, state[sight.state] ?? sight.state)]
  if (sight.networkCut) marks.push(element('span.mark', { data: { state: 'fault' } }, noNetwork))
  if (sight.pastedFrom !== null) marks.push(element('span.mark', { data: { state: 'pasted' } }, pasted))
  return marks
}

function showMeter(meter, sight, plan) {
  const { run } = sight
  meter.hidden = run === null
  if (run === null) return
  const unit = plan.products[0]?.unit ?? ''
  meter.dataset.end = run.end
  meter.lastElementChild.textContent = `${run.delivered} ${words().of} ${run.ordered} ${words().unit[unit] ?? unit}`
  meter.firstElementChild.style.inlineSize = `${(100 * run.delivered) / run.ordered}%`
}

function wrongs(plan, sight, act) {
  const names = [
    sight.state === 'fault' ? 'repair' : 'jam',
    'part',
    sight.powered ? 'unplug' : 'plug',
    sight.networkCut ? 'restore-network' : 'cut-network',
    sight.pastedFrom === null ? 'paste' : 'peel',
    ...(plan.coins ? ['coin'] : []),
    ...(plan.stocked ? [sight.stock === 0 ? 'refill' : 'run-out'] : []),
  ]
  return names.map((name) =>
    element('button', { type: 'button', data: { act: name }, onclick: () => act(name) }, words()[name]),
  )
}

/** Blinks a number on the charger's lamp: each digit as so many flashes. Stops the one before. */
export function blinker(card) {
  let timer = 0
  let shown = ''
  const lamp = card.querySelector('.lamp')
  const caption = card.querySelector('.blinking')
  return (number) => {
    if (number === shown || !lamp) return
    shown = number
    clearTimeout(timer)
    lamp.classList.remove('lit')
    if (caption)
      caption.textContent = number
        ? `${words().blinks}: ${[...number].map((digit) => '●'.repeat(Number(digit))).join(' · ')}`
        : ''
    if (!number) return
    const flashes = [...number].flatMap((digit) => [...Array(Number(digit)).fill(true), false])
    const flash = (index) => {
      lamp.classList.toggle('lit', flashes[index % flashes.length])
      timer = setTimeout(
        () => {
          lamp.classList.remove('lit')
          timer = setTimeout(() => flash(index + 1), 260)
        },
        flashes[index % flashes.length] ? 260 : 700,
      )
    }
    flash(0)
  }
}
