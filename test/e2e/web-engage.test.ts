import { access, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { launchChromium } from '../chromium.ts'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const web = join(import.meta.dirname, '../../packages/web')
const Keys = z.object({ partner_api_key: z.string(), data_import_key: z.string() })

describe('users, requests and cohorts in the web app', () => {
  let muster: MusterProcess
  let browser: Browser
  let address: string
  let page: Page
  let keys: z.infer<typeof Keys>
  const complaints: string[] = []

  beforeAll(async () => {
    const isBuilt = await access(join(web, 'dist/index.html')).then(
      () => true,
      () => false,
    )
    if (!isBuilt) await build({ root: web, logLevel: 'error' })
    muster = await openMusterProcess()
    ;[{ address }, browser] = await Promise.all([muster.serve(), launchChromium()])
    keys = Keys.parse(await muster.ask('keys', 'create', '--partner', 'hightouch'))
    const context = await browser.newContext({ locale: 'en-GB', acceptDownloads: true })
    context.setDefaultTimeout(15_000)
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser?.close()
    await muster?.close()
  })

  const send = async (change: object, secret = keys.data_import_key): Promise<number> => {
    const answer = await fetch(`${address}/partners/hightouch/cohorts/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        partner_api_key: keys.partner_api_key,
        client_secret: secret,
        cohort_id: 'vips',
        cohort_changes: [change],
      }),
    })
    await answer.text()
    return answer.status
  }
  const button = (name: string) => page.getByRole('button', { name, exact: true })

  it('imports users from a file, with a rejected row to take home', async () => {
    const file = join(dirname(muster.directory), 'people.csv')
    await writeFile(file, 'external_id,first_name,points\nann,Ann,1\nbob,Bob,2\neve,Eve,\n,Nobody,4\n')
    await page.goto(`${address}/users`)
    await page.getByText('0 users, 0 of them identified').waitFor()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('Line 5 would be rejected: the row names no user').waitFor()
    expect(await page.getByLabel('Read as: points').inputValue()).toBe('number')
    await button('Import').click()
    await page.getByText('4 rows: 3 users made, 0 updated, 1 rejected').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button('Download the rejected rows').first().click(),
    ])
    expect(download.suggestedFilename()).toBe('people-rejected.csv')
    expect(await readFile((await download.path()) ?? '', 'utf8')).toBe(
      'external_id,first_name,points,line,reason\r\n,Nobody,4,5,the row names no user\r\n',
    )
    await page.getByText('3 users, 3 of them identified').waitFor()
  })

  it('says what is wrong with a file before anything is imported', async () => {
    const file = join(dirname(muster.directory), 'wrong.csv')
    await writeFile(file, 'first_name\nAnn\n')
    await page.goto(`${address}/users`)
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('no column names the users').waitFor()
    expect(await button('Import').isDisabled()).toBe(true)
  })

  it('shows every request, taken or refused, and runs one again', async () => {
    expect(await send({ user_ids: ['ann', 'bob', 'nobody'] })).toBe(201)
    expect(await send({ user_ids: ['ann'] }, 'wrong')).toBe(401)
    await page.goto(`${address}/requests`)
    await page.getByText('401 Invalid client secret').waitFor()
    await page.goto(`${address}/requests?status=201&id=nobody`)
    const row = page.getByRole('row').filter({ hasText: 'vips' })
    await row.getByRole('link').click()
    await page.getByText('no such user').or(page.getByText('unknown')).first().waitFor()
    await button('Run it again').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run it again' }).click()
    await page.getByText('It was run again.').waitFor()
    await page.getByRole('link', { name: 'See what came of it' }).click()
    await page.getByText('run again', { exact: true }).waitFor()
  })

  it('shows how a cohort grew, renames it, and deletes it only while nothing uses it', async () => {
    await page.goto(`${address}/cohorts/hightouch/vips`)
    const growth = page.getByRole('table', { name: 'Growth' })
    await growth.getByRole('row').nth(1).getByText('2').first().waitFor()
    await page.locator('canvas').first().waitFor()
    await button('Rename').click()
    await page.getByLabel('New name').fill('Very important')
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('heading', { name: 'Very important' }).waitFor()

    await fetch(`${address}/api/segments/vips-segment`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        filter: { kind: 'cohort', partner: 'hightouch', cohort_id: 'vips', operator: 'includes' },
      }),
    })
    await button('Delete').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('vips-segment').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const remembers = page.getByLabel('Remember ids that match nobody yet')
    await remembers.focus()
    await page.keyboard.press('Space')
    await expect.poll(() => remembers.isChecked(), { timeout: 10_000 }).toBe(true)
  })

  it('fits a narrow screen, and the browser complained of nothing', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    for (const path of ['/users', '/requests', '/cohorts/hightouch/vips']) {
      await page.goto(`${address}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow).toBe(0)
    }
    expect(complaints).toEqual([])
  })
})
