import { z } from 'zod'
import { assertNever } from '../lib/assert-never.ts'
import { Duration, parseDuration } from '../lib/duration.ts'
import type { Instant } from '../lib/instant.ts'
import { Slug } from '../lib/slug.ts'
import { MessageTemplate } from './message.ts'

/** A step of a Canvas; `id` is unique within it and stays when the Canvas is edited. */
export const CanvasStep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), id: Slug, message: MessageTemplate, next: Slug.optional() }),
  z.strictObject({ kind: z.literal('delay'), id: Slug, for: Duration, next: Slug.optional() }),
])
export type CanvasStep = z.output<typeof CanvasStep>

/** `canvases/<name>.yaml`. Entry begins at the first step; a step without `next` is followed by the one below it. */
export const CanvasDefinition = z
  .strictObject({
    title: z.string().min(1).max(255).optional(),
    segment: Slug,
    steps: z.array(CanvasStep).min(1).max(200),
  })
  .superRefine((canvas, context) => {
    const ids = new Set<string>()
    canvas.steps.forEach((step, index) => {
      if (ids.has(step.id)) {
        context.addIssue({
          code: 'custom',
          path: ['steps', index, 'id'],
          message: `step "${step.id}" stands twice`,
        })
      }
      ids.add(step.id)
    })
    canvas.steps.forEach((step, index) => {
      if (step.next !== undefined && !ids.has(step.next)) {
        context.addIssue({
          code: 'custom',
          path: ['steps', index, 'next'],
          message: `there is no step "${step.next}"`,
        })
      }
    })
    if (!hasCycle(canvas.steps)) return
    context.addIssue({ code: 'custom', path: ['steps'], message: 'the steps lead in a circle' })
  })
export type CanvasDefinition = z.output<typeof CanvasDefinition>

function hasCycle(steps: readonly CanvasStep[]): boolean {
  return steps.some((start) => {
    let at: CanvasStep | undefined = start
    for (let moves = 0; at; moves++) {
      if (moves > steps.length) return true
      at = followingStep(steps, at)
    }
    return false
  })
}

function followingStep(steps: readonly CanvasStep[], step: CanvasStep): CanvasStep | undefined {
  if (step.next !== undefined) return steps.find((s) => s.id === step.next)
  return steps[steps.indexOf(step) + 1]
}

/** Where one person stands in a Canvas. */
export type EntryState =
  /** `step` is to be done at `due`; while a delay runs, `step` is the delay and `due` its end. */
  | { readonly kind: 'waiting'; readonly step: string; readonly due: Instant }
  | { readonly kind: 'exited'; readonly reason: ExitReason }

export type ExitReason = 'finished' | 'step_removed'

/** What the runner must do in the same transaction that stores the new state. */
export type CanvasEffect = { readonly kind: 'send'; readonly step: string; readonly message: MessageTemplate }

export type CanvasEvent = { readonly kind: 'entered' } | { readonly kind: 'due' }

/**
 * The next state of an entry and its effects, as data. An entry passes through as many steps as are due at `now`;
 * a message step advances at once whatever becomes of the message (braze.md E).
 */
export function step(
  canvas: CanvasDefinition,
  entry: EntryState | null,
  event: CanvasEvent,
  now: Instant,
): { readonly entry: EntryState; readonly effects: readonly CanvasEffect[] } {
  switch (event.kind) {
    case 'entered':
      return walk(canvas, canvas.steps[0], now)
    case 'due': {
      if (entry === null || entry.kind === 'exited')
        return { entry: entry ?? exited('finished'), effects: [] }
      if (entry.due > now) return { entry, effects: [] }
      const current = canvas.steps.find((s) => s.id === entry.step)
      if (!current) return { entry: exited('step_removed'), effects: [] }
      const from = current.kind === 'delay' ? followingStep(canvas.steps, current) : current
      return walk(canvas, from, now)
    }
    default:
      return assertNever(event)
  }
}

function walk(
  canvas: CanvasDefinition,
  from: CanvasStep | undefined,
  now: Instant,
): { entry: EntryState; effects: CanvasEffect[] } {
  const effects: CanvasEffect[] = []
  let at = from
  while (at) {
    if (at.kind === 'delay') {
      const wait = parseDuration(at.for) ?? 0
      if (wait > 0) return { entry: { kind: 'waiting', step: at.id, due: now + wait }, effects }
    } else {
      effects.push({ kind: 'send', step: at.id, message: at.message })
    }
    at = followingStep(canvas.steps, at)
  }
  return { entry: exited('finished'), effects }
}

function exited(reason: ExitReason): EntryState {
  return { kind: 'exited', reason }
}
