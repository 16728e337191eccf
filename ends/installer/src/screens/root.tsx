import type { JSX } from 'preact'
import { screenOf } from '../model.ts'
import { Done, Failed } from './end.tsx'
import { SetUpForm } from './form.tsx'
import { Header, type InApp, LostLine } from './parts.tsx'
import { Progress } from './progress.tsx'
import { Closed, Proof } from './proof.tsx'

export function Root({ app }: InApp): JSX.Element {
  const screen = screenOf(app.model, Date.now())
  const { isLost, view } = app.model
  // Where it was said beforehand that the hotspot goes, its going is part of the progress.
  const isExpected = screen === 'done' || screen === 'closed' || (screen === 'progress' && !view?.holdsBoth)
  return (
    <>
      <Header />
      <LostLine app={app} isShown={isLost && !isExpected} />
      <main class="page">{content(screen, app)}</main>
    </>
  )
}

function content(screen: ReturnType<typeof screenOf>, app: InApp['app']): JSX.Element {
  switch (screen) {
    case 'proof':
      return <Proof app={app} />
    case 'closed':
      return <Closed app={app} />
    case 'form':
      return <SetUpForm app={app} />
    case 'progress':
      return <Progress app={app} />
    case 'failed':
      return <Failed app={app} />
    case 'done':
      return <Done app={app} />
  }
}
