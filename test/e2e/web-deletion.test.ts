import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWebShop, type WebShop } from './web-shop.ts'

describe('the web app, of deleting', () => {
  let shop: WebShop
  let page: Page
  beforeAll(async () => {
    shop = await openWebShop()
    await shop.muster.run('run', 'people')
    page = await shop.open()
  })
  afterAll(() => shop?.close())

  const region = (name: string) => page.getByRole('region', { name, exact: true })
  const dialog = () => page.getByRole('dialog')
  const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true })
  const go = (path: string) => page.goto(`${shop.address}${path}`)
  const ask = (of: string, label = 'Delete') =>
    region(of).getByRole('button', { name: label, exact: true }).click()

  it('is refused where something is in use, and says by what', async () => {
    for (const [path, name, says] of [
      ['/sources', 'shop', 'The source shop is read by the model people'],
      ['/models', 'people', 'The model people is used by the sync people'],
      ['/destinations', 'braze', 'The destination braze is used by the sync people'],
    ] as const) {
      await go(path)
      await ask(name)
      await dialog().getByText('This cannot be undone.').waitFor()
      await inDialog('Delete').click()
      await dialog().getByText(says).waitFor()
      await inDialog('Cancel').click()
      await region(name).waitFor()
    }
  })

  it('says of a sync who stays in its cohort, before and after, and does nothing on escape', async () => {
    await go('/syncs/people')
    await ask('Deleting')
    const stays =
      'Deleting sends nothing: the 3 members that were accepted into the cohort People at braze stay there.'
    await dialog().getByText(stays).waitFor()
    await dialog()
      .getByText(/a model that gives no rows/)
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    await ask('Deleting')
    await inDialog('Delete').click()
    await page.getByRole('heading', { name: 'Syncs', level: 1 }).waitFor()
    const notice = page.getByRole('status').filter({ hasText: 'people is deleted' })
    await notice.getByText(stays).waitFor()
    await page.getByText('No sync yet').waitFor()
  })

  it('takes the rest away in its order, in Spanish on a telephone too', async () => {
    page = await shop.open({ viewport: { width: 400, height: 800 }, locale: 'es-ES', colorScheme: 'dark' })
    for (const [path, name] of [
      ['/models', 'people'],
      ['/sources', 'shop'],
      ['/destinations', 'braze'],
    ] as const) {
      await go(path)
      await ask(name, 'Eliminar')
      await dialog().getByText('No se puede deshacer.').waitFor()
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(excess, path).toBeLessThanOrEqual(0)
      await inDialog('Eliminar').click()
      await region(name).waitFor({ state: 'detached' })
    }
    const complaints = shop.complaints.filter((text) => !text.includes('409'))
    expect(complaints).toEqual([])
  })
})
