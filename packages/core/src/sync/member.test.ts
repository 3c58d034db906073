import { describe, expect, it } from 'vitest'
import { identifyRow, membersOf } from './member.ts'

const columns = [
  { external_id: 'id' },
  { alias: { label: 'crm', name: 'crm' } },
  { device_id: 'device' },
] as const

describe('a row', () => {
  it.each([
    [
      { id: 'C-1', crm: 'x', device: 'y' },
      { kind: 'external_id', value: 'C-1' },
    ],
    [
      { id: null, crm: 'x', device: 'y' },
      { kind: 'alias', label: 'crm', name: 'x' },
    ],
    [
      { id: '  ', crm: '', device: 'y' },
      { kind: 'device_id', value: 'y' },
    ],
    [{ id: ' C-1 ' }, { kind: 'external_id', value: ' C-1 ' }],
    [{ id: '\u00a0' }, { kind: 'external_id', value: '\u00a0' }],
    [{ id: 7 }, { kind: 'external_id', value: '7' }],
  ])('%j is named by the first identifier that is present, as the warehouse gives it', (row, identifier) => {
    expect(identifyRow(row, columns)).toEqual({ kind: 'identified', identifier })
  })

  it('without any identifier is null', () => {
    expect(identifyRow({ id: null, crm: ' ', device: undefined }, columns)).toEqual({ kind: 'null' })
  })

  it('is invalid when its identifier is too long in bytes or holds a control character', () => {
    expect(identifyRow({ id: 'é'.repeat(493) }, columns)).toMatchObject({ kind: 'identified' })
    expect(identifyRow({ id: 'é'.repeat(494) }, columns)).toMatchObject({
      kind: 'invalid',
      reason: 'too_long',
    })
    expect(identifyRow({ id: 'a\tb' }, columns)).toMatchObject({
      kind: 'invalid',
      reason: 'control_character',
    })
    expect(identifyRow({ id: 'a\u007f' }, columns)).toMatchObject({
      kind: 'invalid',
      reason: 'control_character',
    })
  })
})

describe('members', () => {
  it('are each identifier once, under the least row key, and every row is accounted for', () => {
    const rows = [
      { rowKey: '9', row: { id: 'a' } },
      { rowKey: '10', row: { id: 'a' } },
      { rowKey: '3', row: { id: null } },
      { rowKey: '4', row: { id: 'x\ny' } },
      { rowKey: '5', row: { id: 'A' } },
    ]
    const { members, accounting } = membersOf(rows, columns)
    expect(members).toEqual([
      { identifier: { kind: 'external_id', value: 'a' }, rowKey: '10' },
      { identifier: { kind: 'external_id', value: 'A' }, rowKey: '5' },
    ])
    expect(accounting).toEqual({ read: 5, members: 2, null: 1, invalid: 1, duplicate: 1 })
  })
})
