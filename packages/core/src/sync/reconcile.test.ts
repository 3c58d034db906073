import { describe, expect, it } from 'vitest'
import { diff } from './diff.ts'
import type { Identifier } from './identifier.ts'
import type { Member } from './member.ts'
import { reconcile } from './reconcile.ts'

const id = (value: string): Identifier => ({ kind: 'external_id', value })
const crm = (name: string): Identifier => ({ kind: 'alias', label: 'crm', name })
const member = (identifier: Identifier, rowKey = '1'): Member => ({ identifier, rowKey })
const person = (...identifiers: Identifier[]) => ({ identifiers })
const namespaces = ['external_id', 'alias:crm']

/** What is sent for it. */
function repair(
  accepted: readonly Member[],
  desired: readonly Member[],
  far: readonly ReturnType<typeof person>[],
) {
  const { added, removed } = diff(reconcile(accepted, desired, far, namespaces), desired)
  return { added: added.map((one) => one.identifier), removed: removed.map((one) => one.identifier) }
}

describe('a reconciliation', () => {
  it('sends nothing where the far end is as desired', () => {
    const ann = member(id('ann'))
    expect(repair([ann], [ann], [person(id('ann'), crm('1'))])).toEqual({ added: [], removed: [] })
  })

  it('adds again who was accepted and is not there', () => {
    expect(repair([member(id('ann'))], [member(id('ann'))], [])).toEqual({ added: [id('ann')], removed: [] })
  })

  it('removes whom nobody knows, under the identifier that the sync would name first', () => {
    const far = [person(crm('9'), id('zoe')), person(crm('8'))]
    expect(repair([], [], far)).toEqual({ added: [], removed: [id('zoe'), crm('8')] })
  })

  it('lets somebody stay whom it cannot name', () => {
    expect(repair([], [], [person({ kind: 'device_id', value: 'd' }), person()])).toEqual({
      added: [],
      removed: [],
    })
  })

  it('finds its members again where the state is lost, and sends nothing for them', () => {
    expect(repair([], [member(crm('1'))], [person(id('ann'), crm('1'))])).toEqual({ added: [], removed: [] })
  })

  it('asserts a person again who loses another identifier, whatever row it came from', () => {
    const sent = repair(
      [member(id('ann'), '1'), member(crm('1'), '2')],
      [member(crm('1'), '2')],
      [person(id('ann'), crm('1'))],
    )
    expect(sent).toEqual({ added: [crm('1')], removed: [id('ann')] })
    const unknown = repair([member(id('ann'), '1')], [member(crm('1'), '2')], [person(id('ann'), crm('1'))])
    expect(unknown).toEqual({ added: [crm('1')], removed: [id('ann')] })
  })
})
