import { Agent, request } from 'node:http'

/** Keeps connections to one address and posts JSON over them. */
export interface Poster {
  /** Resolves with the status when the whole answer has come. */
  post(path: string, body: Buffer): Promise<number>
  close(): void
}

export function createPoster(address: string, connections: number): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const post = (path: string, body: Buffer): Promise<number> =>
    new Promise((done, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      const sent = request(new URL(path, address), { method: 'POST', agent, headers }, (answer) => {
        answer.resume()
        answer.once('end', () => done(answer.statusCode ?? 0))
        answer.once('error', reject)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  return { post, close: () => agent.destroy() }
}

/** Does the jobs, `atOnce` of them at any time. */
export async function inParallel<T>(
  jobs: Iterable<T>,
  atOnce: number,
  work: (job: T) => Promise<unknown>,
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
