import { describe, expect, it } from 'vitest'
import { parseTrack } from './users.ts'

describe('the 75 objects of /users/track', () => {
  const body = {
    attributes: Array(75).fill({ external_id: 'ann' }),
    events: [{ external_id: 'ann', name: 'opened', time: '2026-01-01' }],
  }

  it('are counted over all arrays', () => {
    expect(parseTrack(body, 0)).toEqual({ ok: false, refusal: 'too_many_objects' })
    expect(parseTrack({ attributes: body.attributes }, 0).ok).toBe(true)
  })

  it('are counted in each array when told so', () => {
    expect(parseTrack(body, 0, 'each').ok).toBe(true)
    const more = { attributes: Array(76).fill({ external_id: 'ann' }) }
    expect(parseTrack(more, 0, 'each')).toEqual({ ok: false, refusal: 'too_many_objects' })
  })
})
