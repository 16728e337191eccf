import { beganAtMs } from '../began.ts'
import { openOlder } from '../flow-visit.ts'
import type { Page } from '../model.ts'
import { showPayment } from '../flow-payment.ts'
import { FINAL_STATES, type PaymentView, type ViewState } from '../payment.ts'
import { statementOf, sums } from '../statement.ts'
import type { Key } from '../words/en.ts'
import { Act, Fact, Figures, type InApp, Support, Title } from './parts.tsx'

/** Own payments, and the receipt of one. */

const STATUS: Readonly<Record<ViewState, Key>> = {
  checking: 'statusOpen',
  presence: 'statusOpen',
  confirm: 'statusOpen',
  rechecking: 'statusOpen',
  paying: 'statusOpen',
  abandoned: 'statusOpen',
  starting: 'statusOpen',
  running: 'statusOpen',
  capturing: 'statusOpen',
  refunding: 'statusOpen',
  delivered: 'statusDelivered',
  refunded: 'statusRefunded',
  'partly-refunded': 'statusPartly',
  ended: 'statusEnded',
  case: 'statusCase',
}

export function History({ app, page }: InApp & { page: Extract<Page, { kind: 'history' }> }) {
  const { speech } = app.model
  return (
    <>
      <div class="body" data-testid="screen-history">
        <Title>{speech.say('historyTitle')}</Title>
        {page.views.length === 0 && <p class="lead">{speech.say('historyEmpty')}</p>}
        <ul class="history">
          {page.views.map((view) => (
            <Entry key={view.paymentId} app={app} view={view} />
          ))}
        </ul>
      </div>
      {page.cursor !== null && (
        <div class="acts">
          <Act
            app={app}
            kind="second"
            label={speech.say('historyMore')}
            testid="history-more"
            onAct={() => void openOlder(app)}
          />
        </div>
      )}
    </>
  )
}

function Entry({ app, view }: InApp & { view: PaymentView }) {
  const { speech } = app.model
  const atMs = beganAtMs(view)
  return (
    <li>
      <button
        type="button"
        class="product"
        data-testid="history-entry"
        onClick={() =>
          FINAL_STATES.has(view.state)
            ? app.visit({ kind: 'receipt', view })
            : showPayment(app, view.paymentId, view)
        }
      >
        <span>
          {view.goods}
          <small>
            {view.machine.name}
            {atMs === null ? '' : ` · ${speech.day(atMs)}`}
          </small>
        </span>
        <b>
          {speech.money(view.captured ?? view.money)}
          <small>{speech.say(STATUS[view.state])}</small>
        </b>
      </button>
    </li>
  )
}

export function Receipt({ app, view }: InApp & { view: PaymentView }) {
  const { speech } = app.model
  const atMs = beganAtMs(view)
  const backLabel =
    view.refund?.state === 'paid' ? 'paidBack' : view.refund?.state === 'case' ? 'owed' : 'comesBack'
  const number =
    view.machine.number === undefined ? '' : ` · ${speech.say('number', { number: view.machine.number })}`
  const why = view.reason === undefined ? null : speech.reason(view.reason)
  return (
    <>
      <div class="body receipt" data-testid="screen-receipt">
        <Title>{speech.say('receipt')}</Title>
        <p class="status" data-testid="receipt-status">
          {speech.line(statementOf(view).title)}
        </p>
        {why !== null && <p>{why}</p>}
        {(view.charged === 'yes' || view.refund !== undefined) && (
          <Figures app={app} figures={sums(view, backLabel)} />
        )}
        <dl class="facts">
          <Fact label={speech.say('goods')} value={view.goods} />
          {view.delivered !== undefined && (
            <Fact label={speech.say('delivered')} value={speech.say('progress', view.delivered)} />
          )}
          <Fact label={speech.say('payee')} value={view.payee.name} />
          <Fact label={speech.say('machine')} value={view.machine.name + number} />
          <Fact label={speech.say('place')} value={view.machine.place} />
          {atMs !== null && <Fact label={speech.say('date')} value={speech.date(atMs)} />}
          <Fact label={speech.say('receiptNumber')} value={view.receiptNumber} />
          {view.bankReference !== undefined && (
            <Fact label={speech.say('bankReference')} value={view.bankReference} />
          )}
          {view.refund?.bankReference !== undefined && (
            <Fact label={speech.say('refundReference')} value={view.refund.bankReference} />
          )}
        </dl>
        <Support app={app} view={view} />
      </div>
      <div class="acts no-print">
        <Act app={app} kind="second" label={speech.say('print')} testid="print" onAct={() => print()} />
      </div>
    </>
  )
}
