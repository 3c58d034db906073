import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

describe('muster users import', () => {
  let muster: MusterProcess
  beforeAll(async () => {
    muster = await openMusterProcess()
    await muster.serve()
  })
  afterAll(() => muster.close())

  const file = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(dirname(muster.directory), name)
    await writeFile(path, content)
    return path
  }

  it('brings users in, with a BOM, CRLF, quotes, commas and line breaks, and writes the rejected rows', async () => {
    const path = await file(
      'people.csv',
      [
        '\ufeffexternal_id,first_name,email,points',
        'ann,"Ann ""A"", née Ödegård",ann@example.com,1',
        'bob,"two\nlines",no address,2',
        'eve,Eve,,',
        'dan,Dan',
        '',
      ].join('\r\n'),
    )
    const rejected = join(dirname(path), 'rejected.csv')
    const done = await muster.ask('users', 'import', path, '--rejected', rejected)
    expect(done).toMatchObject({ rows_read: 4, created: 2, updated: 0, rejected: 2, status: 'done' })
    expect(await readFile(rejected, 'utf8')).toBe(
      [
        'external_id,first_name,email,points,line,reason',
        `bob,"two\nlines",no address,2,3,The value provided for the 'email' field is not a valid email.`,
        'dan,Dan,,,6,the row has 2 fields where 4 are expected',
        '',
      ].join('\r\n'),
    )
    expect(await muster.ask('users', 'show', 'ann')).toMatchObject({
      fields: { first_name: 'Ann "A", née Ödegård' },
      custom_attributes: { points: 1 },
    })
    const again = await muster.run('users', 'import', path)
    expect(again.out).toMatch(
      /4 rows: 0 users made, 2 updated, 2 rejected\.\nSee why: muster users rejected /,
    )
    expect(again.error).toBe('')
  })

  it('says what the columns would be read as, and changes nothing', async () => {
    const path = await file('new.csv', 'external_id,zip,vip\nzoe,01234,true\n')
    const dry = await muster.run('users', 'import', path, '--dry-run', '--type', 'vip=text')
    expect(dry.out).toMatch(/zip +text +01234/)
    expect(dry.out).toMatch(/vip +text +true/)
    expect((await muster.run('users', 'show', 'zoe')).code).toBe(1)
  })

  it('goes on with an import that was interrupted by a bad file', async () => {
    const good = Array.from({ length: 1_500 }, (_, n) => `r${n},R`).join('\n')
    const path = await file('cut.csv', `external_id,first_name\n${good}\nbad,"open\n`)
    const broken = await muster.run('users', 'import', path)
    expect(broken.code).toBe(1)
    expect(broken.error).toContain('is not CSV')
    const resume = /--resume (\S+)/.exec(broken.out)?.[1] ?? ''
    expect(broken.out).toContain('1,000 rows were imported')
    await file('cut.csv', `external_id,first_name\n${good}\nlast,L\n`)
    expect(await muster.ask('users', 'import', path, '--resume', resume)).toMatchObject({
      rows_read: 1_501,
      created: 1_501,
      status: 'done',
    })
  })

  it.each([
    ['empty.csv', '', 'the file is empty'],
    ['header.csv', 'first_name\nAnn\n', 'no column names the users'],
    ['latin.csv', Buffer.from('external_id,first_name\n1,Jos\xe9\n', 'latin1'), 'not UTF-8'],
  ])('says what is wrong with %s', async (name, content, message) => {
    const { code, error } = await muster.run('users', 'import', await file(name, content))
    expect(code).toBe(1)
    expect(error.toLowerCase()).toContain(message.toLowerCase())
  })

  it('says what to do about a file that is not there, and a type that is none', async () => {
    expect((await muster.run('users', 'import', '/no/such.csv')).error).toContain(
      'There is no file /no/such.csv',
    )
    const wrong = await muster.run('users', 'import', 'x.csv', '--type', 'zip=zipcode')
    expect(wrong).toMatchObject({ code: 2, error: expect.stringContaining('text, number, boolean, time') })
  })
})
