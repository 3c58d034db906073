import {
  startWebhookReceiver,
  type WebhookReceiver,
} from '@muster/connectors/conformance/webhook-receiver.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWebShop, type WebShop } from './web-shop.ts'

describe('the web app, of alerts', () => {
  let shop: WebShop
  let ops: WebhookReceiver
  let page: Page

  beforeAll(async () => {
    ;[shop, ops] = await Promise.all([openWebShop(), startWebhookReceiver()])
    page = await shop.open()
    const config = JSON.stringify({ url: ops.url, secret: ops.secret })
    await shop.deployFile('notifiers/ops.yaml', `type: webhook\nconfig: ${config}\n`)
  })
  afterAll(async () => {
    await shop?.close()
    await ops?.close()
  })

  const region = (name: string) => page.getByRole('region', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })

  it('says that nothing is wrong, and which rules there are', async () => {
    await shop.defineSync('alerts: { to: [ops], max_rejected: 1%, no_change_for: 2d }')
    await page.goto(`${shop.address}/alerts`)
    await region('What stands').getByText('Nothing is wrong.').waitFor()
    await region('What was told').getByText('Nothing was told yet.').waitFor()
    const rules = region('Rules').getByRole('row', { name: /people/ })
    await rules.getByText('to ops, when a run fails or is held').waitFor()
    await rules.getByText('more than 1% of a run is rejected').waitFor()
    await rules.getByText('nothing is accepted for 2 days').waitFor()
  })

  it('tries a notifier, and shows neither its secret nor lets it go unseen who uses it', async () => {
    const notifier = region('Notifiers').getByRole('article', { name: 'ops' })
    await notifier.getByText('Told by: people').waitFor()
    await notifier.getByRole('button', { name: 'Send a test' }).click()
    await notifier.getByText('the test was taken').waitFor()
    expect(ops.notices.map(({ type }) => type)).toEqual(['test'])
    expect(await page.content()).not.toContain('canary')
  })

  it('shows what stands with its run, and who was told of it', async () => {
    shop.customers([1, 2, 3, 4, 5, 6])
    await page.goto(`${shop.address}/syncs/people`)
    await button('Run').click()
    await page.getByText('6 of 6 changes accepted.').waitFor()
    shop.customers([1])
    await button('Run').click()
    await page.getByText('A guard holds this plan. Nothing was sent.').waitFor()
    const standing = page.getByRole('table', { name: 'What stands' })
    await standing.getByText('Run 2: the run is held').waitFor()
    await page.goto(shop.address)
    await region('What stands').getByText('Run 2: the run is held').waitFor()
    await page.goto(`${shop.address}/alerts`)
    await region('What stands').getByRole('link', { name: 'people' }).waitFor()
    const told = region('What was told').getByRole('row', { name: /ops/ })
    await told.getByText('Held begins').waitFor()
    await told.getByText('told', { exact: true }).waitFor()
    expect(await told.getByText(/run 2 is held by a guard/).getAttribute('lang')).toBe('en')
  })

  it('tells when it is over', async () => {
    shop.customers([1, 2, 3, 4, 5, 6, 7])
    await page.goto(`${shop.address}/syncs/people`)
    await button('Run').click()
    await page.getByText('1 of 1 change accepted.').waitFor()
    await page.goto(`${shop.address}/alerts`)
    await page.getByText('Held is well again').waitFor()
    await region('What stands').getByText('Nothing is wrong.').waitFor()
    await page.goto(`${shop.address}/syncs/people/history`)
    await region('What was told').getByText('Held is well again').waitFor()
  })

  it('speaks Spanish and fits a telephone', async () => {
    page = await shop.open({ viewport: { width: 400, height: 800 }, locale: 'es-ES', colorScheme: 'dark' })
    await page.goto(`${shop.address}/alerts`)
    await page.getByRole('heading', { name: 'Avisos' }).waitFor()
    await region('De qué se ha avisado').getByText('Retenida empieza').waitFor()
    await region('Reglas').getByText('no se acepta nada durante 2 días').waitFor()
    await page.getByRole('button', { name: 'Enviar una prueba' }).click()
    await page.getByText('La prueba se ha aceptado.').waitFor()
    ops.faults.push({ kind: 'status', status: 503 })
    await page.getByRole('button', { name: 'Enviar una prueba' }).click()
    await page.getByText('No responde ahora.').waitFor()
    await page.goto(`${shop.address}/destinations`)
    await page.getByRole('button', { name: 'Probar la conexión' }).click()
    await page.getByText('Responde y se le puede enviar.').waitFor()
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(excess).toBeLessThanOrEqual(0)
    expect(shop.complaints).toEqual([])
  })
})
