// The palettes under simulated colour vision: every two colours that stand for different things stay apart, and from the background.
//
// The simulation is that of Machado, Oliveira and Fernandes (2009) for full protanopia, deuteranopia and tritanopia, on linear RGB;
// distances are Euclidean in OKLab (Ottosson 2020), where black and white are 1 apart and 0.02 is about what one just sees.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { GENRES_DARK, GENRES_LIGHT } from '../../../shell/palette'
import { scaleColours } from './colours'

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

const VISIONS: Record<string, Matrix> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const times = (matrix: Matrix, [a, b, c]: Triple): Triple => matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Triple

function linear(hex: string): Triple {
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as unknown as Triple
}

function oklab(rgb: Triple): Triple {
  const bounded = rgb.map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    bounded,
  )
  const rooted = cones.map(Math.cbrt) as unknown as Triple
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    rooted,
  )
}

function distance(one: string, other: string, vision: string): number {
  const matrix = VISIONS[vision] as Matrix
  const [a, b] = [one, other].map((colour) => oklab(times(matrix, linear(colour))))
  return Math.hypot(...[0, 1, 2].map((at) => (a?.[at] ?? NaN) - (b?.[at] ?? NaN)))
}

/** The two that are nearest to each other. */
function nearest(colours: readonly string[], vision: string): { pair: string; apart: number } {
  const pairs = colours.flatMap((one, i) =>
    colours.slice(i + 1).map((other) => ({ pair: `${one} ${other}`, apart: distance(one, other, vision) })),
  )
  return pairs.reduce((least, pair) => (pair.apart < least.apart ? pair : least))
}

/** The value of a colour token of the page. */
function tokens(dark: boolean): (name: string) => string {
  const css = readFileSync(join(import.meta.dirname, '../../../shell/app.css'), 'utf8')
  const at = css.indexOf('@media (prefers-color-scheme: dark)')
  const part = dark ? css.slice(at) : css.slice(0, at)
  return (name) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(part)?.[1] ?? ''
}

test('the measure knows black from white, and red from green only with usual vision', () => {
  expect(distance('#000000', '#ffffff', 'usual')).toBeCloseTo(1, 3)
  expect(distance('#a00000', '#006000', 'usual')).toBeGreaterThan(0.2)
  expect(distance('#a05000', '#6f7800', 'deuteranopia')).toBeLessThan(0.08)
})

describe.each([
  { scheme: 'light', dark: false },
  { scheme: 'dark', dark: true },
])('$scheme colours', ({ dark }) => {
  const token = tokens(dark)
  const genres = dark ? GENRES_DARK : GENRES_LIGHT
  const terms = ['reconstruction', 'kl', 'contrast', 'total'].map((term) => token(`term-${term}`))
  const runs = [1, 2, 3, 4, 5, 6].map((run) => token(`run-${run}`))

  test.each([
    { vision: 'usual', least: 0.09 },
    { vision: 'protanopia', least: 0.06 },
    { vision: 'deuteranopia', least: 0.06 },
  ])('stay apart with $vision vision', ({ vision, least }) => {
    for (const [name, colours] of Object.entries({ genres, terms, runs })) {
      const { pair, apart } = nearest(colours, vision)
      expect(apart, `${name}: ${pair}`).toBeGreaterThan(least)
    }
    for (const colour of [...genres, ...terms, ...runs]) {
      expect(distance(colour, token('card'), vision), colour).toBeGreaterThan(0.2)
    }
  })

  test.each(Object.keys(VISIONS))('of popularity keep their order with %s vision', (vision) => {
    const lightness = scaleColours(dark).map((colour) => oklab(times(VISIONS[vision] as Matrix, linear(colour)))[0])
    const steps = lightness.slice(1).map((value, i) => (dark ? 1 : -1) * (value - (lightness[i] ?? NaN)))
    for (const step of steps) expect(step).toBeGreaterThan(0.05)
  })
})
