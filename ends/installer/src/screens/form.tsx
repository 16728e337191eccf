import type { JSX } from 'preact'
import { sendSetUp } from '../flow-form.ts'
import { placesOf } from '../model.ts'
import { MachinePart } from './machine.tsx'
import { NetworkPart } from './network.tsx'
import { Act, type InApp, Note, Title } from './parts.tsx'
import { ChipName, ClosesIn } from './proof.tsx'
import { SystemPart } from './system.tsx'

/** One page, from top to bottom: network, system, machine. */
export function SetUpForm({ app }: InApp): JSX.Element {
  const { speech, view, isBusy, draft } = app.model
  const isOwned = view?.owned === true
  return (
    <form
      class="body form"
      data-testid="screen-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void sendSetUp(app)
      }}
    >
      <Title>{speech.say('formTitle')}</Title>
      <ChipName app={app} />
      {isOwned && <p data-testid="owned">{speech.say('ownedText')}</p>}
      <NetworkPart app={app} />
      {!isOwned && <SystemPart app={app} />}
      <MachinePart app={app} />
      {view?.holdsBoth === false && draft.network.kind !== 'ethernet' && (
        <div class="beforehand" data-testid="beforehand">
          <h2>{speech.say('beforehandTitle')}</h2>
          <p>{speech.say('beforehandText', placesOf(app.model))}</p>
        </div>
      )}
      <Note app={app} />
      <Act app={app} label={speech.say(isBusy ? 'sending' : 'connect')} testid="connect" />
      <ClosesIn app={app} />
    </form>
  )
}
