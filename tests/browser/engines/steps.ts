// What several journeys do with the page.

import type { Config } from '../../../pkg/src/protocol'
import type { StageId } from '../../../www/shell/stages'
import type { Driver } from './driver'
import type { Site } from './site'

/** A run that is over in seconds on one core, also where a step takes thrice as long. */
export const SMALL = { model: { hidden_size: 8, max_length: 12 }, training: { epochs: 2 } } satisfies Config

/** The page on one core, with a map that needs no graphics card, which these machines lack. */
export const address = (site: Site, more = '&keep=no') => `${site.address}/lab/?device=cpu&threads=1&map=canvas${more}`

/** Opens the page at an address relative to it and waits until it takes commands. */
export async function open(driver: Driver, page: string): Promise<void> {
  await driver.steering.goto(page)
  await driver.says('[data-testid=device]', 'CPU')
}

export const at = (driver: Driver, stage: StageId) => driver.click({ css: `nav [data-to=${stage}]` })

export async function loadExample(driver: Driver): Promise<void> {
  await at(driver, 'data')
  await driver.click({ button: 'Load example' })
  await driver.says('[data-testid=summary]', 'Users')
}

export const state = (driver: Driver) => driver.page(() => window.contrastvae.state())

export async function train(driver: Driver, config: Config): Promise<void> {
  await driver.page((config) => window.contrastvae.configure(config).then(() => {}), config)
  await driver.click({ button: 'Start training' })
  await driver.until('the run', async () => ['running', 'finished'].includes((await state(driver)).state))
}

export const finished = (driver: Driver, milliseconds?: number) => driver.says('[data-testid=state]', 'Finished', milliseconds)

/** NDCG@20 after each epoch. */
export const ndcg = (driver: Driver) =>
  driver.page(async () => (await window.contrastvae.metrics()).validation.map(({ metrics }) => metrics.ndcg_20))

export async function openMenu(driver: Driver): Promise<void> {
  if (!(await driver.page(() => document.querySelector<HTMLDetailsElement>('#training details:last-of-type')?.open))) {
    await driver.click({ css: '#training details:last-of-type summary' })
  }
}

/** Works t-SNE out on the map, in a worker of its own. */
export async function project(driver: Driver): Promise<void> {
  await driver.click({ text: 't-SNE', within: '#map' })
  await driver.click({ button: 'Work out t-SNE' })
  await driver.until('the projection', () =>
    driver.page(() => document.querySelector('[data-testid=map-step][data-projection=tsne]') !== null),
  )
}
