// The lesson that a person takes: where it stands, what it waits for, what was guessed and what came out.
//
// In: the lab, what a person opens and answers on the page, and the address. Out: the step to show and its phase, the runs that belong to
// the lesson, answers beside the charts that they are about, and which panels are hidden. A step that is done stays until the person
// goes on.

import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { untrack } from 'svelte'

import { beside, POPULARITY } from '../../shell/beside.svelte'
import type { Lab } from '../../shell/lab.svelte'
import { act, takeConfiguration, trains } from './act'
import { LESSONS, lessonOf } from './all'
import { CONFIGURATIONS, isOf, type Lesson, type LessonId, met, type Scene, type Step } from './lesson'
import { keysOf, type LessonLink, linkOf, type PanelId } from './link'
import { measured, type Measure } from './measure'
import { FIRST, type StageId, withStage } from '../../shell/stages'
import { stagesWith } from '../../shell/stages.svelte'
import { text } from '../../shell/text'

/** Whether a question waits, an experiment is due, or it is done. */
export type Phase = 'ask' | 'do' | 'done'

/** A guess and what came out, to be shown beside a chart. */
export interface Guess {
  step: Step
  answer: string | number
  /** Null while it is not measured. */
  result: number | null
}

export class Lessons {
  /** Number of the lessons that there are. */
  readonly count = LESSONS.length
  lesson = $state.raw<Lesson | null>(null)
  /** Counted from 0. */
  at = $state(0)
  hidden = $state.raw<readonly PanelId[]>([])
  /** By the step's name. */
  readonly #answers = new SvelteMap<string, string | number>()
  readonly #results = new SvelteMap<string, number>()
  /** Steps whose question was left out, and steps that were done. */
  readonly #skipped = new SvelteSet<string>()
  readonly #reached = new SvelteSet<string>()
  /** Charts whose definition was opened since the step began. */
  readonly #opened = new SvelteSet<string>()
  /** Runs that were begun in this lesson. */
  readonly #runs = new SvelteSet<number>()
  readonly #lab: Lab

  readonly step = $derived<Step | null>(this.lesson?.steps[this.at] ?? null)
  readonly #scene = $derived.by((): Scene => {
    const lab = this.#lab
    const loaded = lab.summary !== null
    return {
      loaded,
      own: loaded && lab.reading.own,
      state: lab.state,
      values: lab.values,
      runValues: lab.runValues,
      epochs: lab.validation.at(-1)?.epoch ?? 0,
      ranked: lab.baselines.found !== null,
      answered: this.answer !== undefined,
      beside: beside.run !== POPULARITY,
      tried: lab.sequence.length > 0 && lab.hasModel,
      opened: this.#opened,
    }
  })
  /** The answer to the step's question. */
  readonly answer = $derived(this.step ? this.#answers.get(this.step.id) : undefined)
  /** The number that the question asked for, if it has come out. */
  readonly result = $derived(this.step ? this.#results.get(this.step.id) : undefined)
  readonly phase = $derived.by((): Phase => {
    const { step } = this
    if (!step) return 'do'
    if (step.ask && this.answer === undefined && !this.#skipped.has(step.id)) return 'ask'
    return this.#reached.has(step.id) || met(step.until, this.#scene) ? 'done' : 'do'
  })
  /** Whether the step's work is under way, so that only time is wanting. */
  readonly underWay = $derived.by(() => {
    const action = this.step?.action
    const { state, baselines, busy } = this.#lab
    if (action?.does === 'rank') return baselines.ranking !== null
    if (action?.does === 'train') return busy
    return action?.does === 'start' && state === 'running' && trains(this.#lab, action.configuration)
  })

  constructor(lab: Lab) {
    this.#lab = lab
    lab.form.alsoInAddress = () => keysOf(this.#link)
    this.#take(linkOf(location.hash))
    this.#loadByItself()
    addEventListener('hashchange', ({ newURL }) => {
      // The form has heard of it before, and has written the address anew, with the lesson that was.
      this.#take(linkOf(new URL(newURL).hash))
      lab.form.settleAddress()
    })
    // This event does not bubble as far, but it passes here on its way down.
    document.addEventListener('toggle', (event) => this.#noteOpened(event.target), true)
    $effect.root(() => {
      $effect(() => this.#noteDone())
      $effect(() => this.#noteRun())
    })
  }

  hides(panel: string): boolean {
    return (this.hidden as readonly string[]).includes(panel)
  }

  showAll(): void {
    this.hidden = []
    this.#lab.form.settleAddress()
  }

  /** Whether a run has a place in the charts: in a lesson its own runs alone. */
  shows(run: number): boolean {
    return this.lesson === null || this.#runs.size === 0 || this.#runs.has(run)
  }

  /** Guesses that belong beside a chart or panel. */
  beside(chart: string): Guess[] {
    return (this.lesson?.steps ?? []).flatMap((step) => {
      const answer = this.#answers.get(step.id)
      if (step.ask?.beside !== chart || answer === undefined) return []
      return [{ step, answer, result: this.#results.get(step.id) ?? null }]
    })
  }

  isDone({ id }: Step): boolean {
    return this.#reached.has(id)
  }

  /** The number that was guessed for what a chart shows, if the step at hand asks for one. */
  guess(chart: string): number | null {
    const { step, answer } = this
    return step?.ask?.kind === 'number' && step.ask.beside === chart && typeof answer === 'number' ? answer : null
  }

  /** Begins a lesson with its own configuration in the form. */
  begin(id: LessonId): void {
    this.#forget()
    takeConfiguration(this.#lab, lessonOf(id).begins)
    this.lesson = lessonOf(id)
    this.#go(0)
  }

  reply(answer: string | number): void {
    if (this.step) this.#answers.set(this.step.id, answer)
  }

  skipQuestion(): void {
    const { step } = this
    if (!step) return
    this.#skipped.add(step.id)
    // There is nothing else to it.
    if (step.until.what === 'answered') this.#reached.add(step.id)
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
    this.#forget()
    this.lesson = null
    this.#go(0)
  }

  /** Does what the step asks for in the person's place. */
  async doIt(): Promise<void> {
    const action = this.step?.action
    if (action) await this.#lab.attempt(() => act(this.#lab, action, () => this.#setBeside()))
  }

  /**
   * The address of this page with the present configuration, and a lesson at a step if one is named; a step has the stage of what it
   * points at.
   */
  address(link: LessonLink, language: string, stage: StageId): string {
    const at = link.lesson ? stageOfStep(lessonOf(link.lesson).steps[link.step]) : stage
    const address = withStage(new URL(location.pathname + location.search, location.href), at)
    if (language) address.searchParams.set('lang', language)
    else address.searchParams.delete('lang')
    return address.href + this.#lab.form.hash(keysOf(link))
  }

  #setBeside(): void {
    const first = this.#lab.runs.list.find(({ id }) => this.#runs.has(id) && id !== this.#lab.runs.current)
    if (first) beside.run = String(first.id)
  }

  #noteDone(): void {
    const { step, phase } = this
    if (!step || phase !== 'done') return
    untrack(() => this.#reached.add(step.id))
    if (step.ask?.kind !== 'number' || untrack(() => this.#results.has(step.id))) return
    const result = this.#measure(step.ask.measure, step.until.what === 'epoch' ? step.until.epoch : undefined)
    if (result !== null) this.#results.set(step.id, result)
  }

  #measure(measure: Measure, epoch: number | undefined): number | null {
    const { validation, baselines, summary } = this.#lab
    const { looks } = this.#lab.run
    const instruments = { validation, looks, baselines: baselines.found?.rows ?? [], median: summary?.median_length ?? null }
    return measured(measure, instruments, epoch)
  }

  /** A run that begins in a lesson belongs to it, and has the name of its configuration. */
  #noteRun(): void {
    const { current } = this.#lab.runs
    if (current === null || this.lesson === null) return
    untrack(() => {
      const run = this.#lab.runs.present
      if (!run || this.#runs.has(current) || run.validation.length > 0) return
      this.#runs.add(current)
      const name = CONFIGURATIONS.find((name) => isOf(name, run.values))
      if (name) this.#lab.runs.rename(current, text.lessons.runs[name])
    })
  }

  get #link(): LessonLink {
    return { lesson: this.lesson?.id ?? null, step: this.at, hide: this.hidden, rest: 0 }
  }

  #go(step: number): void {
    this.#opened.clear()
    if (this.lesson?.steps[step]?.until.what === 'beside') beside.run = POPULARITY
    this.at = step
    this.#lab.form.settleAddress()
  }

  #forget(): void {
    for (const kept of [this.#answers, this.#results, this.#skipped, this.#reached, this.#runs]) kept.clear()
  }

  #take({ lesson, step, hide, rest }: LessonLink): void {
    this.hidden = hide
    if (rest > 0) void this.#lab.session.ready().then(() => this.#lab.attempt(() => this.#lab.setRest(rest)))
    if (lesson === (this.lesson?.id ?? null) && step === this.at) return
    this.#forget()
    this.lesson = lesson ? lessonOf(lesson) : null
    this.#opened.clear()
    this.at = step
  }

  /** Whoever comes into the middle of a lesson has loaded nothing, and cannot if "Data" is hidden. */
  #loadByItself(): void {
    const lab = this.#lab
    const cannot = this.hides('data')
    if (this.at === 0 && !cannot) return
    void lab.session.ready().then(() =>
      lab.attempt(async () => {
        if (!lab.summary) await lab.loadExample()
        if (cannot) lab.messageBoard.tell('note', text.lessons.loadedByLink)
      }),
    )
  }

  #noteOpened(what: EventTarget | null): void {
    // A chart has a menu too, which says nothing about it.
    if (!(what instanceof HTMLDetailsElement) || !what.open || !what.matches('[data-definition]')) return
    const chart = what.closest('[id^="chart-"]')
    if (chart) this.#opened.add(chart.id.replace(/^chart-/, ''))
  }
}

/** The stage of the first thing that a step points at and that is on the page. */
function stageOfStep(step: Step | undefined): StageId {
  const stages = (step?.target ?? []).flatMap((selector) => {
    const element = document.querySelector(selector)
    return element ? stagesWith(element).slice(0, 1) : []
  })
  return stages[0] ?? FIRST
}
