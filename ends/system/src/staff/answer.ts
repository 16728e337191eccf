/** What a staff command says: in words for people, as data for programs, and whether it did what was asked. */
export interface StaffAnswer {
  readonly done: boolean
  readonly words: readonly string[]
  readonly data: object
}

export function said(words: readonly string[], data: object): StaffAnswer {
  return { done: true, words, data }
}

export function refused(sentence: string, data: object = {}): StaffAnswer {
  return { done: false, words: [sentence], data: { error: sentence, ...data } }
}
