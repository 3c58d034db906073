import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { messageOf } from '@muster/core/lib/error.ts'

export interface RenderRequest {
  readonly request: number
  readonly subject: string
  readonly body: string
  readonly scopes: readonly Record<string, unknown>[]
}

/** The next texts of a request, in the order of its scopes. */
export interface RenderAnswer {
  readonly request: number
  readonly texts: readonly RenderedText[]
}

export type RenderedText =
  | { readonly ok: true; readonly subject: string; readonly body: string }
  | { readonly ok: false; readonly reason: string }

/** Renders one template for many people, in a thread that can be ended. */
export interface Renderer {
  /** One text a scope, in order. What a hung or exhausted thread did not reach has failed with the reason. */
  render(
    template: { readonly subject: string; readonly body: string },
    scopes: readonly Record<string, unknown>[],
  ): Promise<readonly RenderedText[]>
  close(): Promise<void>
}

export interface RendererOptions {
  /** Wall clock for one call of `render`, once its thread has loaded. */
  readonly limitMs: number
}

/** The thread starts at the first use, and again after it was ended. Calls wait for one another. */
export function openRenderer({ limitMs }: RendererOptions): Renderer {
  let thread: Thread | null = null
  let last: Promise<unknown> = Promise.resolve()
  let requests = 0

  const discard = async (dead: Thread): Promise<void> => {
    if (thread === dead) thread = null
    await dead.worker.terminate()
  }
  const render: Renderer['render'] = (template, scopes) => {
    const turn = last.then(async () => {
      thread ??= startThread()
      const mine = thread
      await mine.ready
      const { texts, failure } = await ask(mine.worker, { request: ++requests, ...template, scopes }, limitMs)
      if (failure === null) return texts
      await discard(mine)
      const missing = scopes.slice(texts.length).map((): RenderedText => ({ ok: false, reason: failure }))
      return [...texts, ...missing]
    })
    last = turn.catch(() => {})
    return turn
  }
  const close = async (): Promise<void> => {
    await last
    if (thread) await discard(thread)
  }
  return { render, close }
}

interface Thread {
  readonly worker: Worker
  /** It has loaded, or died trying: the wall clock of a call begins then, so that a busy machine fails no message. */
  readonly ready: Promise<unknown>
}

function startThread(): Thread {
  const worker = new Worker(new URL('./render-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
  })
  // Whoever waits for an answer listens as well; without this one, a failure between two requests would end the process.
  worker.on('error', () => {})
  const ready = Promise.race([once(worker, 'message'), once(worker, 'exit')]).catch(() => {})
  worker.unref()
  return { worker, ready }
}

interface Asked {
  readonly texts: readonly RenderedText[]
  /** Why the thread did not get to the end, or null. */
  readonly failure: string | null
}

function ask(worker: Worker, request: RenderRequest, limitMs: number): Promise<Asked> {
  const texts: RenderedText[] = []
  return new Promise((resolve) => {
    const end = (failure: string | null): void => {
      clearTimeout(timer)
      worker.off('message', hear)
      worker.off('error', fail)
      worker.off('exit', exit)
      resolve({ texts, failure })
    }
    const hear = (answer: RenderAnswer): void => {
      if (answer.request !== request.request) return
      texts.push(...answer.texts)
      if (texts.length >= request.scopes.length) end(null)
    }
    const fail = (error: unknown): void => end(`rendering failed: ${messageOf(error)}`)
    const exit = (): void => end('rendering failed: its thread ended')
    const timer = setTimeout(() => end(`rendering took longer than ${limitMs} ms`), limitMs)
    worker.on('message', hear)
    worker.on('error', fail)
    worker.on('exit', exit)
    if (request.scopes.length === 0) end(null)
    else worker.postMessage(request)
  })
}
