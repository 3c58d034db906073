import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const web = join(import.meta.dirname, '../../packages/web')

describe('the web app', () => {
  let muster: MusterProcess
  let browser: Browser
  let address: string
  let page: Page
  const keys = { partner: '', dataImport: '' }
  /** What the browser complained of: a refused script, a failed request, an exception. */
  const complaints: string[] = []

  beforeAll(async () => {
    // `npm test` has built it already; whoever runs this file by itself may not have.
    const isBuilt = await access(join(web, 'dist/index.html')).then(
      () => true,
      () => false,
    )
    if (!isBuilt) await build({ root: web, logLevel: 'error' })
    muster = await openMusterProcess()
    ;[{ address }, browser] = await Promise.all([muster.serve(), launchChromium()])
    page = await open()
  })
  afterAll(async () => {
    await browser?.close()
    await muster?.close()
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-GB', ...options })
    context.setDefaultTimeout(15_000)
    const opened = await context.newPage()
    opened.on('pageerror', (error) => complaints.push(error.message))
    opened.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    return opened
  }
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const region = (name: string) => page.getByRole('region', { name, exact: true })
  const heading = (name: string) => page.getByRole('heading', { name, exact: true })
  const dialog = () => page.getByRole('dialog')

  /** Makes a key in one of the two tables of the partner page; returns what is shown this once. */
  async function generateKey(table: string, name: string): Promise<string> {
    await region(table).getByRole('button', { name: 'Generate New Key' }).click()
    await dialog().getByLabel('Name').fill(name)
    await dialog().getByRole('button', { name: 'Generate New Key' }).click()
    const key = await dialog().getByRole('textbox', { name: 'Key' }).inputValue()
    await dialog().getByRole('button', { name: 'I have copied it' }).click()
    await dialog().waitFor({ state: 'hidden' })
    await region(table).getByText(name).waitFor()
    return key
  }

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<number> {
    const answer = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    await answer.text()
    return answer.status
  }

  it('shows the way, each station a link, and says what to do where there is nothing yet', async () => {
    await page.goto(address)
    await heading('The way').waitFor()
    await page.getByRole('link', { name: /^Cohort 0/ }).click()
    await heading('Cohorts').waitFor()
    await page.getByText('No cohort yet').waitFor()
    expect(await page.title()).toBe('Cohorts · Muster')
  })

  it('makes a partner’s keys, each shown once', async () => {
    await link('Partners').click()
    await page.getByRole('textbox', { name: 'Partner' }).fill('hightouch')
    await button('Enable a partner').click()
    await heading('Hightouch').waitFor()
    expect(await page.getByRole('textbox', { name: 'REST endpoint' }).inputValue()).toBe(address)

    keys.dataImport = await generateKey('Data import keys', 'warehouse team')
    keys.partner = await generateKey('Partner API keys', 'hightouch itself')
    expect(keys.dataImport.length).toBeGreaterThan(20)
    await page.reload()
    await region('Data import keys').getByText('warehouse team').waitFor()
    const shown = await page.content()
    expect(shown).not.toContain(keys.dataImport)
    expect(shown).not.toContain(keys.partner)
  })

  it('takes cohorts with the keys, until one is invalidated', async () => {
    const { api_key } = await muster.ask('keys', 'create', '--rest')
    const attributes = [
      { external_id: 'ana', first_name: 'Ana', country: 'ES' },
      { external_id: 'tom', first_name: 'Tom', country: 'GB' },
    ]
    const rest = { authorization: `Bearer ${api_key}` }
    expect(await post('/users/track', { attributes }, rest)).toBe(201)
    const secrets = { partner_api_key: keys.partner, client_secret: keys.dataImport }
    const cohort = { ...secrets, cohort_id: 'lapsed' }
    const name = { ...cohort, name: 'Lapsed VIPs', created_at: '2026-11-23T20:00:00Z' }
    const users = { ...cohort, cohort_changes: [{ user_ids: ['ana', 'tom', 'nobody'] }] }
    expect(await post('/partners/hightouch/cohorts', name)).toBe(201)
    expect(await post('/partners/hightouch/cohorts/users', users)).toBe(201)

    const row = region('Data import keys').getByRole('row', { name: /warehouse team/ })
    await row.getByRole('button', { name: 'Invalidate' }).click()
    await dialog().getByRole('button', { name: 'Invalidate' }).click()
    await row.getByText(/^invalidated /).waitFor()
    expect(await post('/partners/hightouch/cohorts/users', users)).toBe(401)
  })

  it('shows a cohort’s import down to the fate of each id', async () => {
    await link('Cohorts').click()
    await link('Lapsed VIPs').click()
    await page.getByText('3 ids in 1 request =').waitFor()
    await region('Newest imports').getByRole('link').first().click()
    await page.getByRole('row', { name: 'nobody add unknown' }).waitFor()
    expect(page.url()).toContain('?import=')
  })

  it('makes a segment, counts it and explains one user', async () => {
    await link('Segments').click()
    await link('New segment').click()
    await page.getByRole('textbox', { name: 'Name' }).fill('lapsed-spain')
    await page.getByRole('combobox', { name: 'Cohort' }).click()
    await page.getByRole('option', { name: /Lapsed VIPs/ }).click()
    await button('Add a filter').click()
    const second = page.getByRole('group', { name: 'Cohort', exact: true }).nth(1)
    await second.getByRole('combobox', { name: 'Filter' }).selectOption('field')
    await page.getByRole('textbox', { name: 'Value' }).fill('ES')
    await button('Save the segment').click()

    await heading('lapsed-spain').waitFor()
    await page.getByText('Hightouch Cohorts includes "Lapsed VIPs" and country equals "ES"').waitFor()
    await button('Compute the exact size').click()
    await page.getByText('1 person', { exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'User' }).fill('tom')
    await button('Look up').click()
    await page.getByText('Tom (tom) is not in this segment').waitFor()
    const parts = await page.getByRole('alert').getByRole('listitem').allTextContents()
    expect(parts.slice(1)).toEqual([
      '✓ holds: Hightouch Cohorts includes "Lapsed VIPs"',
      '✗ does not hold: country equals "ES"',
    ])
    expect(page.url()).toMatch(/\?user=tom$/)
  })

  it('sends a campaign after saying to how many, and shows its message as text', async () => {
    const body = "<b>Hello</b> {{${first_name} | default: 'there'}}"
    const campaign = { segment: 'lapsed-spain', message: { channel: 'inbox', subject: 'Come back', body } }
    const made = await fetch(`${address}/api/campaigns/come-back`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(campaign),
    })
    expect(made.status).toBe(200)
    await link('Campaigns').click()
    await link('come-back').click()
    await button('Send now').click()
    await dialog().getByText('1 person in the segment at this moment').waitFor()
    await dialog().getByRole('button', { name: 'Send now' }).click()
    await page.getByText('Sending to 1 person.').waitFor()
    await page.getByText('1 sent', { exact: true }).waitFor()

    await link('See its messages in the inbox').click()
    await page.getByRole('article').getByText('<b>Hello</b> Ana').waitFor()
    await page.getByRole('article').getByRole('link', { name: 'Ana (ana)' }).click()
    await heading('Messages').waitFor()
    expect(await page.getByText('<b>Hello</b> Ana').count()).toBe(1)
  })

  it('speaks Spanish when asked, and still after a reload', async () => {
    await link('Inbox').click()
    await page.getByRole('combobox', { name: 'Language' }).selectOption('es')
    await heading('Bandeja de entrada').waitFor()
    await page.reload()
    await heading('Bandeja de entrada').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('es')
    expect(await page.title()).toBe('Bandeja de entrada · Muster')
  })

  it('fits a telephone: the navigation opens and closes, and nothing is wider than the screen', async () => {
    page = await open({ viewport: { width: 400, height: 800 } })
    for (const path of ['/', '/partners/hightouch', '/cohorts/hightouch/lapsed', '/inbox', '/why?user=ana']) {
      await page.goto(`${address}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(excess, path).toBeLessThanOrEqual(0)
    }
    await button('Open or close the navigation').click()
    await link('Sources').click()
    await heading('Sources').waitFor()
    await link('Sources').waitFor({ state: 'hidden' })
  })

  it('complained of nothing so far: no refused script, no failed request', () => {
    expect(complaints).toEqual([])
  })

  it('asks somebody from elsewhere for the administrator’s token, then shows what was asked for', async () => {
    page = await open({ extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } })
    await page.goto(`${address}/cohorts`)
    const token = page.getByRole('textbox', { name: 'Administrator’s token' })
    await token.fill('a guess')
    await button('Sign in').click()
    await page.getByText('That is not the administrator’s token').waitFor()
    await token.fill((await readFile(join(muster.directory, 'admin-token'), 'utf8')).trim())
    await button('Sign in').click()
    await link('Lapsed VIPs').waitFor()
  })
})
