import type { JSX } from 'preact'
import { type Draft, withLink } from '../draft.ts'
import { edit, typeSystemMyself } from '../flow-form.ts'
import { claimLinkIn } from '../fragment.ts'
import type { Field } from '../set-up-request.ts'
import { tidyAddress, tidyClaimCode } from '../typed.ts'
import { type InApp, TextField } from './parts.tsx'

export function SystemPart({ app }: InApp): JSX.Element {
  const { speech, draft } = app.model
  return (
    <section data-testid="system">
      <h2>{speech.say('systemTitle')}</h2>
      {draft.isScanned ? <Scanned app={app} /> : <Typed app={app} />}
    </section>
  )
}

/** It came by the console's code: to be looked at, not typed. */
function Scanned({ app }: InApp): JSX.Element {
  const { speech, draft } = app.model
  return (
    <>
      <p>{speech.say('scannedText')}</p>
      <dl class="facts" data-testid="scanned">
        <div>
          <dt>{speech.say('addressLabel')}</dt>
          <dd>{draft.address}</dd>
        </div>
        <div>
          <dt>{speech.say('claimLabel')}</dt>
          <dd class="code">{draft.claimCode}</dd>
        </div>
      </dl>
      <button type="button" class="quiet" data-testid="type-myself" onClick={() => typeSystemMyself(app)}>
        {speech.say('scannedChange')}
      </button>
    </>
  )
}

function Typed({ app }: InApp): JSX.Element {
  const { speech, draft } = app.model
  /** The whole link may be pasted into either field. */
  const take = (field: Field, text: string, next: Draft) => {
    const link = claimLinkIn(text)
    edit(app, field, link === null ? next : withLink(draft, link))
  }
  return (
    <>
      <p>{speech.say('systemText')}</p>
      <TextField
        app={app}
        field="address"
        label={speech.say('addressLabel')}
        hint={speech.say('addressHint')}
        value={draft.address}
        onText={(address) => take('address', address, { ...draft, address })}
        onLeave={() =>
          app.set({ draft: { ...app.model.draft, address: tidyAddress(app.model.draft.address) } })
        }
        kind="url"
      />
      <TextField
        app={app}
        field="claimCode"
        label={speech.say('claimLabel')}
        hint={speech.say('claimHint')}
        value={draft.claimCode}
        onText={(claimCode) => take('claimCode', claimCode, { ...draft, claimCode })}
        onLeave={() =>
          app.set({ draft: { ...app.model.draft, claimCode: tidyClaimCode(app.model.draft.claimCode) } })
        }
        kind="code"
      />
    </>
  )
}
