// Keeps the screen from going dark while a run goes on: a phone that sleeps stops training.
//
// In: whether a run goes on. Out: nothing; a browser without wake locks, or one that refuses, is left as it is.

export class Awake {
  #wanted = false
  #lock: WakeLockSentinel | null = null

  constructor() {
    // The browser takes the lock away when the page is hidden.
    document.addEventListener('visibilitychange', () => void this.#follow())
  }

  set(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    void this.#follow()
  }

  get held(): boolean {
    return this.#lock !== null
  }

  async #follow(): Promise<void> {
    try {
      if (!this.#wanted) {
        const lock = this.#lock
        this.#lock = null
        await lock?.release()
      } else if (!this.#lock && document.visibilityState === 'visible' && 'wakeLock' in navigator) {
        const lock = await navigator.wakeLock.request('screen')
        // The run may have ended while the browser thought about it.
        if (!this.#wanted || this.#lock) return void (await lock.release())
        this.#lock = lock
        lock.addEventListener('release', () => {
          if (this.#lock === lock) this.#lock = null
        })
      }
    } catch {
      // Refused, for instance for want of battery; training goes on all the same.
    }
  }
}
