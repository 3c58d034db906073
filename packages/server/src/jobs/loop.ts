import { messageOf } from '@muster/core/lib/error.ts'
import type { Log } from '@muster/core/lib/log.ts'

/** Work that is taken up again and again until the server closes. */
export interface Loop {
  /** There may be work now: look at once instead of at the next tick. */
  wake(): void
  /** Lets the turn under way end, and begins no other. */
  stop(): Promise<void>
}

export interface LoopOptions {
  readonly name: string
  readonly everyMs: number
  /** One turn; true when there may be more to do at once. The signal is aborted when the loop is to stop. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>
  readonly log: Log
}

/** A turn that fails is logged and tried again at the next tick: the work rests in tables and is not lost. */
export function startLoop({ name, everyMs, turn, log }: LoopOptions): Loop {
  const abort = new AbortController()
  let woken = false
  let rouse: () => void = () => {}

  const pause = (): Promise<void> =>
    new Promise((done) => {
      if (woken || abort.signal.aborted) return done()
      const timer = setTimeout(done, everyMs)
      rouse = () => {
        clearTimeout(timer)
        done()
      }
    })

  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      woken = false
      const more = await turn(abort.signal).catch((error: unknown) => {
        if (!abort.signal.aborted) log.error(`${name} failed`, { error: messageOf(error) })
        return false
      })
      if (!more) await pause()
    }
  }
  const running = run()
  return {
    wake: () => {
      woken = true
      rouse()
    },
    stop: async () => {
      abort.abort()
      rouse()
      await running
    },
  }
}
