import { readdir } from 'node:fs/promises'
import { expect, it, vi } from 'vitest'
import type { SourceUnderTest } from './source-setup.ts'

const never = new AbortController().signal

/** What happens when a read goes wrong. */
export function failureContract({ setup, open, config, emptyDirectory }: SourceUnderTest): void {
  const { table, speech } = setup

  it('leaves no file behind when the read fails in the middle', async () => {
    const out = await emptyDirectory()
    const broken = `select ${speech.failing} as id from ${table}`
    await expect(open().extract(broken, ['id'], out, never)).rejects.toMatchObject({ code: 'sql_error' })
    expect(await readdir(out)).toEqual([])
  })

  it('stops an extraction when asked, and leaves no file', async () => {
    const out = await emptyDirectory()
    const abort = new AbortController()
    const read = open().extract(speech.endless, ['id'], out, abort.signal)
    const ended = expect(read).rejects.toMatchObject({ kind: 'transient', code: 'read_aborted' })
    try {
      await vi.waitFor(async () => expect(await readdir(out)).not.toEqual([]), 20_000)
    } finally {
      abort.abort()
      await ended
    }
    expect(await readdir(out)).toEqual([])
  })

  it('begins no extraction that is stopped already', async () => {
    const out = await emptyDirectory()
    const read = open().extract(`select id from ${table}`, ['id'], out, AbortSignal.abort())
    await expect(read).rejects.toMatchObject({ kind: 'transient', code: 'read_aborted' })
    expect(await readdir(out)).toEqual([])
  })

  it('stops a statement that runs longer than its timeout, and leaves no file', async () => {
    const hasty = await setup.source.open({ ...config(), statement_timeout: '300ms' })
    try {
      const out = await emptyDirectory()
      const error = { kind: 'transient', code: 'statement_timeout', message: expect.stringMatching(/300ms/) }
      await expect(hasty.extract(speech.endless, ['id'], out, never)).rejects.toMatchObject(error)
      expect(await readdir(out)).toEqual([])
      const counted = `select count(*) as n from (${speech.endless}) as endless`
      await expect(hasty.preview(counted, 1)).rejects.toMatchObject(error)
      expect(await hasty.preview(`select id from ${table} where id = '1'`, 1)).toEqual([{ id: '1' }])
    } finally {
      await hasty.close()
    }
  })

  it('names the place of an SQL error', async () => {
    const place = { column: /^line 2, column 3$/, line: /^line 2\b/, none: /^/ }[speech.place]
    const anywhere = { column: /^line 2, column \d+$/, line: /^line 2\b/, none: /^/ }[speech.place]
    const details = (where: RegExp) =>
      speech.place === 'none' ? expect.any(Array) : [{ where: expect.stringMatching(where) }]
    const unknown = await open()
      .describe(`select id,\n  nam\nfrom ${table}`)
      .catch((e: unknown) => e)
    expect(unknown).toMatchObject({ kind: 'invalid', code: 'sql_error', details: details(place) })
    const syntax = await open()
      .describe(`select id\nfrom ${table} wher x y`)
      .catch((e: unknown) => e)
    expect(syntax).toMatchObject({ kind: 'invalid', code: 'sql_error', details: details(anywhere) })
  })

  it('refuses a column that the statement does not give', async () => {
    const out = await emptyDirectory()
    const read = open().extract(`select id from ${table}`, ['id', 'nam'], out, never)
    await expect(read).rejects.toMatchObject({ kind: 'invalid', code: 'sql_error' })
    expect(await readdir(out)).toEqual([])
  })
}
