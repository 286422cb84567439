// The run files that were dropped together, as the page shows them.
//
// In: files. Out: the runs in them, and a word for each file that brought none. Everything stays in the tab, until it is closed or cleared.

import { type FileFault, type FileRun, MOST_BYTES, readRuns } from './class-files'
import { type ClassRun, groundsOf, type Twin, withFile } from './class-runs'

export interface Refused {
  file: string
  fault: FileFault
}

export class ClassBench {
  runs = $state.raw<readonly ClassRun[]>([])
  refused = $state.raw<readonly Refused[]>([])
  twins = $state.raw<readonly Twin[]>([])
  files = $state(0)
  reading = $state(false)
  /** Key of the data set that is shown; the commonest one unless another was chosen. */
  chosen = $state('')

  readonly grounds = $derived(groundsOf(this.runs))
  readonly ground = $derived(this.grounds.find(({ key }) => key === this.chosen) ?? this.grounds[0] ?? null)
  /** Those on the data set that is shown. */
  readonly shown = $derived(this.runs.filter(({ ground }) => ground === this.ground?.key))

  /** Adds files to those before; a file that brings nothing leaves the others as they are. */
  async add(files: readonly File[]): Promise<void> {
    if (this.reading || files.length === 0) return
    this.reading = true
    try {
      // What was wrong with earlier files was read by now.
      const refused: Refused[] = []
      const twins: Twin[] = []
      let all = [...this.runs]
      let taken = 0
      for (const { file, found } of await Promise.all(files.map(async (file) => ({ file, found: await read(file) })))) {
        if (typeof found === 'string') {
          refused.push({ file: file.name, fault: found })
          continue
        }
        const joined = withFile(all, file.name, found)
        all = joined.runs
        twins.push(...joined.twins)
        taken += 1
      }
      this.runs = all
      this.refused = refused
      this.twins = twins
      this.files += taken
    } finally {
      this.reading = false
    }
  }

  clear(): void {
    this.runs = []
    this.refused = []
    this.twins = []
    this.files = 0
    this.chosen = ''
  }
}

async function read(file: File): Promise<FileRun[] | FileFault> {
  if (file.size > MOST_BYTES) return 'large'
  let written: string
  try {
    written = await file.text()
  } catch {
    // A folder, or a file that went away.
    return 'unreadable'
  }
  return readRuns(written)
}

export const classBench = new ClassBench()
