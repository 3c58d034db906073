import { Liquid } from 'liquidjs'
import { messageOf } from '../lib/error.ts'
import { isObject } from '../lib/json.ts'
import { toPlainLiquid } from './liquid.ts'

/** Where a template is wrong; line and column count from 1. */
export interface TemplateProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Turns a scope (`templateScope`) into text; throws where the template fails for this person. */
export type RenderTemplate = (scope: Record<string, unknown>) => string

export type CompiledTemplate =
  | { readonly ok: true; readonly render: RenderTemplate }
  | { readonly ok: false; readonly problem: TemplateProblem }

/**
 * `ownPropertyOnly` keeps prototypes out of reach, `templates` keeps include and render off the file system, and the
 * limits (ms and allocations of one rendering) stop a template that would run on. The wall clock is the worker's.
 */
const engine = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  templates: {},
  renderLimit: 250,
  memoryLimit: 5_000_000,
})

/** Takes a template in Liquid with Braze's `${…}` forms. */
export function compileTemplate(template: string): CompiledTemplate {
  const plain = toPlainLiquid(template)
  try {
    const parsed = engine.parse(plain.text)
    return { ok: true, render: (scope) => String(engine.renderSync(parsed, scope)) }
  } catch (error) {
    return { ok: false, problem: problemAt(template, plain.originalOffset(offsetOf(error)), error) }
  }
}

/** The first line of a failure, without the excerpt that liquidjs adds. */
export function templateFailure(error: unknown): string {
  return (messageOf(error).split('\n')[0] ?? '').replace(/, (file|line):?.*$/, '')
}

function problemAt(template: string, offset: number, error: unknown): TemplateProblem {
  const before = template.slice(0, offset)
  return {
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
    message: templateFailure(error),
  }
}

function offsetOf(error: unknown): number {
  if (!isObject(error) || !isObject(error.token)) return 0
  return typeof error.token.begin === 'number' ? error.token.begin : 0
}
