// The page of a saved map: the script of the file that `document.ts` writes.
//
// In: the data that stands in the document. Out: the map, to pan, zoom and search by pointer and by keyboard, in both languages, light and dark.

import { FAINT } from '../../../../shell/palette'
import { mapFile } from '../../words-map-file'
import { Board } from './board'
import { DATA, FILE_LANGUAGES, floats, integers, type Language, type MapFile, small } from './data'
import { element } from './dom'
import { Finder } from './find'

const LISTED = 12
const NATIVE: Record<Language, string> = { en: 'English', 'zh-Hant': '繁體中文' }
const WORDS = { en: mapFile.en, 'zh-Hant': mapFile.zhHant }
const LOCALES = { en: 'en', 'zh-Hant': 'zh-Hant-TW' }

const file = JSON.parse(document.getElementById(DATA)?.textContent ?? '{}') as MapFile
const root = document.documentElement
const { titles, ids, genres } = file
const [genre, popularity] = [integers(file.genre), floats(file.popularity)]
const values = file.value && floats(file.value.of)
const dots = { x: floats(file.x), y: floats(file.y), category: small(file.category) }
const finder = new Finder(titles, ids)

let language = file.language
let { dark } = file
let singled: number | null = null
let chosen: number | null = null

const words = () => WORDS[language]
const number = (value: number) =>
  value.toLocaleString(LOCALES[language], Number.isInteger(value) ? {} : { maximumSignificantDigits: Math.abs(value) < 1000 ? 4 : 6 })

function describe(dot: number): { title: string; facts: string } {
  const own = genres[genre[dot] ?? -1]
  const seen = number(popularity[dot] ?? 0)
  const facts =
    file.what === 'items' ? [own, words().interactions(seen)] : [own && words().mostly(own), words().mean(number(round(popularity[dot])))]
  const value = values?.[dot] ?? NaN
  if (file.value && !Number.isNaN(value)) facts.push(`${number(value)} ${file.value.said[language]}`)
  return { title: titles[dot] ?? '', facts: facts.filter(Boolean).join(' · ') }
}

const round = (value = NaN) => Math.round(10 * value) / 10

const board = new Board(dots, file.names, file.contours, { describe, choose: (dot) => choose(dot, false) })

// What stands beside the map, from top to bottom.
const heading = element('h1')
const languages = FILE_LANGUAGES.map((one) =>
  element('button', { type: 'button', lang: one, text: NATIVE[one], onclick: () => speak(one) }),
)
const darkness = element('button', {
  type: 'button',
  onclick: () => {
    dark = !dark
    paint()
  },
})
const searchLabel = element('label', { for: 'search' })
const search = element('input', { id: 'search', type: 'search', autocomplete: 'off', spellcheck: 'false', maxlength: 100 })
const status = element('p', { class: 'soft', role: 'status' })
const hits = element('ul', { class: 'hits' })
const chosenHeading = element('h2')
const chosenTitle = element('p', { class: 'title', id: 'chosen' })
const chosenFacts = element('p', { class: 'soft' })
const legendHeading = element('h2')
const legendHow = element('p', { class: 'soft' })
const legend = element('ul', { class: 'legend' })
const notes = element('div', { class: 'soft notes' })
const view = element('div', { class: 'view', role: 'group' })
const nearer = element('button', { type: 'button', text: '+', onclick: () => board.nearer() })
const farther = element('button', { type: 'button', text: '−', onclick: () => board.farther() })
const whole = element('button', { type: 'button', onclick: () => board.whole() })

view.append(nearer, farther, whole)
document.body.append(
  element('header', {}, heading, element('div', { class: 'choices' }, ...languages, darkness)),
  element(
    'main',
    {},
    element('div', { class: 'picture' }, board.box, view),
    element(
      'aside',
      {},
      element('div', { role: 'search' }, searchLabel, search, status, hits),
      element('section', { 'aria-live': 'polite' }, chosenHeading, chosenTitle, chosenFacts),
      element('section', {}, legendHeading, legendHow, legend),
      notes,
    ),
  ),
)

function choose(dot: number | null, seek: boolean): void {
  chosen = dot
  board.ring(dot, seek)
  tellChosen()
}

function tellChosen(): void {
  const { title, facts } = chosen === null ? { title: words().notChosen, facts: '' } : describe(chosen)
  chosenTitle.textContent = title
  chosenTitle.classList.toggle('soft', chosen === null)
  const id = chosen === null ? undefined : ids?.[chosen]
  chosenFacts.textContent = [id && words().identifier(id), facts].filter(Boolean).join(' · ')
}

function seek(): void {
  const found = finder.find(search.value, LISTED)
  const asked = search.value.trim() !== ''
  status.textContent = !asked
    ? ''
    : found.total === 0
      ? words().none
      : found.total > found.dots.length
        ? words().first(number(found.dots.length), number(found.total))
        : words().found(number(found.total))
  hits.replaceChildren(
    ...found.dots.map((dot) => {
      const { title, facts } = describe(dot)
      const button = element('button', { type: 'button', onclick: () => choose(dot, true) })
      button.append(element('span', { text: title }), element('span', { class: 'soft', text: ids ? `${ids[dot]} · ${facts}` : facts }))
      return element('li', {}, button)
    }),
  )
}

/** Arrow keys go from the field through what was found and back; Enter in the field takes the first. */
function walk(event: KeyboardEvent): void {
  const buttons = [...hits.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  if (event.key === 'Enter' && at < 0) buttons[0]?.click()
  else if (event.key === 'ArrowDown') buttons[at + 1]?.focus()
  else if (event.key === 'ArrowUp' && at >= 0) (buttons[at - 1] ?? search).focus()
  else if (event.key === 'Escape') {
    search.value = ''
    search.focus()
    seek()
  } else return
  event.preventDefault()
}

function drawLegend(): void {
  const colours = file.colours[dark ? 'dark' : 'light']
  const { scale } = file
  legendHow.hidden = scale !== null
  if (scale) {
    const bar = element('span', { class: 'bar', 'aria-hidden': 'true' })
    for (const colour of colours.slice(0, scale.steps)) bar.append(swatch(colour))
    legend.replaceChildren(
      element('li', { class: 'scale' }, element('span', { text: scale.least }), bar, element('span', { text: scale.most })),
      element('li', { class: 'soft', text: scale.said[language] }),
    )
    return
  }
  const entries = file.legend.map(({ category, said }) => {
    const single = () => {
      singled = singled === category ? null : category
      paint()
      ;(legend.querySelector(`[data-category="${category}"]`) as HTMLElement | null)?.focus()
    }
    const button = element('button', { type: 'button', 'data-category': category, 'aria-pressed': singled === category, onclick: single })
    button.append(swatch(colours[category] ?? ''), element('span', { text: said[language] }))
    button.classList.toggle('faded', singled !== null && singled !== category)
    return element('li', {}, button)
  })
  legend.replaceChildren(...entries)
}

function swatch(colour: string): HTMLElement {
  const made = element('i')
  made.style.background = colour
  return made
}

function paint(): void {
  root.dataset.theme = dark ? 'dark' : 'light'
  darkness.setAttribute('aria-pressed', String(dark))
  const token = (name: string) => getComputedStyle(root).getPropertyValue(name).trim()
  const colours = file.colours[dark ? 'dark' : 'light'].map((colour, i) =>
    singled === null || singled === i ? colour : FAINT[dark ? 'dark' : 'light'],
  )
  board.look({ colours, background: token('--card'), ring: token('--ink') })
  drawLegend()
}

function speak(next: Language): void {
  language = next
  const own = words()
  root.lang = language
  document.title = file.caption[language]
  heading.textContent = file.caption[language]
  languages.forEach((button, i) => button.setAttribute('aria-pressed', String(FILE_LANGUAGES[i] === language)))
  darkness.textContent = own.dark
  searchLabel.textContent = own.search
  chosenHeading.textContent = own.chosen
  legendHeading.textContent = own.legend
  legendHow.textContent = own.legendHow
  view.setAttribute('aria-label', own.view)
  nearer.setAttribute('aria-label', own.nearer)
  farther.setAttribute('aria-label', own.farther)
  whole.textContent = own.whole
  notes.replaceChildren(...[...file.notes.map((said) => said[language]), own.keys, own.made].map((text) => element('p', { text })))
  board.label(own.description(number(file.dots), own[file.what]))
  seek()
  tellChosen()
  drawLegend()
}

search.addEventListener('input', seek)
search.parentElement?.addEventListener('keydown', walk)
speak(language)
paint()
board.begin()
choose(null, false)
