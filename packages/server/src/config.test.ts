import { MusterError } from '@muster/core/lib/error.ts'
import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

describe('the configuration', () => {
  it('listens on this machine only, on port 4400, unless told otherwise', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 4400,
      databaseUrl: null,
      logLevel: 'warn',
    })
  })

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ MUSTER_DATABASE_URL: '', MUSTER_PORT: '' })).toMatchObject({
      databaseUrl: null,
      port: 4400,
    })
  })

  it('names every wrong variable at once and repeats no value', () => {
    const wrong = {
      MUSTER_PORT: 'eighty',
      MUSTER_SECRET_KEY: 'hunter2',
      MUSTER_LOG: 'loud',
      MUSTER_PUBLIC_URL: 'ftp://x',
    }
    const read = (): unknown => readConfig(wrong)
    expect(read).toThrow(MusterError)
    try {
      read()
    } catch (error) {
      const details = error instanceof MusterError ? error.details : []
      expect(details.map((detail) => detail.where).sort()).toEqual(Object.keys(wrong).sort())
      expect(JSON.stringify(details)).not.toContain('hunter2')
    }
  })
})
