import type { RunSummary } from '@muster/core/api/sync.ts'
import { runStatuses } from '@muster/core/sync/run.ts'
import { describe, expect, it } from 'vitest'
import { en } from '../locales/en.ts'
import { es } from '../locales/es.ts'
import { runWords } from './run-words.ts'

const plan: RunSummary['plan'] = {
  verdict: 'apply',
  breaches: [],
  added: 1_200,
  removed: 3,
  unchanged: 40,
  reasserted: 0,
  set_aside: { removed: 0, added: 0, coupled: 0 },
  rows: { read: 1_240, members: 1_240, null: 0, invalid: 0, duplicate: 0 },
  requests: 3,
  samples: { added: [], removed: [] },
}
const base: RunSummary = {
  id: '7',
  sync: 'people',
  kind: 'sync',
  undoes: null,
  status: 'done',
  outcome: 'success',
  message: 'the server’s own sentence',
  hint: null,
  cause: null,
  plan,
  canary: null,
  delivery: { planned: 1_203, accepted: 1_203, rejected: 0, pending: 0, requests: 3 },
  started_at: '2026-11-26T08:00:00.000Z',
  finished_at: null,
}
const said = (change: Partial<RunSummary>, text = en) => runWords({ ...base, ...change }, text)

describe('what is told of a run', () => {
  it('is a sentence in every status and either language', () => {
    for (const status of runStatuses) {
      for (const text of [en, es]) {
        const { line, said: words } = said({ status }, text)
        expect(`${line}${words ?? ''}`, status).not.toBe('')
      }
    }
  })

  it('has the figures as the language writes them', () => {
    expect(said({}).line).toBe('1,203 of 1,203 changes accepted.')
    expect(said({ status: 'planned' }, es).line).toBe(
      '1200 por añadir, 3 por quitar, 40 sin cambios; aún no se ha enviado nada.',
    )
  })

  it('says who holds a plan', () => {
    expect(said({ status: 'held', plan: { ...plan, verdict: 'held' } }).line).toMatch(/^A guard holds/)
    expect(said({ status: 'held' }).line).toMatch(/by hand/)
    const cause = { code: 'canary', reason: '2 of the first 10 changes were rejected' }
    expect(said({ status: 'held', cause })).toMatchObject({
      line: expect.stringMatching(/^The first changes were found bad/),
      said: null,
      hint: expect.stringContaining('Release'),
    })
  })

  it('keeps the words of whoever knows why, and says what to do', () => {
    const cause = { code: 'unauthorized', reason: 'Invalid client secret' }
    expect(said({ status: 'stopped', cause }, es)).toEqual({
      line: 'El destino rechaza las credenciales:',
      said: 'Invalid client secret',
      hint: 'Ponga claves válidas en el destino y ejecute otra vez.',
    })
  })

  it('has a Spanish sentence for an error that it knows, and the server’s own for any other', () => {
    const failed = (code: string) =>
      said({ status: 'failed', message: 'no', cause: { code, reason: 'no' } }, es)
    expect(failed('disk_full').line).toBe('El disco del directorio de datos está lleno.')
    expect(failed('something_new')).toEqual({ line: '', said: 'no', hint: null })
  })

  it('says that an undo has nothing to take back, and that a reset sent nothing', () => {
    const nothing = { planned: 0, accepted: 0, rejected: 0, pending: 0, requests: 0 }
    const empty = { ...plan, verdict: 'empty' } as const
    expect(said({ status: 'planned', kind: 'undo', plan: empty }).line).toMatch(/^Nothing to undo/)
    expect(said({ kind: 'reset', plan: null, delivery: nothing }).line).toMatch(/nothing was sent/)
    expect(said({ status: 'cancelled', delivery: { ...nothing, planned: 9, pending: 9 } }).line).toBe(
      'Cancelled before anything was sent.',
    )
  })
})
