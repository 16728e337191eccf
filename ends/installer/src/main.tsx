import { createApp } from './app.ts'
import { withLink } from './draft.ts'
import { readClaimLink } from './fragment.ts'
import { LANGUAGES, chooseLocale, speechIn } from './words/speak.ts'

const root = document.querySelector('#page')
const said = document.querySelector('#said')
if (root === null || said === null) throw new Error('the page has lost its root')

const language = LANGUAGES[chooseLocale(navigator.languages)]
document.documentElement.lang = language.locale

// The first field stands there before the script does: what was typed into it meanwhile stays.
const early = root.querySelector('input')
const typed = early?.value ?? ''
const hadFocus = early !== null && document.activeElement === early
root.replaceChildren()

const app = createApp(root, said, speechIn(language))
app.set({ draft: { ...app.model.draft, proof: typed } })
if (hadFocus) root.querySelector('input')?.focus()

/** The claim code is taken out of the address: it stays neither in the bar nor in the phone's history. */
function takeLink(): void {
  const link = readClaimLink(location.hash)
  if (link === null) return
  history.replaceState(null, '', location.pathname)
  app.set({ draft: withLink(app.model.draft, link) })
}
takeLink()
// Another code scanned into this very tab changes only the fragment.
addEventListener('hashchange', takeLink)
app.following.begin()
