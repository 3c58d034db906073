import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { hasWord, requireWord } from './ask.ts'

describe('asking for a word', () => {
  const answered = async (text: string | null) => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const asked = hasWord('Delete it?', { yes: false, terminal: { input, output } })
    if (text === null) input.end()
    else input.write(`${text}\n`)
    return [await asked, String(output.read())]
  }

  it('takes a yes for one, and everything else for a no', async () => {
    expect(await answered('y')).toEqual([true, 'Delete it? [y/N] '])
    for (const yes of ['Y', 'yes', ' YES ']) expect((await answered(yes))[0]).toBe(true)
    for (const no of ['', 'n', 'no', 'yesterday', 'ye']) expect((await answered(no))[0]).toBe(false)
    expect((await answered(null))[0]).toBe(false)
  })

  it('asks nobody who has given it in advance, and refuses where nobody can be asked', async () => {
    expect(await hasWord('Delete it?', { yes: true, terminal: null })).toBe(true)
    expect(() => requireWord('Deleting', { yes: true, terminal: null })).not.toThrow()
    expect(() => requireWord('Deleting', { yes: false, terminal: null })).toThrow(/needs your word/)
  })
})
