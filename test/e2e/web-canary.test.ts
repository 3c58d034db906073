import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWebShop, type WebShop } from './web-shop.ts'

describe('the web app, of changes that go first or wait', () => {
  let shop: WebShop
  let page: Page

  beforeAll(async () => {
    shop = await openWebShop()
    page = await shop.open()
  })
  afterAll(() => shop?.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const dialog = () => page.getByRole('dialog')
  const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true })
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor()

  it('says what was found of them, and sends the others only after asking', async () => {
    // Nobody of the shop is known to the engagement half, which tells who is in the cohort.
    shop.customers([1, 2, 3, 4, 5, 6])
    await shop.defineSync('canary: { first: 2, min_matched: 50% }')
    await page.goto(`${shop.address}/syncs/people`)
    await says(
      '2 of each operation go alone; the others wait when more than 1% of them is rejected, or fewer than 50% of them are in the cohort',
    )
    await button('Run').click()
    await says('The first changes were found bad: 2 of 6 accepted, 4 wait.')
    await says('0 removals and 2 additions first:')
    await says('0 of 2 accepted additions are in the cohort; at least 50%')
    await says('0% rejected (0 of 2); at most 1%')
    await button('Release and apply').click()
    await dialog().getByText('2 are accepted; the other 4 are sent all the same.').waitFor()
    await inDialog('Release and apply').click()
    await says('6 of 6 changes accepted.')
    await page.getByText('released', { exact: true }).waitFor()
  })

  it('tries as many of a plan first as are asked for', async () => {
    shop.customers([1, 2, 3, 4, 5, 6, 7, 8, 9])
    await shop.defineSync()
    await button('Plan').click()
    await says('3 to add, 0 to remove, 6 unchanged; nothing is sent yet.')
    await button('Try some first').click()
    await dialog().getByRole('textbox', { name: 'How many of each operation' }).fill('0')
    await dialog().getByText('A whole number from 1 to 100,000').waitFor()
    await dialog().getByRole('textbox', { name: 'How many of each operation' }).fill('2')
    await inDialog('Try some first').click()
    await says('3 of 3 changes accepted.')
    await says('0 removals and 2 additions first:')
    await page.getByText('good', { exact: true }).waitFor()
  })

  it('shows what goes and what waits where a guard holds only a part', async () => {
    await shop.defineSync('guards: { holds: part }')
    shop.customers([1, 2, 3, 4, 5, 21, 22])
    await page.reload()
    await says(/of removals and additions only those that break a guard wait/)
    await button('Run').click()
    await says('A guard of removals is broken: they wait for a person, and the additions go.')
    await says('2 additions that go')
    await says('4 removals that wait')
    await page.getByRole('table', { name: 'Some of the removals that wait' }).waitFor()
  })

  it('says it in Spanish, on a telephone, and complained of nothing', async () => {
    page = await shop.open({ viewport: { width: 400, height: 800 }, locale: 'es-ES', colorScheme: 'dark' })
    await page.goto(`${shop.address}/runs/1`)
    await says('Primero 0 por quitar y 2 por añadir:')
    await says('0 de 2 añadidos aceptados están en la cohorte; al menos 50 %')
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(excess).toBeLessThanOrEqual(0)
    expect(shop.complaints).toEqual([])
  })
})
