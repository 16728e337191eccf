import { createApp } from './app.ts'
import { begin, follow } from './flow-claim.ts'
import { readFragment } from './fragment.ts'
import { loadLanguage } from './words/load.ts'
import { chooseLocale, speechIn } from './words/speak.ts'

const root = document.querySelector('#page')
const said = document.querySelector('#said')
if (root === null || said === null) throw new Error('the page has lost its root')

const app = createApp(root, said)
// The machine is asked while the words are still on their way: both take one trip over the same slow line.
void begin(app)

const language = await loadLanguage(chooseLocale(navigator.languages))
if (language === null) {
  document.querySelector('#wordless')?.removeAttribute('hidden')
} else {
  document.documentElement.lang = language.locale
  root.replaceChildren()
  app.set({ speech: speechIn(language) })
}

// Another code opened in this very tab changes only the fragment: no navigation follows by itself.
addEventListener('hashchange', () => {
  const fragment = readFragment(location.hash)
  if (fragment.kind !== 'none') void follow(app, fragment)
})
