import { describe, expect, it } from 'vitest'
import { nearest } from './nearest.ts'

describe('the nearest name', () => {
  it.each([
    ['custmer_id', 'customer_id'],
    ['Customer_ID', 'customer_id'],
    ['crmid', 'crm_id'],
    ['zebra', null],
  ])('to %s is %s', (written, expected) => {
    expect(nearest(written, ['customer_id', 'crm_id', 'last_device_id'])).toBe(expected)
  })
})
