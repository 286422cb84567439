// Which modules this copy of the page was built with, and whether it waits for better ones.
//
// In: what the build wrote into the page (`vite.config.ts`), and the server of `cargo xtask serve`. Out: names and qualities of the
// modules, and how the builds behind the page stand. On a public site everything is there and nothing is asked for.

/** A module by name, `shipped` or compiled quickly. */
export type Built = Readonly<Record<string, 'quick' | 'shipped'>>

declare const CONTRASTVAE_BUILT: Built | undefined
declare const CONTRASTVAE_FOR_NOW: boolean | undefined
declare const CONTRASTVAE_SINGLE: boolean | undefined

/** Unit tests run without a build. */
const BUILT: Built = typeof CONTRASTVAE_BUILT === 'undefined' ? {} : CONTRASTVAE_BUILT

/** Whether the page has a module; without a list, as in the npm package, it has them all. */
export const isBuilt = (module: string): boolean => module in BUILT || Object.keys(BUILT).length === 0

/** The page was built in a hurry and stands only until the shipped modules are compiled behind it. */
export const FOR_NOW: boolean = typeof CONTRASTVAE_FOR_NOW !== 'undefined' && CONTRASTVAE_FOR_NOW

/** The page is one file that carries everything: nothing lies beside it, and it asks for no address. */
export const SINGLE: boolean = typeof CONTRASTVAE_SINGLE !== 'undefined' && CONTRASTVAE_SINGLE

export type Behind = 'under way' | 'ready' | 'failed'

/** How the builds behind the page stand; null if the server does not tell. */
export async function askBehind(address = './local-build.json'): Promise<Behind | null> {
  try {
    const answer = await fetch(address, { cache: 'no-store' })
    return answer.ok ? readBehind(await answer.json()) : null
  } catch {
    return null
  }
}

/** The state in an answer; null for anything else. */
export function readBehind(answer: unknown): Behind | null {
  const state = (answer as { state?: unknown } | null)?.state
  return state === 'under way' || state === 'ready' || state === 'failed' ? state : null
}
