import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { denied, transient } from '@muster/core/lib/error.ts'
import type { DestinationIo, FarMember } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import { z } from 'zod'

const Page = z.object({
  members: z.array(
    z.object({
      external_id: z.string().nullable(),
      aliases: z.array(z.object({ alias_label: z.string(), alias_name: z.string() })),
      devices: z.array(z.string()),
    }),
  ),
  next: z.string().nullable(),
})

const pageMs = 60_000

interface Reading {
  readonly io: DestinationIo
  /** `…/partners/{partner}/cohorts` */
  readonly base: string
  readonly credentials: { readonly partner_api_key: string; readonly client_secret: string }
  readonly cohortId: string
  readonly signal: AbortSignal
}

/**
 * Who is in the cohort, where the far end is Muster's engage half (server/http/braze/cohort-reads.ts). Null where it is Braze, which
 * tells nobody. Throws `denied` where the keys are refused and `transient` where it does not answer.
 */
export async function readMembers(reading: Reading): Promise<AsyncIterable<readonly FarMember[]> | null> {
  const list = await post(reading, '/list', {})
  if (list === null) return null
  return pages(reading)
}

async function* pages(reading: Reading): AsyncGenerator<readonly FarMember[]> {
  let after: string | null = '0'
  while (after !== null) {
    const answer = await post(reading, '/members', { cohort_id: reading.cohortId, after, identifiers: true })
    // No such cohort there: nobody is in it.
    if (answer === null) return
    const page: z.output<typeof Page> = Page.parse(answer)
    yield page.members.map(({ external_id, aliases, devices }) => ({
      identifiers: [
        ...(external_id === null ? [] : [{ kind: 'external_id', value: external_id } as const]),
        ...aliases.map(
          ({ alias_label, alias_name }): Identifier => ({
            kind: 'alias',
            label: alias_label,
            name: alias_name,
          }),
        ),
        ...devices.map((value): Identifier => ({ kind: 'device_id', value })),
      ],
    }))
    after = page.next
  }
}

/** The answer; null for one that there is nothing at the path, or not what was asked for. */
async function post(
  { io, base, credentials, signal }: Reading,
  path: string,
  body: object,
): Promise<unknown | null> {
  const answer = await io
    .fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ ...credentials, ...body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(pageMs)]),
    })
    .catch((error: unknown) => {
      throw transient('unreachable', 'the destination could not be read: it does not answer', {
        cause: error,
      })
    })
  if (answer.status === 401 || answer.status === 403) {
    throw denied('login_refused', 'the destination refuses the keys', {
      hint: 'Put valid keys into the destination.',
    })
  }
  if (answer.status === 429 || answer.status >= 500) {
    throw transient('unreachable', `the destination could not be read: it answers ${answer.status}`)
  }
  if (answer.status !== 201) return null
  const parsed: unknown = JSON.parse(await answer.text())
  const isMuster = z.looseObject({ message: z.literal(brazeSuccess.message) }).safeParse(parsed)
  return isMuster.success ? parsed : null
}
