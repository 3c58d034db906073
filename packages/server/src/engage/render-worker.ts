import { parentPort } from 'node:worker_threads'
import { type CompiledTemplate, compileTemplate, templateFailure } from '@muster/core/engage/template.ts'
import type { RenderAnswer, RenderedText, RenderRequest } from './renderer.ts'

/** Runs templates of strangers; its owner ends it when it takes too long. Plain data in, plain data out. */

/** So often what is done is reported, so that an end in the middle loses little. */
const reportEvery = 100

parentPort?.on('message', ({ request, subject, body, scopes }: RenderRequest) => {
  const compiled = [compileTemplate(subject), compileTemplate(body)] as const
  for (let from = 0; from < scopes.length; from += reportEvery) {
    const texts = scopes.slice(from, from + reportEvery).map((scope) => renderBoth(compiled, scope))
    const answer: RenderAnswer = { request, texts }
    parentPort?.postMessage(answer)
  }
})

const loaded: RenderAnswer = { request: 0, texts: [] }
parentPort?.postMessage(loaded)

function renderBoth(
  [subject, body]: readonly [CompiledTemplate, CompiledTemplate],
  scope: Record<string, unknown>,
): RenderedText {
  if (!subject.ok) return { ok: false, reason: `subject: ${subject.problem.message}` }
  if (!body.ok) return { ok: false, reason: `body: ${body.problem.message}` }
  try {
    return { ok: true, subject: subject.render(scope), body: body.render(scope) }
  } catch (error) {
    return { ok: false, reason: templateFailure(error) }
  }
}
