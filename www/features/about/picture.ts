// The model as a picture: its parts, where they stand, what joins them, and which of them a configuration uses.
//
// In: the values of a configuration, and losses of a step. Out: boxes and edges for an SVG, in two layouts (six stages from left to
// right, or from top to bottom on a narrow screen), and for each part whether it takes part.

import type { Part as LossPart } from '../../../pkg/src/history'
import type { LossTerms } from '../../../pkg/src/protocol'
import type { Flat } from '../../shell/settings'

export const PARTS = [
  'history',
  'second',
  'encoder',
  'posterior',
  'sampling',
  'decoder',
  'next',
  'kl',
  'contrast',
  'reconstruction',
] as const
export type PartId = (typeof PARTS)[number]

/** Parts that are a term of the loss. */
export const TERMS = ['reconstruction', 'kl', 'contrast'] as const satisfies readonly (PartId & LossPart)[]
export type TermId = (typeof TERMS)[number]
export const isTerm = (part: PartId): part is TermId => (TERMS as readonly PartId[]).includes(part)

/** The settings that decide about a part, the most important first. */
export const SETTINGS: Record<PartId, readonly string[]> = {
  history: ['model.max_length'],
  second: ['view.mode', 'view.augmentation'],
  encoder: ['model.hidden_size', 'model.layers', 'model.heads'],
  posterior: ['model.hidden_size', 'model.linear_logvar'],
  sampling: ['view.sampling', 'view.variance_dropout'],
  decoder: ['model.layers', 'model.hidden_dropout'],
  next: ['objective.reconstruction'],
  kl: ['objective.kl_weight', 'objective.kl_annealing_steps', 'objective.free_bits', 'objective.prior'],
  contrast: ['objective.contrast_weight', 'objective.temperature', 'objective.contrast'],
  reconstruction: ['objective.reconstruction', 'objective.negatives'],
}

/** Whether the picture is of this model; the models of bags have no sequence and no second view. */
export const isPictured = (values: Flat): boolean => (values['model.kind'] ?? 'contrastvae') === 'contrastvae'

const ONE_VIEW: readonly unknown[] = ['avae', 'deterministic']

/** Whether a part has an effect with this configuration. */
export function takesPart(part: PartId, values: Flat): boolean {
  const mode = values['view.mode']
  switch (part) {
    case 'second':
      return !ONE_VIEW.includes(mode)
    case 'contrast':
      return !ONE_VIEW.includes(mode) && Number(values['objective.contrast_weight'] ?? 0) > 0
    case 'kl':
      return mode !== 'deterministic' && Number(values['objective.kl_weight'] ?? 0) > 0
    case 'sampling':
      return mode !== 'deterministic'
    default:
      return true
  }
}

/** What a term adds to the total, in nats; null where that is not known. */
export const shareOf = (term: TermId, losses: LossTerms | null): number | null => losses?.shares?.[term] ?? null

/** How strongly a term is lit: its part of what all terms add, from 0 to 1. */
export function lightOf(term: TermId, losses: LossTerms | null): number {
  const sum = TERMS.reduce((sum, one) => sum + Math.abs(shareOf(one, losses) ?? 0), 0)
  return sum > 0 ? Math.abs(shareOf(term, losses) ?? 0) / sum : 0
}

export interface Box {
  part: PartId
  /** 0 for the first view, 1 for the second, null for what both share or what joins them. */
  branch: 0 | 1 | null
  x: number
  y: number
  width: number
  height: number
}

export interface Layout {
  width: number
  height: number
  boxes: readonly Box[]
  edges: readonly Edge[]
}

/** From the rim of a box to that of another. */
export interface Edge {
  from: readonly [number, number]
  to: readonly [number, number]
  branch: 0 | 1
  /** The term that it leads to. */
  term: TermId | null
}

interface Grid {
  /** Centre of a stage along the flow, and of a lane across it: the two views, and what is between them. */
  along: (stage: number) => number
  across: (lane: 0 | 1 | 0.5) => number
  box: { width: number; height: number }
  down: boolean
}

const STAGES = { history: 0, encoder: 1, posterior: 2, sampling: 3, decoder: 4, next: 5 } as const

const WIDE: Grid = {
  along: (stage) => 74 + stage * 162.4,
  across: (lane) => 45 + lane * 260,
  box: { width: 138, height: 74 },
  down: false,
}
const TALL: Grid = {
  along: (stage) => 40 + stage * 108,
  across: (lane) => 70 + lane * 280,
  box: { width: 130, height: 66 },
  down: true,
}

export const wide = layoutOf(WIDE, 960, 350)
export const tall = layoutOf(TALL, 420, 620)

function layoutOf(grid: Grid, width: number, height: number): Layout {
  const boxes: Box[] = [
    single(grid, 'history', 0, 0),
    single(grid, 'second', 0, 1),
    spanning(grid, 'encoder', STAGES.encoder),
    single(grid, 'posterior', STAGES.posterior, 0),
    single(grid, 'posterior', STAGES.posterior, 1),
    single(grid, 'sampling', STAGES.sampling, 0),
    single(grid, 'sampling', STAGES.sampling, 1),
    spanning(grid, 'decoder', STAGES.decoder),
    single(grid, 'next', STAGES.next, 0),
    single(grid, 'next', STAGES.next, 1),
    single(grid, 'kl', STAGES.posterior, null),
    single(grid, 'contrast', STAGES.sampling, null),
    single(grid, 'reconstruction', STAGES.next, null),
  ]
  return { width, height, boxes, edges: edgesOf(grid) }
}

function single(grid: Grid, part: PartId, stage: number, branch: 0 | 1 | null): Box {
  const [along, across] = [grid.along(stage), grid.across(branch ?? 0.5)]
  const { width, height } = grid.box
  const [x, y] = grid.down ? [across, along] : [along, across]
  return { part, branch, x: x - width / 2, y: y - height / 2, width, height }
}

/** What both views go through. */
function spanning(grid: Grid, part: PartId, stage: number): Box {
  const one = single(grid, part, stage, 0)
  const other = single(grid, part, stage, 1)
  return { ...one, branch: null, width: other.x + other.width - one.x, height: other.y + other.height - one.y }
}

function edgesOf(grid: Grid): Edge[] {
  const turn = (along: number, across: number): readonly [number, number] => (grid.down ? [across, along] : [along, across])
  const half = (grid.down ? grid.box.height : grid.box.width) / 2
  const side = (grid.down ? grid.box.width : grid.box.height) / 2
  const branches = [0, 1] as const
  const flow = branches.flatMap((branch) =>
    [0, 1, 2, 3, 4].map((stage) => ({
      from: turn(grid.along(stage) + half, grid.across(branch)),
      to: turn(grid.along(stage + 1) - half, grid.across(branch)),
      branch,
      term: null,
    })),
  )
  const joins: readonly (readonly [number, TermId])[] = [
    [STAGES.posterior, 'kl'],
    [STAGES.sampling, 'contrast'],
    [STAGES.next, 'reconstruction'],
  ]
  const towards = branches.flatMap((branch) =>
    joins.map(([stage, term]) => {
      const way = branch === 0 ? 1 : -1
      return {
        from: turn(grid.along(stage), grid.across(branch) + way * side),
        to: turn(grid.along(stage), grid.across(0.5) - way * side),
        branch,
        term,
      }
    }),
  )
  return [...flow, ...towards]
}
