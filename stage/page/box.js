import { element } from './element.js'
import { qrSvg } from './qr.js'
import { words } from './words.js'

/**
 * A chip that came in a box: what its label says, the phone in its hotspot, and the claim that the staff give.
 * @param plan what stage.json says of the machine
 * @param {{ act: (key: string, act: string) => Promise<void>, scan: (url: string) => void }} hands
 */
export function boxPanel(plan, hands) {
  const panel = element('div.box', { data: { key: plan.key } })
  const act = (name) => hands.act(plan.key, name)
  let shown
  return {
    panel,
    show({ box }) {
      const wanted = JSON.stringify([box, words().openBox])
      if (box === null || wanted === shown) return
      shown = wanted
      panel.dataset.state = box.settled ? 'settled' : box.open ? 'open' : 'closed'
      panel.replaceChildren(...contents(box, { act, scan: hands.scan }))
    },
  }
}

function contents(box, hands) {
  if (box.settled) return [said('boxSettled'), button('release', () => hands.act('release'))]
  if (!box.open) {
    return [
      element('div.carton', { innerHTML: CARTON }),
      said('boxClosed'),
      button('openBox', () => hands.act('open-box')),
    ]
  }
  return [label(box, hands), note(box), consoleCard(box, hands)]
}

/** The label: two codes, and what proves that somebody holds the chip. */
function label({ label: text, hotspotUp, phoneJoined }, hands) {
  const wifi = `WIFI:T:WPA;S:${escaped(text.ssid)};P:${escaped(text.passphrase)};;`
  const join = async () => {
    await hands.act('join-hotspot')
    hands.scan(text.url)
  }
  return element(
    'section.label',
    {},
    element('h3', {}, words().label),
    element(
      'div.codes',
      {},
      scannable({ text: wifi, name: words().labelWifi, data: 'wifi' }, join),
      scannable({ text: text.url, name: words().labelPage, data: 'page' }, () => hands.scan(text.url)),
    ),
    element(
      'dl',
      {},
      ...pair(words().hotspot, text.ssid),
      ...pair(words().passphrase, text.passphrase, 'label-passphrase'),
      ...pair(words().proof, text.proof, 'label-proof'),
    ),
    element(
      'p.status',
      {},
      element(
        'span.mark',
        { data: { state: hotspotUp ? 'ready' : 'empty' } },
        words()[hotspotUp ? 'hotspotUp' : 'hotspotDown'],
      ),
      ...(phoneJoined ? [element('span.mark', { data: { state: 'ready' } }, words().phoneJoined)] : []),
    ),
  )
}

function note({ home }) {
  return element(
    'section.note',
    {},
    element('h3', {}, words().homeNetwork),
    element(
      'dl',
      {},
      ...pair(words().network, home.ssid, 'home-ssid'),
      ...pair(words().passphrase, home.passphrase, 'home-passphrase'),
    ),
  )
}

function consoleCard({ claim }, hands) {
  return element(
    'section.console',
    {},
    element('h3', {}, words().console),
    ...(claim === null
      ? [said('claimWhy'), button('claim', () => hands.act('claim'))]
      : [
          scannable({ text: claim.link, name: words().claimScan, data: 'claim' }, () =>
            hands.scan(claim.link),
          ),
          element('p', {}, element('code', { data: { testid: 'claim-code' } }, claim.code)),
        ]),
  )
}

function scannable({ text, name, data }, onclick) {
  return element(
    'button.scannable',
    { type: 'button', onclick, title: name, data: { scan: data } },
    element('span', { innerHTML: qrSvg(text) }),
    element('span', {}, name),
  )
}

function said(name) {
  return element('p', {}, words()[name])
}

function button(name, onclick) {
  return element('button.act', { type: 'button', onclick, data: { act: name } }, words()[name])
}

function pair(name, text, testid) {
  return [
    element('dt', {}, name),
    element('dd', {}, element('code', testid ? { data: { testid } } : {}, text)),
  ]
}

/** What a Wi-Fi code's fields must not hold as they are (WPA3 specification 2.0, section 7.1). */
function escaped(text) {
  return text.replace(/[\\;,:"]/g, (character) => `\\${character}`)
}

const CARTON = `<svg viewBox="0 0 160 120" aria-hidden="true"><path d="M16 40h128v70a6 6 0 0 1-6 6H22a6 6 0 0 1-6-6z" fill="#c99a63"/>
<path d="M16 40l18-26h92l18 26z" fill="#dcb482"/><path d="M70 14h20l4 26H66z" fill="#b98850"/><path d="M66 40h28v22l-14-7-14 7z" fill="#e9d9bf"/>
<rect x="30" y="84" width="44" height="20" rx="2" fill="#f6efe2"/><path d="M35 90h22M35 96h30" stroke="#8d6a3c" stroke-width="2"/></svg>`
