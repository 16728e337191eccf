import type { JSX } from 'preact'
import { adviceFor } from '../advice.ts'
import { systemNowMs } from '../api.ts'
import { cancel, complain, stopMachine } from '../flow-payment.ts'
import { goHome, openScanner } from '../flow-visit.ts'
import { FINAL_STATES, type PaymentView } from '../payment.ts'
import { type Statement, statementOf } from '../statement.ts'
import { Confirm } from './confirm.tsx'
import { Act, Facts, Figures, type InApp, Mark, Note, Support, Title, Waiting } from './parts.tsx'
import { PresenceScreen } from './presence.tsx'

export type InPayment = InApp & { readonly view: PaymentView }

export function PaymentScreen({ app }: InApp): JSX.Element | null {
  const { view, aside, speech } = app.model
  if (view === null) {
    return (
      <div class="body" data-testid="screen-opening">
        <Waiting />
        <Title>{speech.say('resumingTitle')}</Title>
      </div>
    )
  }
  if (aside === 'complaint' && view.canComplain) return <Complaint app={app} view={view} />
  if (view.state === 'presence' && !view.presence.satisfied) return <PresenceScreen app={app} view={view} />
  if (view.state === 'confirm') return <Confirm app={app} view={view} />
  return <Live app={app} view={view} />
}

/** From "paying" to the end: the statement, the progress, and at most one thing to do. */
function Live({ app, view }: InPayment) {
  const { speech, isLost, heardAtMs } = app.model
  const statement = statementOf(view)
  const isFinal = FINAL_STATES.has(view.state)
  return (
    <>
      <div
        class={`body ${isFinal ? 'result' : 'live'} ${statement.tone}`}
        data-testid={`screen-${view.state}`}
        data-reason={view.reason}
      >
        {statement.working ? !isLost && <Waiting /> : <Mark tone={statement.tone} />}
        {statement.money !== null && (
          <p class="money" data-testid="money-line">
            {isLost
              ? speech.say('asOf', { time: speech.clock(heardAtMs), line: speech.line(statement.money) })
              : speech.line(statement.money)}
          </p>
        )}
        <Title>{speech.line(statement.title)}</Title>
        <Progress app={app} statement={statement} />
        <Why app={app} view={view} statement={statement} />
        <Figures app={app} figures={statement.figures} />
        <References app={app} view={view} />
        {!isFinal && <Facts app={app} view={view} />}
        {(isFinal || view.state === 'refunding') && <Support app={app} view={view} />}
      </div>
      <LiveActs app={app} view={view} />
    </>
  )
}

function Why({ app, view, statement }: InPayment & { statement: Statement }) {
  const { speech } = app.model
  const words = statement.why === null ? null : speech.reason(statement.why)
  const advice =
    view.state === 'ended' && view.charged === 'no' ? speech.say(adviceFor(view.reason ?? '')) : ''
  return (
    <>
      {words !== null && (
        <p class="lead" data-testid="why">
          {words}
        </p>
      )}
      {statement.texts.map((text) => (
        <p key={text.key}>{speech.line(text)}</p>
      ))}
      {advice !== '' && <p data-testid="advice">{advice}</p>}
    </>
  )
}

function Progress({ app, statement }: InApp & { statement: Statement }) {
  const { speech } = app.model
  const { progress } = statement
  if (progress === null || progress.of <= 1) return null
  const text = speech.say('progress', progress)
  return (
    <div class="progress">
      <p data-testid="progress">{text}</p>
      <progress max={Math.max(1, progress.of)} value={progress.units} aria-label={text} />
    </div>
  )
}

function References({ app, view }: InPayment) {
  const { speech } = app.model
  const { bankReference, refund } = view
  const isOver = FINAL_STATES.has(view.state) && (view.charged !== 'no' || refund !== undefined)
  if (!isOver && refund?.bankReference === undefined) return null
  return (
    <dl class="references" data-testid="references">
      {refund?.bankReference !== undefined && (
        <div>
          <dt>{speech.say('refundReference')}</dt>
          <dd data-testid="refund-reference">{refund.bankReference}</dd>
        </div>
      )}
      {bankReference !== undefined && (
        <div>
          <dt>{speech.say('bankReference')}</dt>
          <dd>{bankReference}</dd>
        </div>
      )}
      <div>
        <dt>{speech.say('receiptNumber')}</dt>
        <dd>{view.receiptNumber}</dd>
      </div>
    </dl>
  )
}

function LiveActs({ app, view }: InPayment) {
  const { speech, isBusy } = app.model
  const isFinal = FINAL_STATES.has(view.state)
  return (
    <div class="acts">
      <Note app={app} />
      {view.canStop && (
        <Act
          app={app}
          kind="danger"
          label={speech.say(isBusy ? 'stopping' : 'stop')}
          testid="stop"
          onAct={() => void stopMachine(app)}
        />
      )}
      {view.canCancel && !isFinal && (
        <Act
          app={app}
          kind="quiet"
          label={speech.say('cancel')}
          testid="cancel"
          onAct={() => void cancel(app)}
        />
      )}
      {isFinal && view.state === 'ended' && (
        <Act app={app} label={speech.say('scanAgain')} testid="scan" onAct={() => openScanner(app)} />
      )}
      {isFinal && view.state !== 'ended' && <OverActs app={app} view={view} />}
    </div>
  )
}

function OverActs({ app, view }: InPayment) {
  const { speech } = app.model
  return (
    <>
      <Act app={app} label={speech.say('done')} testid="done" onAct={() => goHome(app)} />
      <div class="row">
        <Act
          app={app}
          kind="quiet"
          label={speech.say('showReceipt')}
          testid="show-receipt"
          onAct={() => app.visit({ kind: 'receipt', view })}
        />
        {view.canComplain && (
          <Act
            app={app}
            kind="quiet"
            label={speech.say('didNotRun')}
            testid="did-not-run"
            onAct={() => app.set({ aside: 'complaint', note: null })}
          />
        )}
      </div>
    </>
  )
}

function Complaint({ app, view }: InPayment) {
  const { speech } = app.model
  return (
    <>
      <div class="body" data-testid="screen-complaint">
        <Title>{speech.say('didNotRunTitle')}</Title>
        <p class="lead">{speech.say('didNotRunText')}</p>
        <Facts app={app} view={view} />
      </div>
      <div class="acts">
        <Note app={app} />
        <Act
          app={app}
          label={speech.say('didNotRunSend')}
          testid="complain"
          onAct={() => void complain(app)}
        />
        <Act
          app={app}
          kind="quiet"
          label={speech.say('back')}
          testid="complain-not"
          onAct={() => app.set({ aside: null, note: null })}
        />
      </div>
    </>
  )
}

/** How long the machine is kept for this payer, while something is asked of them. */
export function KeptFor({ app, view }: InPayment) {
  const { expiresAtMs } = view
  if (expiresAtMs === undefined) return null
  const leftS = Math.max(0, Math.round((expiresAtMs - systemNowMs()) / 1000))
  const time = `${String(Math.floor(leftS / 60))}:${String(leftS % 60).padStart(2, '0')}`
  return (
    <p class="kept" role="timer" data-testid="kept-for">
      {app.model.speech.say('reserved', { time })}
    </p>
  )
}
