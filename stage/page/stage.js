import { boxPanel } from './box.js'
import { element } from './element.js'
import { blinker, machineCard } from './machine.js'
import { stepsAndSayings } from './steps.js'
import { otherLanguage, sayAll, words } from './words.js'

const NOTICE_MS = 5000
const $ = (selector) => document.querySelector(selector)
const houseText = await (await fetch('/stage.json')).text()
const house = JSON.parse(houseText)

let noticeTimer = 0
function notice(text) {
  $('#notice').textContent = text
  clearTimeout(noticeTimer)
  noticeTimer = setTimeout(() => ($('#notice').textContent = ''), NOTICE_MS)
}

/** A fresh frame each time: as when a phone's camera opens an address. */
function scan(url) {
  const frame = element('iframe', {
    title: words().phone,
    allow: `publickey-credentials-get ${house.systemUrl}; publickey-credentials-create ${house.systemUrl}; camera ${house.systemUrl}`,
    src: url,
  })
  $('#screen').replaceChildren(frame)
  $('#own-window').href = url
  if (matchMedia('(max-width: 1179px)').matches) $('.hand').scrollIntoView({ behavior: 'smooth' })
}

async function act(key, name, product) {
  const answer = await fetch(`/machines/${key}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(product === undefined ? {} : { product }),
  }).catch(() => null)
  const { done } = answer?.ok ? await answer.json() : {}
  if (done === 'coin-taken' || done === 'coin-returned') notice(words()[done])
}

function showCustomers() {
  const rows = house.customers.map(({ username, name, password, opening }) => {
    const rich = Number(opening.amount) >= 10
    const purse = rich ? words().plenty : `${words().little} ${opening.amount} ${opening.currency}`
    return element(
      'div',
      {},
      element('dt', {}, `${name} (${purse})`),
      element('dd', {}, element('code', {}, username), ' ', element('code', {}, password)),
    )
  })
  $('#customers').replaceChildren(...rows)
}

let bank = 'whole'
function showBank() {
  const choices = ['whole', 'slow', 'silent'].map((name) =>
    element(
      'button',
      {
        type: 'button',
        'aria-pressed': String(bank === name),
        data: { name },
        onclick: () => fetch(`/bank/${name}`, { method: 'POST' }),
      },
      words()[name],
    ),
  )
  $('#conditions').replaceChildren(...choices)
}

let cards = new Map()
let lastSights = []
function layOut() {
  cards = new Map(
    house.machines.map((plan) => {
      const made = machineCard(plan, { act: (...what) => void act(...what), scan })
      const box = plan.boxed ? boxPanel(plan, { act, scan }) : null
      return [plan.key, { ...made, box, blink: blinker(made.card) }]
    }),
  )
  const fitted = [...cards.values()].filter(({ box }) => box === null)
  const boxed = [...cards.values()].filter(({ box }) => box !== null)
  $('#row').replaceChildren(...fitted.map(({ card }) => card))
  const newcomer = $('#newcomer')
  newcomer.hidden = boxed.length === 0
  newcomer.replaceChildren(newcomer.firstElementChild, ...boxed.flatMap(({ card, box }) => [card, box.panel]))
  showSights(lastSights)
}
function showSights(sights) {
  lastSights = sights
  for (const sight of sights) {
    const card = cards.get(sight.key)
    card?.show(sight)
    card?.box?.show(sight)
    card?.blink(sight.blinking)
  }
}

const steps = stepsAndSayings(house.machines)
function sayEverything() {
  sayAll()
  $('#language').textContent = words().otherLanguage
  if (!$('#screen iframe')) $('#screen').replaceChildren(element('p.empty', {}, words().phoneEmpty))
  showCustomers()
  showBank()
  layOut()
  steps.render()
}
$('#language').addEventListener('click', () => {
  otherLanguage()
  sayEverything()
})
$('#camera').addEventListener('click', () => scan(`${house.systemUrl}/`))
$('#own-window').href = house.systemUrl
sayEverything()

const events = new EventSource('/events')
const on = (name, take) => events.addEventListener(name, (event) => take(JSON.parse(event.data)))
on('machines', showSights)
on('history', (all) => steps.history(all))
on('sighting', (one) => steps.add(one))
on('bank', (condition) => {
  bank = condition
  showBank()
})
/** After a restart this page goes on, unless the house is another one: other chips, other passwords. */
async function lookAgain() {
  const now = await (await fetch('/stage.json')).text()
  if (now !== houseText) location.reload()
}
events.addEventListener('open', () => {
  if (!$('#lost').hidden) void lookAgain()
  $('#lost').hidden = true
})
events.addEventListener('error', () => ($('#lost').hidden = false))
