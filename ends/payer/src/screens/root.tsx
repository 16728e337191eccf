import type { JSX } from 'preact'
import { Home, Machine, Opening, ProblemScreen } from './arrive.tsx'
import { History, Receipt } from './history.tsx'
import { type InApp, Header, LostLine } from './parts.tsx'
import { PaymentScreen } from './payment.tsx'
import { Scan } from './scan.tsx'

export function Root({ app }: InApp) {
  return (
    <>
      <Header app={app} />
      <LostLine app={app} />
      <main class="page">{screen({ app })}</main>
    </>
  )
}

function screen({ app }: InApp): JSX.Element | null {
  const { page } = app.model
  if (page.kind === 'home') return <Home app={app} />
  if (page.kind === 'opening') return <Opening app={app} page={page} />
  if (page.kind === 'machine') return <Machine app={app} page={page} />
  if (page.kind === 'payment') return <PaymentScreen app={app} />
  if (page.kind === 'receipt') return <Receipt app={app} view={page.view} />
  if (page.kind === 'history') return <History app={app} page={page} />
  if (page.kind === 'scan') return <Scan app={app} state={page.state} />
  return <ProblemScreen app={app} page={page} />
}
