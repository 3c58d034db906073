import { destination } from '@muster/connectors/destinations/braze-attribute/index.ts'
import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import type { Batch } from '@muster/core/sync/destination.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'

const Exported = z.object({
  users: z.array(
    z.object({ external_id: z.string(), custom_attributes: z.record(z.string(), z.unknown()).optional() }),
  ),
})

describe('the destination braze-attribute and the engagement half', () => {
  let muster: MusterProcess
  let address: string
  let key: string
  const signal = new AbortController().signal
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    })
    return response.json()
  }
  const attributeOf = async (user: string, name: string): Promise<unknown> => {
    const exported = await post('/users/export/ids', {
      external_ids: [user],
      fields_to_export: ['external_id', 'custom_attributes'],
    })
    return Exported.parse(exported).users[0]?.custom_attributes?.[name]
  }
  const deliver = (batch: Pick<Batch, 'cohortId' | 'operation' | 'identifiers'>, array?: string) =>
    destination
      .open(
        { rest_endpoint: address, rest_api_key: key, ...(array ? { array_attribute: array } : {}) },
        createDestinationIo(),
      )
      .deliver({ ...batch, id: '1-0-3' }, signal)

  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    key = z.object({ api_key: z.string() }).parse(await muster.ask('keys', 'create', '--rest')).api_key
    await post('/users/track', { attributes: [{ external_id: 'ann' }, { external_id: 'bob' }] })
  })
  afterAll(() => muster.close())

  const people = [
    { kind: 'external_id', value: 'ann' },
    { kind: 'external_id', value: 'nobody' },
    { kind: 'alias', label: 'crm', name: 'nobody' },
  ] as const

  it('passes the connection test, and creates nobody', async () => {
    const open = destination.open({ rest_endpoint: address, rest_api_key: key }, createDestinationIo())
    expect(await open.check(signal)).toMatchObject({ kind: 'accepted' })
    expect(await post('/users/export/ids', { external_ids: ['muster-connection-check'] })).toMatchObject({
      users: [],
    })
  })

  it('sets and clears a boolean attribute of those who exist', async () => {
    const batch = { cohortId: 'is_vip', identifiers: people }
    expect(await deliver({ ...batch, operation: 'add' })).toMatchObject({ kind: 'accepted', status: 201 })
    expect(await attributeOf('ann', 'is_vip')).toBe(true)
    expect(await deliver({ ...batch, operation: 'remove' })).toMatchObject({ kind: 'accepted' })
    expect(await attributeOf('ann', 'is_vip')).toBe(false)
    expect(await post('/users/export/ids', { external_ids: ['nobody'] })).toMatchObject({ users: [] })
  })

  it('adds to and removes from an array attribute, once however often it is said', async () => {
    for (const cohortId of ['vip', 'vip', 'lapsed']) {
      expect(await deliver({ cohortId, operation: 'add', identifiers: people }, 'cohorts')).toMatchObject({
        kind: 'accepted',
      })
    }
    expect(await attributeOf('ann', 'cohorts')).toEqual(['vip', 'lapsed'])
    await deliver({ cohortId: 'vip', operation: 'remove', identifiers: people }, 'cohorts')
    expect(await attributeOf('ann', 'cohorts')).toEqual(['lapsed'])
    expect(await attributeOf('bob', 'cohorts')).toBeUndefined()
  })
})
