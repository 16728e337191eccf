import type { JSX } from 'preact'
import { type NetworkChoice, choiceKey, withNetwork } from '../draft.ts'
import { edit, lookAround } from '../flow-form.ts'
import { shownName } from '../network-name.ts'
import { SHOWN_AT_FIRST, type Strength, isUsable, networkKey, strengthOf } from '../networks.ts'
import type { SeenNetwork } from '../setup.ts'
import type { Key } from '../words/en.ts'
import { Choice, Choices } from './choice.tsx'
import { type InApp, TextField, faultOf } from './parts.tsx'

export function NetworkPart({ app }: InApp): JSX.Element {
  const { speech, networks, view, draft } = app.model
  const rows = rowsOf(app)
  const isLooking = networks.state === 'looking'
  const isCable = view?.ethernet === true || draft.network.kind === 'ethernet'
  return (
    <section>
      <Choices field="network" title={<h2>{speech.say('networkTitle')}</h2>} fault={faultOf(app, 'network')}>
        {isCable && <CableRow app={app} />}
        {rows.shown.map((network) => (
          <NetworkRow key={networkKey(network)} app={app} network={network} />
        ))}
        <OtherRow app={app} />
      </Choices>
      <p
        role="status"
        class={isLooking || stateWords(app) !== null ? 'hint' : 'unseen'}
        data-testid="networks-state"
      >
        {stateWords(app)}
      </p>
      <div class="beside">
        {rows.isMore && (
          <button
            type="button"
            class="quiet"
            data-testid="show-all"
            onClick={() => app.set({ networks: { ...networks, isAllShown: true } })}
          >
            {speech.say('showAll', { count: networks.seen.length })}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          data-testid="look-again"
          aria-disabled={isLooking}
          onClick={() => void lookAround(app)}
        >
          {speech.say('lookAgain')}
        </button>
      </div>
    </section>
  )
}

function stateWords({ model }: InApp['app']): string | null {
  const { networks, speech } = model
  if (networks.state === 'looking') return speech.say('networksLooking')
  if (networks.state === 'failed') return speech.say('networksFailed')
  return networks.state === 'seen' && networks.seen.length === 0 ? speech.say('networksNone') : null
}

/** The strongest; and the chosen one wherever it stands, even when it is not in reach just now. */
function rowsOf({ model }: InApp['app']): { shown: SeenNetwork[]; isMore: boolean } {
  const { networks, draft } = model
  const isMore = !networks.isAllShown && networks.seen.length > SHOWN_AT_FIRST
  const shown = isMore ? networks.seen.slice(0, SHOWN_AT_FIRST) : [...networks.seen]
  const { network } = draft
  if (network.kind === 'seen' && !shown.some((seen) => networkKey(seen) === networkKey(network))) {
    const known = networks.seen.find((seen) => networkKey(seen) === networkKey(network))
    shown.unshift(known ?? { ssid: network.ssid, security: network.security, strengthPercent: 0 })
  }
  return { shown, isMore }
}

const STRENGTH: Readonly<Record<Strength, Key>> = {
  strong: 'signalStrong',
  fair: 'signalFair',
  weak: 'signalWeak',
}
const NOT_USABLE: Readonly<Partial<Record<SeenNetwork['security'], Key>>> = {
  'wpa-enterprise': 'notUsableEnterprise',
  wep: 'notUsableWep',
}

function NetworkRow({ app, network }: InApp & { network: SeenNetwork }): JSX.Element {
  const { speech, draft } = app.model
  const choice: NetworkChoice = { kind: 'seen', ssid: network.ssid, security: network.security }
  const isChosen = choiceKey(draft.network) === choiceKey(choice)
  const isOpen = network.security === 'open'
  const isSeen = network.strengthPercent > 0
  const strength = strengthOf(network.strengthPercent)
  const why = NOT_USABLE[network.security]
  const facts = speech.say('networkFacts', {
    strength: speech.say(isSeen ? STRENGTH[strength] : 'notSeen'),
    protection: speech.say(isOpen ? 'withoutPassword' : 'withPassword'),
  })
  return (
    <Choice
      name="network"
      value={networkKey(network)}
      isChosen={isChosen}
      isUsable={isUsable(network)}
      onChoose={() => edit(app, 'network', withNetwork(draft, choice))}
      title={shownName(network.ssid)}
      text={why === undefined ? facts : speech.say(why)}
      sign={<Sign percent={network.strengthPercent} isLocked={!isOpen} />}
      testid="network-choice"
    >
      {isChosen && (
        <>
          {isSeen && strength === 'weak' && <p class="hint">{speech.say('weakHint')}</p>}
          {isOpen ? (
            <p class="hint">{speech.say('openHint')}</p>
          ) : (
            <Passphrase app={app} isOptional={false} />
          )}
        </>
      )}
    </Choice>
  )
}

function OtherRow({ app }: InApp): JSX.Element {
  const { speech, draft } = app.model
  const isChosen = draft.network.kind === 'other'
  return (
    <Choice
      name="network"
      value="other"
      isChosen={isChosen}
      onChoose={() => edit(app, 'network', withNetwork(draft, { kind: 'other' }))}
      title={speech.say('otherNetwork')}
      text={speech.say('otherNetworkText')}
      testid="network-other"
    >
      {isChosen && (
        <>
          <TextField
            app={app}
            field="ssid"
            label={speech.say('ssidLabel')}
            value={draft.otherSsid}
            onText={(otherSsid) => edit(app, 'ssid', { ...draft, otherSsid })}
          />
          <Passphrase app={app} isOptional />
        </>
      )}
    </Choice>
  )
}

function CableRow({ app }: InApp): JSX.Element {
  const { speech, draft, view } = app.model
  return (
    <Choice
      name="network"
      value="ethernet"
      isChosen={draft.network.kind === 'ethernet'}
      onChoose={() => edit(app, 'network', withNetwork(draft, { kind: 'ethernet' }))}
      title={speech.say('cable')}
      text={speech.say(view?.ethernet === true ? 'cableText' : 'cableNone')}
      testid="network-cable"
    />
  )
}

function Passphrase({ app, isOptional }: InApp & { isOptional: boolean }): JSX.Element {
  const { speech, draft } = app.model
  const { passphrase, isPassphraseShown } = draft
  const hasSpace = passphrase !== '' && passphrase !== passphrase.trim()
  const optional = isOptional ? speech.say('passwordOptional') : undefined
  const hint = hasSpace ? speech.say('passwordSpace') : optional
  return (
    <TextField
      app={app}
      field="passphrase"
      label={speech.say('passwordLabel')}
      {...(hint === undefined ? {} : { hint })}
      value={passphrase}
      onText={(text) => edit(app, 'passphrase', { ...draft, passphrase: text })}
      {...(isPassphraseShown ? {} : { kind: 'password' })}
    >
      <button
        type="button"
        class="quiet"
        aria-pressed={isPassphraseShown}
        aria-controls="passphrase"
        data-testid="show-passphrase"
        onClick={() => app.set({ draft: { ...draft, isPassphraseShown: !isPassphraseShown } })}
      >
        {speech.say('show')}
      </button>
    </TextField>
  )
}

const BARS = [6, 10, 14, 18]
const BAR_PERCENT = 25

/** Bars, and a lock; the words beside them say the same. */
function Sign({ percent, isLocked }: { percent: number; isLocked: boolean }): JSX.Element {
  return (
    <svg class="sign" viewBox="0 0 44 22" width="44" height="22" aria-hidden="true" focusable="false">
      {isLocked && <path d="M3 10h9v8H3zM5 10V7a2.5 2.5 0 0 1 5 0v3" class="lock" stroke-linejoin="round" />}
      {BARS.map((height, index) => (
        <rect
          key={height}
          x={19 + index * 6}
          y={20 - height}
          width="4"
          height={height}
          rx="1"
          class={percent > index * BAR_PERCENT ? 'lit' : 'dim'}
        />
      ))}
    </svg>
  )
}
