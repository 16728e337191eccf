import { chooseProduct } from '../flow-claim.ts'
import { openScanner } from '../flow-visit.ts'
import type { Page } from '../model.ts'
import { Act, type InApp, Mark, Title, Waiting, problemWords } from './parts.tsx'

/** The screens before there is a payment. */

type PageOf<Kind extends Page['kind']> = InApp & { readonly page: Extract<Page, { kind: Kind }> }

export function Home({ app }: InApp) {
  const { speech } = app.model
  return (
    <>
      <div class="body home" data-testid="screen-home">
        <Title>{speech.say('homeTitle')}</Title>
        <p class="lead">{speech.say('homeText')}</p>
        <p>{speech.say('homeHow')}</p>
      </div>
      <div class="acts">
        <Act app={app} label={speech.say('scan')} testid="scan" onAct={() => openScanner(app)} />
      </div>
    </>
  )
}

export function Opening({ app, page }: PageOf<'opening'>) {
  const { speech } = app.model
  return (
    <div class="body" data-testid="screen-opening">
      <Waiting />
      <p class="money" data-testid="money-line">
        {speech.say('chargedNotYet')}
      </p>
      <Title>{speech.say(page.title)}</Title>
      <p>{speech.say(page.text)}</p>
    </div>
  )
}

export function Machine({ app, page }: PageOf<'machine'>) {
  const { speech, isBusy } = app.model
  const { machine, payee, products } = page.machine
  return (
    <div class="body" data-testid="screen-machine">
      <p class="where">
        {payee} · {machine.name} · {machine.place}
      </p>
      <Title>{speech.say('chooseTitle')}</Title>
      <ul class="products">
        {products.map((product) => (
          <li key={product.id}>
            <button
              type="button"
              class="product"
              data-testid={`product-${String(product.id)}`}
              aria-disabled={isBusy}
              onClick={() => void chooseProduct(app, page.chipId, product)}
            >
              <span>
                {product.name}
                {product.units > 1 && product.mode === 'sale' && (
                  <small>{speech.say('quantity', { of: product.units, unit: product.unit })}</small>
                )}
              </span>
              <b>
                {product.mode === 'hold'
                  ? speech.say('upTo', { money: product.money })
                  : speech.money(product.money)}
              </b>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

export function ProblemScreen({ app, page }: PageOf<'problem'>) {
  const { speech } = app.model
  const { problem, retry } = page
  const [money, ...texts] = problemWords(app, problem)
  return (
    <>
      <div
        class={`body result ${problem.charged === 'no' ? 'stop' : 'open'}`}
        data-testid="screen-problem"
        data-code={problem.code}
      >
        <Mark tone={problem.charged === 'no' ? 'stop' : 'open'} />
        <Title>{money}</Title>
        {texts.map((text) => (
          <p class="lead" key={text}>
            {text}
          </p>
        ))}
      </div>
      <div class="acts">
        {retry !== null && <Act app={app} label={speech.say('tryAgain')} testid="retry" onAct={retry} />}
        <Act
          app={app}
          kind={retry === null ? 'main' : 'second'}
          label={speech.say('scanAgain')}
          testid="scan"
          onAct={() => openScanner(app)}
        />
      </div>
    </>
  )
}
