const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu
const BIDI_ISOLATE = '\u2068'
const BIDI_END = '\u2069'

/**
 * A network's name as it is shown. Anybody near can call a network what they like: what would not be seen, or
 * would turn the words around it, shows as a box, and the name never reaches out of its own direction. (That it is
 * text and not markup is Preact's doing.)
 */
export function shownName(ssid: string): string {
  return `${BIDI_ISOLATE}${ssid.replaceAll(UNSEEN, '\u25a1')}${BIDI_END}`
}
