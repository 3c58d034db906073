import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { brazeRefusals } from '@muster/core/braze/errors.ts'
import { userLimits } from '@muster/core/braze/limits.ts'
import { invalid } from '@muster/core/lib/error.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const inflate = promisify(gunzip)

/**
 * Bodies are JSON in UTF-8 of at most 4 MB, plain or gzip; the limit holds for what a gzip body inflates to, and inflating
 * ends where it is passed. What is not gzip or not JSON gives `undefined`, which every endpoint refuses in its own order.
 */
export function acceptJson(app: FastifyInstance): void {
  // An id cut by a wrong byte would be another id, so the bytes must be UTF-8 to the last.
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: userLimits.bodyBytes },
    async (request: FastifyRequest, body: Buffer) => {
      const plain = await decode(body, request.headers['content-encoding'])
      if (plain === null) return undefined
      try {
        const value: unknown = JSON.parse(utf8.decode(plain))
        return value
      } catch {
        return undefined
      }
    },
  )
}

/** The bytes without their encoding; null where they are not in it. */
async function decode(body: Buffer, encoding: string | undefined): Promise<Buffer | null> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return body
  if (name !== 'gzip' && name !== 'x-gzip') {
    throw invalid('content_encoding', brazeRefusals.content_encoding.message)
  }
  try {
    return await inflate(body, { maxOutputLength: userLimits.bodyBytes })
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    if (isTooLarge) throw invalid('too_large', brazeRefusals.too_large.message)
    return null
  }
}
