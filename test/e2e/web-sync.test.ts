import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWebShop, type WebShop } from './web-shop.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n)

describe('the web app, of a sync and its runs', () => {
  let shop: WebShop
  let page: Page

  beforeAll(async () => {
    shop = await openWebShop()
    page = await shop.open()
  })
  afterAll(() => shop?.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const region = (name: string) => page.getByRole('region', { name, exact: true })
  const dialog = () => page.getByRole('dialog')
  const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true })
  const tab = (name: string) => page.getByRole('tab', { name, exact: true })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const go = (path: string) => page.goto(`${shop.address}${path}`)
  /** What the run on the page says of itself. */
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor()
  const shownAs = async (status: string) => page.getByText(status, { exact: true }).first().waitFor()

  it('says what a sync does, and that nobody waits and nothing comes next', async () => {
    await shop.defineSync('schedule: { cron: 0 7 * * 1, time_zone: UTC }')
    await go('/syncs/people')
    await region('What it does').getByText('at 0 7 * * 1 (cron, UTC)').waitFor()
    expect(await region('What it does').locator('time').count()).toBe(3)
    await shop.defineSync('schedule: { every: 36h }', 'mode: add_only', 'engine: local')
    await go('/syncs/people')
    const definition = region('What it does')
    await definition.getByText('every 36 hours').waitFor()
    await definition.getByText('everybody the model has ever given: nobody is removed').waitFor()
    await definition.getByText('here: every row of the model is read').waitFor()
    await definition.getByText('more than 15% would be removed').waitFor()
    await definition.getByText('to nobody: it has no alert rules').waitFor()
    await region('Now').getByText('nobody waits').waitFor()
    await shop.defineSync()
    await page.reload()
    await region('Now').getByText('nothing until somebody asks for a run').waitFor()
  })

  it('plans, shows what it costs and where each row went, and applies exactly that', async () => {
    shop.customers([...range(1, 121), null, 5])
    await button('Plan').click()
    await says('120 to add, 0 to remove, 0 unchanged; nothing is sent yet.')
    await says('122 read =')
    await says('1 without identifier')
    await says('1 duplicate')
    await says('120 members =')
    await says(/^about .* seconds?$/)
    await button('Apply this plan').click()
    await says('120 of 120 changes accepted.')
    await region('Now').getByText('120', { exact: true }).waitFor()
  })

  it('shows which guard holds a run and by how much, and releases it only after asking', async () => {
    shop.customers(range(31, 151))
    await button('Run').click()
    await shownAs('Held')
    await says('Removed, of the accepted members:')
    await says('25% (30 of 120)')
    await says('limit 15%')
    await link('Run 2').click()
    await button('Release and apply').click()
    await dialog().getByText('25% (30 of 120)').waitFor()
    await dialog().getByText('Sent exactly as shown: 30 to add, 30 to remove, in 2 requests.').waitFor()
    await inDialog('Cancel').click()
    await dialog().waitFor({ state: 'hidden' })
    await shownAs('Held')
  })

  it('lists the exact ids of a plan, finds one, and saves them all', async () => {
    await tab('Exact ids').click()
    const ids = page.getByRole('table', { name: 'Exact ids' })
    await ids.getByRole('row').nth(50).waitFor()
    expect(await ids.getByRole('row').count()).toBe(51)
    await button('Next page').click()
    await ids.getByRole('row', { name: /^60 add/ }).waitFor()
    await page.getByRole('textbox', { name: 'Find an identifier or a row key' }).fill('c-15')
    await button('Search').click()
    await page.getByRole('row', { name: /add C-150/ }).waitFor()
    const found = await ids.getByRole('row').allInnerTexts()
    expect(
      found.slice(1).map((row) =>
        row
          .split('\t')
          .slice(1, 3)
          .map((cell) => cell.trim()),
      ),
    ).toEqual([
      ['remove', 'C-15'],
      ['add', 'C-150'],
    ])
    await page.getByText('− 30', { exact: true }).click()
    await ids.getByRole('row', { name: /C-150/ }).waitFor({ state: 'detached' })
    expect(page.url()).toMatch(/\?show=changes$/)
    const csv = await saved('CSV')
    expect(csv.name).toBe('run-2-changes.csv')
    expect(csv.text.split('\n')[0]).toBe('n,operation,namespace,value,row_key')
    expect(csv.text.trim().split('\n')).toHaveLength(61)
    const parquet = await saved('Parquet')
    expect(parquet.text.slice(0, 4)).toBe('PAR1')
  })

  async function saved(format: string): Promise<{ readonly name: string; readonly text: string }> {
    const [download] = await Promise.all([page.waitForEvent('download'), link(format).click()])
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'latin1') }
  }

  it('asks by the keyboard too: escape changes nothing and gives the focus back', async () => {
    await tab('Exact ids').press('ArrowLeft')
    await button('Cancel the run').press('Enter')
    await dialog().waitFor()
    const isFocused = (place: Locator) => place.evaluate((one) => one === document.activeElement)
    await expect.poll(() => isFocused(inDialog('Cancel'))).toBe(true)
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    await expect.poll(() => isFocused(button('Cancel the run'))).toBe(true)
    await shownAs('Held')
  })

  it('ends a run that waits, having asked', async () => {
    await button('Cancel the run').click()
    await dialog()
      .getByText(/Nothing of it was sent/)
      .waitFor()
    await inDialog('Cancel the run').click()
    await says('Cancelled before anything was sent.')
  })

  it('shows the requests of a run with their answers, and what became of each id', async () => {
    shop.customers(range(6, 131))
    await link('people').click()
    await button('Run').click()
    await says('15 of 15 changes accepted.')
    await link('Run 3').click()
    await tab('Requests').click()
    await page.getByRole('row', { name: /^\d+ remove 5 accepted 1/ }).waitFor()
    await page.getByText('rejected', { exact: true }).click()
    await says('No request ended so.')
    await tab('Ledger').click()
    const ledger = page.getByRole('table', { name: 'Ledger' })
    await ledger.getByRole('row', { name: /remove C-1 / }).waitFor()
    await page.getByRole('textbox', { name: 'Find an identifier or a row key' }).fill('C-130')
    await button('Search').click()
    await page.getByRole('row', { name: /remove C-1 / }).waitFor({ state: 'detached' })
    expect(await ledger.getByRole('row').count()).toBe(2)
    expect(await link('C-130').getAttribute('href')).toBe('/why?user=C-130')
    const csv = await saved('CSV')
    expect(csv.name).toBe('people-ledger-run-3.csv')
    expect(csv.text.trim().split('\n')).toHaveLength(16)
    await page.getByText('rejected', { exact: true }).click()
    await says('No id is found.')
  })

  it('plans the undo of a run first, says that undoing pauses the sync, and resumes it', async () => {
    await tab('Overview').click()
    await button('Undo this run').click()
    await dialog()
      .getByText(/Undoing pauses the sync/)
      .waitFor()
    await inDialog('Plan it first').click()
    await page.getByRole('heading', { name: 'Run 4' }).waitFor()
    await link('Undo of run 3').waitFor()
    await says('5 to add, 10 to remove, 115 unchanged; nothing is sent yet.')
    await button('Apply this plan').click()
    await says('15 of 15 changes accepted.')
    await link('people').click()
    await region('Now').getByText('nothing, since it is paused').waitFor()
    expect(await button('Run').count()).toBe(0)
    await button('Resume').click()
    await region('Now').getByText('nothing until somebody asks for a run').waitFor()
    await button('Pause').click()
    await inDialog('Pause').click()
    await button('Resume').waitFor()
    await link('Syncs').first().click()
    await page.getByRole('row', { name: /^people .* Paused$/ }).waitFor()
    await link('people').click()
    await button('Resume').click()
    await button('Run').waitFor()
  })

  it('mends a cohort: each way says what will happen, and repairs are planned first', async () => {
    await button('Reconcile').click()
    await dialog().getByText('The destination has accepted 120 members so far.').waitFor()
    await inDialog('Plan it first').click()
    await page.getByRole('heading', { name: 'Run 5' }).waitFor()
    await says('Compared with who is in the cohort at the destination.')
    await backTo('Reconcile')
    await button('Full resync').click()
    await dialog()
      .getByText(/The cohort is never empty meanwhile/)
      .waitFor()
    await inDialog('Run it').click()
    await page.getByRole('heading', { name: 'Run 6' }).waitFor()
    await says(/of 130 changes accepted/)
    await backTo('Full resync')
    await button('Reset').click()
    await inDialog('Reset').click()
    await says('What the model gives is taken as accepted; nothing was sent.')
    await backTo('Reset')
    await button('Forget').click()
    await dialog()
      .getByText(/removes nobody/)
      .waitFor()
    await inDialog('Forget').click()
    await dialog().waitFor({ state: 'hidden' })
    await region('Now').getByText('–', { exact: true }).waitFor()
  })

  /** From a run to its sync, until its runs are listed above what is pressed next. */
  async function backTo(kind: string): Promise<void> {
    await link('people').click()
    await region('Runs').getByText(kind, { exact: true }).first().waitFor()
  }

  it('shows the runs of a sync over time, and who was in the cohort at a time', async () => {
    await link('History').click()
    await page.getByRole('heading', { name: 'History of people' }).waitFor()
    await page.locator('canvas').nth(1).waitFor()
    await page.getByRole('row', { name: /Cancelled/ }).waitFor()
    await page.getByLabel('Members as of').fill('2020-01-01T00:00:00')
    await button('Show').click()
    await page.getByText(/^0 ids on/).waitFor()
    await page.getByLabel('Members as of').fill('2099-01-01T00:00:00')
    await button('Show').click()
    await page.getByText(/^125 ids on/).waitFor()
    expect(page.url()).toContain('at=2099')
    const csv = await saved('CSV')
    expect(csv.text.trim().split('\n')).toHaveLength(126)
  })

  it('says why a run failed, in Spanish too, with what the server said marked as English', async () => {
    shop.customers([])
    await shop.defineSync('guards: { max_age: { column: external_id, than: 2d } }')
    shop.customers([1])
    await go('/syncs/people')
    await button('Run').click()
    await shownAs('Failed')
    await says(/is no time/)
    await page.getByRole('combobox', { name: 'Language' }).selectOption('es')
    await says('La columna de `max_age` no tiene fechas.')
    expect(
      await page
        .getByText(/is no time/)
        .first()
        .getAttribute('lang'),
    ).toBe('en')
    await region('Qué hace')
      .getByText(/el external_id más reciente tiene más de 2 días/)
      .waitFor()
    await region('Ejecuciones').getByText('Reenvío completo').waitFor()
  })

  it('fits a telephone, and complained of nothing', async () => {
    page = await shop.open({ viewport: { width: 400, height: 800 }, locale: 'es-ES', colorScheme: 'dark' })
    for (const path of [
      '/syncs/people',
      '/syncs/people/history?at=2099-01-01T00:00:00.000Z',
      '/runs/2',
      '/runs/3?show=changes',
      '/runs/3?show=ledger',
    ]) {
      await go(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(excess, path).toBeLessThanOrEqual(0)
    }
    expect(shop.complaints).toEqual([])
  })
})
