// Whatever a step of a lesson asks for, done by the page in the person's place.

import type { Lab } from '../../shell/lab.svelte'
import { DEFAULT_PRESET } from '../../shell/settings'
import { type Action, type ConfigurationName, isOf, valuesOf, wholeOf } from './lesson'

/** Items of the history that is made for a person who does not care to. */
const TRIED_ITEMS = 3

/** Whether the run that is shown has the configuration and is not over. */
export const trains = (lab: Lab, configuration: ConfigurationName): boolean => lab.busy && isOf(configuration, lab.runValues)

/** Takes the configuration that a lesson begins with into the form; a lesson's settings are differences from the default preset. */
export function takeConfiguration(lab: Lab, name: ConfigurationName): void {
  lab.form.whenKnown(() => {
    const seed = lab.values['seed'] ?? 0
    lab.takePreset(DEFAULT_PRESET)
    if (lab.defaults) lab.setValues({ ...wholeOf(name, lab.defaults), seed })
  })
}

/** `setBeside` sets the first run of the lesson beside the present one. */
export async function act(lab: Lab, action: Action, setBeside: () => void): Promise<void> {
  switch (action.does) {
    case 'load':
      await lab.loadExample(action.seed === undefined ? {} : { seed: action.seed })
      break
    case 'set':
      lab.setValues(action.values)
      break
    case 'start':
      await start(lab, action.configuration)
      break
    case 'train':
      if (lab.busy) return
      lab.setValues({ 'training.epochs': action.epochs })
      await lab.start()
      break
    case 'rank':
      await lab.baselines.rank()
      break
    case 'open':
      openDefinition(action.chart)
      break
    case 'beside':
      setBeside()
      break
    case 'try':
      lab.sequence = commonest(lab.catalogue?.count ?? new Uint32Array(), TRIED_ITEMS)
  }
}

async function start(lab: Lab, configuration: ConfigurationName): Promise<void> {
  if (trains(lab, configuration) && lab.state === 'paused') return lab.resume()
  if (lab.busy) await lab.stop()
  if (!lab.summary) await lab.loadExample()
  lab.setValues(valuesOf(configuration))
  await lab.start()
}

function openDefinition(chart: string): void {
  const definition = document.getElementById(`chart-${chart}`)?.querySelector<HTMLDetailsElement>('[data-definition]')
  if (definition) definition.open = true
}

const commonest = (counts: Uint32Array, items: number): number[] =>
  Array.from(counts.keys())
    .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
    .slice(0, items)
