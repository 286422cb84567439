// The words of the page in the language that it is shown in.
//
// In: the catalogues and the language. Out: `text`, which looks the language up at each use. So what a template reads follows a
// change at once, and so does `const words = text.map`; only a single word kept in a constant does not.

import { en } from './en'
import { type Language, speech } from './language.svelte'
import { zhHant } from './zh-hant'

export { type Language, LANGUAGES, NATIVE_NAMES, setLanguage, speech } from './language.svelte'

/** The words of a language; English is the model that the others are held to. */
export type Words = typeof en

export const CATALOGUES: Record<Language, Words> = { en, 'zh-Hant': zhHant }

export const text: Words = live(en, () => CATALOGUES[speech.language])

/** An area of the words that reads through to the present language. Its keys are the same in all. */
function live<Area extends object>(model: Area, present: () => Area): Area {
  const inner = new Map<PropertyKey, object>()
  return new Proxy(model, {
    get(_, key) {
      const value: unknown = Reflect.get(present(), key)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      let area = inner.get(key)
      if (!area) {
        area = live(value, () => Reflect.get(present(), key) as object)
        inner.set(key, area)
      }
      return area
    },
    getOwnPropertyDescriptor(_, key) {
      return Reflect.getOwnPropertyDescriptor(present(), key)
    },
  })
}

/** What a browser, a search engine and a screen reader want to know of the page as a whole; call it in an effect. */
export function describeDocument(): void {
  document.documentElement.lang = speech.language
  document.title = text.documentTitle
  document.querySelector('meta[name="description"]')?.setAttribute('content', text.description)
}
