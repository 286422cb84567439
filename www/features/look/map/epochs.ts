// The map of past epochs, for the slider: one snapshot an epoch, of a bounded size.
//
// In: snapshots as they come. Out: the first one of each epoch, which is how the epoch before left it. Where they would take more
// than their share of memory every other one goes, the earliest and the latest excepted.

/** Numbers that are kept at most: 40 MB of single precision. */
const MOST_NUMBERS = 10_000_000
const MOST_FRAMES = 120

export interface Frame {
  epoch: number
  step: number
  explained: [number, number]
  points: Float32Array
}

export class Epochs {
  frames: readonly Frame[] = []

  constructor(
    private readonly mostFrames = MOST_FRAMES,
    private readonly mostNumbers = MOST_NUMBERS,
  ) {}

  /** Takes a snapshot where it is the first of its epoch; true where it was taken. */
  add(frame: Frame): boolean {
    const last = this.frames[this.frames.length - 1]
    // A run that begins anew, or other points, have nothing to do with what was kept.
    if (last && (frame.step < last.step || frame.points.length !== last.points.length)) this.frames = []
    else if (last && frame.epoch === last.epoch) return false
    this.frames = [...this.frames, frame]
    while (
      this.frames.length > 2 &&
      (this.frames.length > this.mostFrames || this.frames.length * frame.points.length > this.mostNumbers)
    ) {
      const end = this.frames.length - 1
      this.frames = this.frames.filter((_, i) => i % 2 === 0 || i === end)
    }
    return true
  }

  clear(): void {
    this.frames = []
  }
}
