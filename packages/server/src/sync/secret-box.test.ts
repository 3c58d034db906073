import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSecretBox } from './secret-box.ts'

const place = { kind: 'destination', name: 'braze', field: 'data_import_key' } as const

describe('a secret at rest', () => {
  const box = createSecretBox(randomBytes(32))

  it('opens to what was sealed, and is never sealed the same way twice', () => {
    const sealed = new Set(Array.from({ length: 1_000 }, () => box.seal('größte Geheimnisse', place)))
    expect(sealed.size).toBe(1_000)
    for (const one of sealed) expect(box.open(one, place)).toBe('größte Geheimnisse')
    expect([...sealed].join()).not.toContain(Buffer.from('Geheimnisse').toString('base64').slice(0, 8))
  })

  it('does not open in another row or field, under another key, or altered', () => {
    const sealed = box.seal('secret', place)
    const altered = Buffer.from(sealed, 'base64')
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
    const attempts = [
      () => box.open(sealed, { ...place, name: 'other' }),
      () => box.open(sealed, { ...place, field: 'partner_api_key' }),
      () => box.open(sealed, { ...place, kind: 'source' }),
      () => createSecretBox(randomBytes(32)).open(sealed, place),
      () => box.open(altered.toString('base64'), place),
    ]
    for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining({ code: 'secret_key' }))
  })
})
