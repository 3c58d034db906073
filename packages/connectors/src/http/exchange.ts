import type { DestinationIo } from '@muster/core/sync/destination.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { type Answer, readAnswer, readFailure } from './read-answer.ts'

export interface Post {
  readonly url: string
  /** Sent as JSON. */
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
  /** Masked in whatever is kept of the answer. */
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
  /** What an answer says of the request; that of Braze when absent. */
  readonly read?: (answer: Answer, secrets: readonly string[]) => Outcome
}

/** Posts JSON and says what came of it; never throws. */
export async function exchange(io: DestinationIo, post: Post): Promise<Outcome> {
  const { url, body, headers = {}, secrets, signal, read = readAnswer } = post
  try {
    const answer = await io.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    })
    const head = {
      status: answer.status,
      requestId: answer.header('x-request-id'),
      retryAfter: answer.header('retry-after'),
      date: answer.header('date'),
    }
    return read({ ...head, body: await answer.text() }, secrets)
  } catch (error) {
    return readFailure(error, secrets)
  }
}
