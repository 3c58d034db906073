import { describe, expect, it } from 'vitest'
import { isAllowed, parseNetwork } from './address-list.ts'

describe('a list of addresses', () => {
  it('holds addresses and networks of both families', () => {
    const list = ['10.0.0.0/8', '192.168.1.7', '2001:db8::/32']
    expect(
      ['10.9.8.7', '192.168.1.7', '::ffff:10.1.1.1', '2001:db8::1'].map((ip) => isAllowed(list, ip)),
    ).toEqual([true, true, true, true])
    expect(
      ['11.0.0.1', '192.168.1.8', '2001:db9::1', 'nonsense', ''].map((ip) => isAllowed(list, ip)),
    ).toEqual([false, false, false, false, false])
  })

  it('is not made of anything else', () => {
    expect(['10.0.0.0/33', '10.0.0', 'a', '', '10.0.0.0/8/8', '10.0.0.0/x'].map(parseNetwork)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ])
  })
})
