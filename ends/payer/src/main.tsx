import { createApp } from './app.ts'
import { begin, follow, readFragment } from './flow-claim.ts'
import { chooseLocale, speechIn } from './words/speak.ts'

const root = document.querySelector('#page')
const said = document.querySelector('#said')
if (root === null || said === null) throw new Error('the page has lost its root')

const locale = chooseLocale(navigator.languages)
document.documentElement.lang = locale
root.replaceChildren()
const app = createApp(root, said, speechIn(locale))
void begin(app)

// Another code opened in this very tab changes only the fragment: no navigation follows by itself.
addEventListener('hashchange', () => {
  const fragment = readFragment(location.hash)
  if (fragment.kind !== 'none') void follow(app, fragment)
})
