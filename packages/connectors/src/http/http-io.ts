import { lookup } from 'node:dns'
import { isForbiddenAddress } from '@muster/core/lib/egress.ts'
import type { DestinationIo } from '@muster/core/sync/destination.ts'
import { Agent, request } from 'undici'

const maxAnswerBytes = 1024 * 1024

/**
 * Requests to destinations: redirects are not followed, an answer is at most 1 MiB, and a name that resolves to an
 * address nothing may be sent to is refused at the moment of connecting. The caller's signal is the deadline.
 */
export function createDestinationIo(): DestinationIo {
  const dispatcher = new Agent({
    connect: {
      timeout: 10_000,
      lookup: (hostname, options, done) => {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          if (error) return done(error, [])
          const forbidden = addresses.find(({ address }) => isForbiddenAddress(address))
          if (forbidden)
            return done(new Error(`${hostname} resolves to an address that Muster never sends to`), [])
          done(null, addresses)
        })
      },
    },
    pipelining: 1,
    keepAliveTimeout: 4_000,
    maxResponseSize: maxAnswerBytes,
  })
  return {
    fetch: async (url, { method, headers, body, signal }) => {
      const answer = await request(url, { dispatcher, method, headers, signal, body: body ?? null })
      return {
        status: answer.statusCode,
        header: (name) => {
          const value = answer.headers[name.toLowerCase()]
          return (Array.isArray(value) ? value[0] : value) ?? null
        },
        text: () => answer.body.text(),
      }
    },
  }
}
