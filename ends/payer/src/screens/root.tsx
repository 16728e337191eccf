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

function screen({ app }: InApp): JSX.Element {
  const { page } = app.model
  switch (page.kind) {
    case 'home':
      return <Home app={app} />
    case 'opening':
      return <Opening app={app} page={page} />
    case 'machine':
      return <Machine app={app} page={page} />
    case 'payment':
      return <PaymentScreen app={app} />
    case 'receipt':
      return <Receipt app={app} view={page.view} />
    case 'history':
      return <History app={app} page={page} />
    case 'scan':
      return <Scan app={app} state={page.state} />
    case 'problem':
      return <ProblemScreen app={app} page={page} />
  }
}
