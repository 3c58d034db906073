import { describe, expect, it } from 'vitest'
import { type CsvColumn, columnType, headerProblems, readCsvRow } from './csv-user.ts'

describe('the first line', () => {
  it.each([
    [['external_id', 'first_name', 'loyalty points'], []],
    [['user_alias_label', 'user_alias_name'], []],
    [['email'], []],
    [['first_name'], [expect.stringContaining('no column names the users')]],
    [['user_alias_name', 'external_id'], [expect.stringContaining('must stand together')]],
    [['external_id', 'a', 'a', 'a'], ['the column a stands twice']],
    [['external_id', ' '], ['column 2 has no name']],
    [['external_id', 'push_tokens'], [expect.stringContaining('cannot be imported')]],
  ])('%j', (names, problems) => {
    expect(headerProblems(names)).toEqual(problems)
  })
})

describe('the type of a column', () => {
  it.each([
    ['points', ['1', '', '-2.5'], 'number'],
    ['zip', ['01234', '99999'], 'text'],
    ['big', ['12345678901234567890'], 'text'],
    ['vip', ['true', 'FALSE'], 'boolean'],
    ['since', ['2026-01-31', '2026-02-01T10:00:00Z'], 'time'],
    ['mixed', ['1', 'one'], 'text'],
    ['empty', ['', ' '], 'text'],
    ['phone', ['4912345'], 'text'],
    ['external_id', ['1', '2'], 'text'],
    ['dob', ['1980-01-01'], 'text'],
    ['email_open_tracking_disabled', ['x'], 'boolean'],
  ])('%s of %j is %s', (name, cells, type) => {
    expect(columnType(name, cells)).toBe(type)
  })
})

describe('a row', () => {
  const columns: CsvColumn[] = [
    { name: 'external_id', type: 'text' },
    { name: 'user_alias_label', type: 'text' },
    { name: 'user_alias_name', type: 'text' },
    { name: 'email', type: 'text' },
    { name: 'points', type: 'number' },
    { name: 'since', type: 'time' },
  ]
  const read = (...cells: string[]) => readCsvRow(columns, cells, { existingOnly: false })

  it('says what its filled cells say; a blank one changes nothing', () => {
    expect(read('7', '', '', 'ann@example.com', '12', ' ')).toEqual({
      user: { kind: 'external_id', value: '7' },
      mayCreate: true,
      attributes: new Map<string, unknown>([
        ['email', 'ann@example.com'],
        ['points', 12],
      ]),
      mergeObjects: false,
    })
    expect(read('7', '', '', '', '', '2026-01-31')).toMatchObject({
      attributes: new Map([['since', '2026-01-31T00:00:00.000Z']]),
    })
  })

  it('names its user by external_id, else alias, else email', () => {
    expect(read('', 'crm', '9', 'ann@example.com', '', '')).toMatchObject({
      user: { kind: 'alias', label: 'crm', name: '9' },
    })
    expect(read('', '', '', 'ann@example.com', '', '')).toMatchObject({
      user: { kind: 'email', value: 'ann@example.com' },
    })
  })

  it('makes nobody who is named by braze_id, or when only existing users are wanted', () => {
    const braze: CsvColumn[] = [{ name: 'braze_id', type: 'text' }]
    expect(readCsvRow(braze, ['0'.repeat(24)], { existingOnly: false })).toMatchObject({ mayCreate: false })
    expect(readCsvRow(columns, ['7', '', '', '', '', ''], { existingOnly: true })).toMatchObject({
      mayCreate: false,
    })
  })

  it.each([
    [['7', '', ''], 'the row has 3 fields where 6 are expected'],
    [['', '', '', '', '1', ''], 'the row names no user'],
    [['', 'crm', '', '', '', ''], 'an alias needs both user_alias_label and user_alias_name'],
    [['7', '', '', 'no address', '', ''], "The value provided for the 'email' field is not a valid email."],
    [['7', '', '', '', 'many', ''], "'points' is not a number: many"],
    [['7', '', '', '', '', '31.1.2026'], "'since' is not a time: 31.1.2026"],
    [['a\u0000', '', '', '', '', ''], "'external_id' holds a character that cannot be kept"],
    [['x'.repeat(988), '', '', '', '', ''], "'external_id' is longer than 987 bytes"],
  ])('%j cannot be taken: %s', (cells, reason) => {
    expect(readCsvRow(columns, cells, { existingOnly: false })).toBe(reason)
  })
})
