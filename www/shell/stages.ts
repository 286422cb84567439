// The stages of the page, and the one that an address names.

export const STAGES = ['start', 'data', 'train', 'look', 'use', 'compare', 'about'] as const
export type StageId = (typeof STAGES)[number]

const PARAMETER = 'stage'
export const FIRST: StageId = 'start'

export const isStage = (name: string | null): name is StageId => (STAGES as readonly (string | null)[]).includes(name)

/** The stage that an address names; the first one where it names none. */
export function stageOf(search: string): StageId {
  const name = new URLSearchParams(search).get(PARAMETER)
  return isStage(name) ? name : FIRST
}

/** The address with another stage, everything else as it is. */
export function withStage(address: URL, stage: StageId): URL {
  const changed = new URL(address)
  if (stage === FIRST) changed.searchParams.delete(PARAMETER)
  else changed.searchParams.set(PARAMETER, stage)
  return changed
}
