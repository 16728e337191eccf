import type { JSX } from 'preact'
import { withDriver } from '../draft.ts'
import { edit, tryMachine } from '../flow-form.ts'
import { Choice, Choices } from './choice.tsx'
import { type InApp, faultOf } from './parts.tsx'

export function MachinePart({ app }: InApp): JSX.Element | null {
  const { speech, draft, view } = app.model
  if (view === null) return null
  const wirings = view.drivers.find(({ id }) => id === draft.driver)?.wiring ?? []
  return (
    <section>
      <h2>{speech.say('machineTitle')}</h2>
      <Choices field="driver" title={speech.say('driverLabel')} fault={faultOf(app, 'driver')}>
        {view.drivers.map(({ id, name }) => (
          <Choice
            key={id}
            name="driver"
            value={id}
            isChosen={draft.driver === id}
            onChoose={() => edit(app, 'driver', withDriver(draft, view, id))}
            title={speech.machine(id, name)}
            testid={`driver-${id}`}
          />
        ))}
      </Choices>
      {wirings.length > 0 && (
        <Choices field="wiring" title={speech.say('wiringLabel')} fault={faultOf(app, 'wiring')}>
          {wirings.map(({ id, name }) => (
            <Choice
              key={id}
              name="wiring"
              value={id}
              isChosen={draft.wiring === id}
              onChoose={() => edit(app, 'wiring', { ...draft, wiring: id })}
              title={speech.machine(`${draft.driver}.${id}`, name)}
              testid={`wiring-${id}`}
            />
          ))}
        </Choices>
      )}
      <TryIt app={app} />
    </section>
  )
}

function TryIt({ app }: InApp): JSX.Element {
  const { speech, tried } = app.model
  const isTrying = tried === 'trying'
  const isKnown = tried !== null && tried !== 'trying'
  const tone = isKnown && tried.isGood ? 'good' : 'open'
  return (
    <div class="try">
      <button
        type="button"
        class="act second"
        data-testid="try-it"
        aria-disabled={isTrying}
        onClick={() => void tryMachine(app)}
      >
        {speech.say(isTrying ? 'trying' : 'tryIt')}
      </button>
      <p role="status" class={isKnown ? `tried ${tone}` : 'unseen'} data-testid="tried">
        {isKnown && speech.say(tried.key)}
        {isTrying && speech.say('trying')}
      </p>
    </div>
  )
}
