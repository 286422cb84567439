// The lesson that a person takes: where it stands, what it waits for, what it points at.
//
// In: the lab, what a person opens and chooses on the page, and the address. Out: the step to show, whether it is done, and which panels
// are hidden. A step goes on by itself when what it waits for happens while it is shown; where that was so before, the person goes on.

import { DEFAULT_PRESET } from '../../shell/settings'
import { SvelteSet } from 'svelte/reactivity'

import { lessonOf } from './all'
import {
  type Action,
  type ConfigurationName,
  isOf,
  type Lesson,
  type LessonId,
  met,
  type Scene,
  type Step,
  valuesOf,
  wholeOf,
} from './lesson'
import { keysOf, type LessonLink, linkOf, type PanelId } from './link'
import type { Lab } from '../../shell/lab.svelte'

export class Lessons {
  lesson = $state.raw<Lesson | null>(null)
  /** Counted from 0. */
  at = $state(0)
  hidden = $state.raw<readonly PanelId[]>([])
  /** What a person has opened and chosen since the step began. */
  readonly #opened = new SvelteSet<string>()
  readonly #chosen = new SvelteSet<string>()
  readonly #lab: Lab

  readonly step = $derived<Step | null>(this.lesson?.steps[this.at] ?? null)
  readonly #scene = $derived.by((): Scene => {
    const lab = this.#lab
    return {
      loaded: lab.summary !== null,
      state: lab.state,
      values: lab.values,
      runValues: lab.runValues,
      epochs: lab.validation[lab.validation.length - 1]?.epoch ?? 0,
      opened: this.#opened,
      chosen: this.#chosen,
    }
  })
  /** Whether what the step asks for is under way, so that only time is wanting. */
  readonly underWay = $derived.by(() => {
    const action = this.step?.action
    return action?.does === 'start' && this.#lab.state === 'running' && this.#trains(action.configuration)
  })
  /** Whether what the step waits for is so. */
  readonly done = $derived(this.step !== null && met(this.step.until, this.#scene))

  constructor(lab: Lab) {
    this.#lab = lab
    lab.form.alsoInAddress = () => keysOf(this.#link)
    this.#take(linkOf(location.hash))
    // Who comes into the middle of a lesson has not loaded anything.
    if (this.at > 0) void lab.session.ready().then(() => lab.attempt(async () => lab.summary ?? lab.loadExample()))
    addEventListener('hashchange', () => this.#take(linkOf(location.hash)))
    // These events do not bubble as far, but they pass here on their way down.
    document.addEventListener('toggle', (event) => this.#noteOpened(event.target), true)
    document.addEventListener('change', (event) => this.#noteChosen(event.target), true)
    $effect.root(() => {
      let before = false
      let beforeStep: Step | null = null
      $effect(() => {
        const { done, step } = this
        if (done && !before && step === beforeStep) this.next()
        before = done
        beforeStep = step
      })
    })
  }

  hides(panel: string): boolean {
    return (this.hidden as readonly string[]).includes(panel)
  }

  showAll(): void {
    this.hidden = []
    this.#lab.form.settleAddress()
  }

  /** Begins a lesson with its own configuration in the form. */
  begin(id: LessonId): void {
    const lesson = lessonOf(id)
    // A lesson's settings are told as differences from the default preset.
    this.#lab.takePreset(DEFAULT_PRESET)
    const { defaults } = this.#lab
    if (defaults) this.#lab.setValues({ ...wholeOf(lesson.begins, defaults), seed: this.#lab.values['seed'] ?? 0 })
    this.lesson = lesson
    this.#go(0)
  }

  next(): void {
    if (!this.lesson) return
    if (this.at + 1 < this.lesson.steps.length) this.#go(this.at + 1)
    else this.leave()
  }

  back(): void {
    if (this.at > 0) this.#go(this.at - 1)
  }

  leave(): void {
    this.lesson = null
    this.#go(0)
  }

  /** What the step asks for, done in the person's place. */
  async doIt(): Promise<void> {
    const action = this.step?.action
    if (action) await this.#lab.attempt(() => this.#do(action))
  }

  /** The address of this page with the present configuration, and a lesson at a step where one is named. */
  address(link: LessonLink): string {
    return location.origin + location.pathname + location.search + this.#lab.form.hash(keysOf(link))
  }

  async #do(action: Action): Promise<void> {
    const lab = this.#lab
    switch (action.does) {
      case 'load':
        await lab.loadExample()
        break
      case 'set':
        lab.setValues(action.values)
        break
      case 'start':
        if (this.#trains(action.configuration) && lab.state === 'paused') return lab.resume()
        if (lab.busy) await lab.stop()
        if (!lab.summary) await lab.loadExample()
        lab.setValues(valuesOf(action.configuration))
        await lab.start()
        break
      case 'open': {
        const definition = document.getElementById(`chart-${action.chart}`)?.querySelector('details')
        if (definition) definition.open = true
      }
    }
  }

  #trains(configuration: ConfigurationName): boolean {
    return this.#lab.busy && isOf(configuration, this.#lab.runValues)
  }

  get #link(): LessonLink {
    return { lesson: this.lesson?.id ?? null, step: this.at, hide: this.hidden }
  }

  #go(step: number): void {
    this.#opened.clear()
    this.#chosen.clear()
    this.at = step
    this.#lab.form.settleAddress()
  }

  #take({ lesson, step, hide }: LessonLink): void {
    this.hidden = hide
    if (lesson === (this.lesson?.id ?? null) && step === this.at) return
    this.lesson = lesson ? lessonOf(lesson) : null
    this.#opened.clear()
    this.#chosen.clear()
    this.at = step
  }

  #noteOpened(what: EventTarget | null): void {
    if (!(what instanceof HTMLDetailsElement) || !what.open) return
    const chart = what.closest('[id^="chart-"]')
    if (chart) this.#opened.add(chart.id.replace(/^chart-/, ''))
  }

  #noteChosen(what: EventTarget | null): void {
    const panel = what instanceof Element ? what.closest('section[id]') : null
    if (panel) this.#chosen.add(panel.id)
  }
}
