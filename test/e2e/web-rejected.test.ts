import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CohortServer, startCohortServer } from '@muster/connectors/conformance/cohort-server.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWebShop, type WebShop } from './web-shop.ts'

describe('what a destination rejects again and again, by hand', () => {
  let shop: WebShop
  let remote: CohortServer
  let page: Page

  beforeAll(async () => {
    shop = await openWebShop()
    remote = await startCohortServer()
    remote.refuse = (identifier) => formatIdentifier(identifier) === 'C-2'
    const { partnerApiKey, dataImportKey } = remote.keys
    const config = {
      rest_endpoint: remote.url,
      partner_api_key: partnerApiKey,
      data_import_key: dataImportKey,
    }
    await shop.deployFile(
      'destinations/braze.yaml',
      `type: braze-cohorts\nconfig: ${JSON.stringify(config)}\n`,
    )
    page = await shop.open()
  })
  afterAll(async () => {
    await shop?.close()
    await remote?.close()
  })

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor()

  it('a project says where it is wrong what it allows', async () => {
    await expect(shop.defineSync('rejected: { tries: 0 }')).rejects.toThrow(/syncs\/people\.yaml:5:13/)
    await expect(shop.defineSync('rejected: { times: 3 }')).rejects.toThrow(
      /syncs\/people\.yaml:5:\d+.*times/s,
    )
    await shop.defineSync('rejected: { tries: 1 }')
  })

  it('the commands say what was set aside and why, list it, save it and have it tried again', async () => {
    const { muster } = shop
    expect(await muster.ask('run', 'people')).toMatchObject({ added: 3, rejected: 1 })
    const plan = await muster.run('plan', 'people')
    expect(plan.out).toContain(
      '1 addition set aside, rejected again and again: muster rejected people --set-aside.',
    )
    expect(await muster.ask('plan', 'people')).toMatchObject({
      verdict: 'empty',
      set_aside: { added: 1, removed: 0, coupled: 0 },
      message: 'nothing to send: 1 change is set aside, rejected again and again',
    })
    const { out } = await muster.run('rejected', 'people')
    expect(out).toMatch(/add\s+C-2\s+1\s+yes\s+1\s+400 /)
    expect(await muster.ask('rejected', 'people', '--set-aside')).toMatchObject({
      tries: 1,
      rows: [{ operation: 'add', set_aside: true, first_run: '1' }],
    })
    const file = join(shop.project, 'rejected.csv')
    expect(await muster.ask('rejected', 'people', '--out', file)).toMatchObject({ rows: 1 })
    expect(await readFile(file, 'utf8')).toMatch(/^operation,namespace,.*\r?\nadd,external_id,C-2,2,1,true,/)
    expect((await muster.run('why', 'C-2')).out).toMatch(
      /its addition was rejected in 1 run, at last: 400 .*; set aside since run 1; try it again with: muster retry-rejected people/,
    )
    expect((await muster.run('retry-rejected', 'people')).out).toBe(
      '1 change is tried again by the next run: muster run people\n',
    )
    expect((await muster.run('rejected', 'people')).out).toBe('Nothing of people is rejected.\n')
    expect(await muster.ask('run', 'people')).toMatchObject({ added: 1, rejected: 1 })
  })

  it('the sync’s page shows them, and has them tried again after asking', async () => {
    await shop.muster.ask('run', 'people')
    await page.goto(`${shop.address}/syncs/people`)
    await says('what is rejected in 1 run')
    await says('Nothing to send: 1 change is set aside.')
    await says('The destination rejects 1 change and has not accepted it since.')
    const table = page.getByRole('table', { name: 'Rejected' })
    await table.getByText('C-2').waitFor()
    await table.getByText('set aside', { exact: true }).waitFor()
    await page.goto(`${shop.address}/why?user=C-2`)
    await says('Rejected: its addition, in 1 run; set aside since run')
    await page.goto(`${shop.address}/syncs/people`)
    remote.refuse = () => false
    await button('Try all of them again').click()
    await page.getByRole('dialog').getByText('Nothing is sent now').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Try all of them again' }).click()
    await table.waitFor({ state: 'detached' })
    await button('Run').click()
    await says('1 of 1 change accepted.')
  })

  it('says it in Spanish, on a telephone, and complained of nothing', async () => {
    remote.refuse = (identifier) => formatIdentifier(identifier) === 'C-5'
    shop.customers([1, 2, 3, 5])
    await shop.muster.ask('run', 'people')
    page = await shop.open({ viewport: { width: 400, height: 800 }, locale: 'es-ES', colorScheme: 'dark' })
    await page.goto(`${shop.address}/syncs/people`)
    await says('El destino rechaza 1 cambio y no lo ha aceptado desde entonces.')
    await page.getByText('apartado', { exact: true }).first().waitFor()
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(excess).toBeLessThanOrEqual(0)
    // The engagement half knows nobody of that name, and says so to whoever asks why.
    expect(shop.complaints.filter((one) => !one.includes('404'))).toEqual([])
  })
})
