import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const web = join(import.meta.dirname, '../../packages/web')

describe('the web app, of sources and models', () => {
  let muster: MusterProcess
  let browser: Browser
  let page: Page
  let address: string

  beforeAll(async () => {
    const isBuilt = await access(join(web, 'dist/index.html')).then(
      () => true,
      () => false,
    )
    if (!isBuilt) await build({ root: web, logLevel: 'error' })
    muster = await openMusterProcess()
    ;[{ address }, browser] = await Promise.all([muster.serve(), launchChromium()])
    await deployShop(muster)
    const context = await browser.newContext({ locale: 'en-GB' })
    context.setDefaultTimeout(15_000)
    page = await context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await muster?.close()
  })

  it('shows what a source can read, and finds a table by its column', async () => {
    await page.goto(`${address}/sources`)
    await page.getByRole('button', { name: 'Show its tables' }).click()
    const tables = page.getByRole('table', { name: 'Tables of shop' })
    await tables.getByText('table_7').waitFor()
    await page.getByText('9 of 9 tables').waitFor()
    await page.getByRole('textbox', { name: 'Find by the name of a table or a column' }).fill('column_7')
    await page.getByText('1 of 1 tables').waitFor()
    const cells = await tables.getByRole('cell').allInnerTexts()
    expect(cells.map((cell) => cell.trim())).toEqual(['table_7', 'column_7 text', 'Show rows'])
  })

  it('shows the first rows of a table before there is a model of it', async () => {
    await page.getByRole('button', { name: 'The first rows of table_7' }).click()
    const rows = page.getByRole('table', { name: 'The first rows of table_7' })
    await rows.getByRole('cell', { name: 'seven' }).waitFor()
  })

  it('says whether a source can be read, and by which engines a sync can compare', async () => {
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await page.getByText('✓').waitFor()
    await page.getByText('A sync can compare here (local)').waitFor()
  })

  it('shows a model that is a table, with its first rows', async () => {
    await page.goto(`${address}/models`)
    await page.getByText('table: table_7').waitFor()
    await page.getByRole('button', { name: 'Show the first rows' }).click()
    await page.getByRole('cell', { name: 'seven' }).waitFor()
  })
})

async function deployShop(muster: MusterProcess): Promise<void> {
  const project = join(dirname(muster.directory), 'project')
  for (const folder of ['sources', 'models']) await mkdir(join(project, folder), { recursive: true })
  const database = new DatabaseSync(join(project, 'shop.sqlite'))
  for (let n = 0; n < 9; n++) database.exec(`create table table_${n} (column_${n} text)`)
  database.exec(`insert into table_7 values ('seven')`)
  database.close()
  await writeFile(join(project, 'muster.yaml'), 'version: 1\n')
  await writeFile(join(project, 'sources/shop.yaml'), 'type: sqlite\nconfig: { path: shop.sqlite }\n')
  await writeFile(join(project, 'models/sevens.yaml'), 'source: shop\nkey: column_7\ntable: table_7\n')
  const { code, error } = await muster.run('deploy', '--project', project)
  if (code !== 0) throw new Error(error)
}
