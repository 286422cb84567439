// Which language the page speaks.
//
// In: the address (`?lang=`), what was chosen at an earlier visit, what the browser prefers; then the visitor's choice. Out: the
// language as a reactive value, so that everything that is shown follows a choice at once. Knows no words.

export const LANGUAGES = ['en', 'zh-Hant'] as const
export type Language = (typeof LANGUAGES)[number]

/** What each language calls itself; the same in every language of the page. */
export const NATIVE_NAMES: Record<Language, string> = { en: 'English', 'zh-Hant': '繁體中文' }

/** How numbers are written. */
const LOCALES: Record<Language, string> = { en: 'en', 'zh-Hant': 'zh-Hant-TW' }

const PARAMETER = 'lang'
const STORED = 'contrastvae-language'

/** The language that a tag such as "zh-TW" is nearest to; any Chinese is nearer to Traditional Chinese than to English. */
export function nearest(tag: string | null | undefined): Language | undefined {
  const head = tag?.trim().toLowerCase().split(/[-_]/)[0]
  return head === 'zh' ? 'zh-Hant' : head === 'en' ? 'en' : undefined
}

/** The first that says something: the address, the earlier choice, the languages that the browser prefers; else English. */
export function pick(search: string, stored: string | null, preferred: readonly string[]): Language {
  const wishes = [new URLSearchParams(search).get(PARAMETER), stored, ...preferred]
  for (const wish of wishes) {
    const language = nearest(wish)
    if (language) return language
  }
  return 'en'
}

/** The address with another language, if it names one; as it is otherwise. */
export function withLanguage(address: URL, language: Language): URL {
  const changed = new URL(address)
  if (changed.searchParams.has(PARAMETER)) changed.searchParams.set(PARAMETER, language)
  return changed
}

/** Storage is forbidden in some browsers' private windows; then the choice lasts for the visit. */
function stored(): string | null {
  try {
    return localStorage.getItem(STORED)
  } catch {
    return null
  }
}

function store(language: Language): void {
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // As above.
  }
}

/** Takes the choice out of the browser's storage; it lasts for the visit. */
export function forgetLanguage(): void {
  try {
    localStorage.removeItem(STORED)
  } catch {
    // As above.
  }
}

class Speech {
  // Without a page (in the unit tests) there is nobody to ask.
  language = $state<Language>(typeof document === 'undefined' ? 'en' : pick(location.search, stored(), navigator.languages))

  get locale(): string {
    return LOCALES[this.language]
  }
}

export const speech = new Speech()

/** Changes the language at once and for later visits; an address that names a language names the new one. */
export function setLanguage(language: Language): void {
  speech.language = language
  if (typeof document === 'undefined') return
  store(language)
  const address = withLanguage(new URL(location.href), language)
  if (address.href !== location.href) history.replaceState(history.state, '', address)
}
