import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { launchChromium } from '../chromium.ts'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const web = join(import.meta.dirname, '../../packages/web')

/** A server with both halves, a sync from a SQLite shop into its own cohort, and a browser that looks at it. */
export interface WebShop {
  readonly muster: MusterProcess
  readonly address: string
  readonly project: string
  /** What the browser complained of: a refused script, a failed request, an exception. */
  readonly complaints: readonly string[]
  open(options?: BrowserContextOptions): Promise<Page>
  /** The shop's customers from now on are `C-1` … by these numbers; one without a number has no identifier. */
  customers(numbers: readonly (number | null)[]): void
  /** Writes a file of the project and deploys. */
  deployFile(path: string, text: string): Promise<void>
  /** Makes or changes the sync `people`, by lines of its file. */
  defineSync(...lines: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function openWebShop(): Promise<WebShop> {
  // `npm test` has built it already; whoever runs a file by itself may not have.
  const isBuilt = await access(join(web, 'dist/index.html')).then(
    () => true,
    () => false,
  )
  if (!isBuilt) await build({ root: web, logLevel: 'error' })
  const muster = await openMusterProcess()
  const [{ address }, browser] = await Promise.all([muster.serve(), launchChromium()])
  const project = join(dirname(muster.directory), 'project')
  const complaints: string[] = []
  const deployFile = async (path: string, text: string): Promise<void> => {
    await writeFile(join(project, path), text)
    const { code, error, out } = await muster.run('deploy', '--project', project)
    if (code !== 0) throw new Error(`${error}${out}`)
  }
  const customers: WebShop['customers'] = (numbers) => {
    const database = new DatabaseSync(join(project, 'shop.sqlite'))
    database.exec('drop table if exists customers; create table customers (id integer, external_id text)')
    const insert = database.prepare('insert into customers values (?, ?)')
    numbers.forEach(
      (number, index) => void insert.run(number ?? -index, number === null ? null : `C-${number}`),
    )
    database.close()
  }
  await writeProject(project, { address, keys: await muster.ask('keys', 'create', '--partner', 'hightouch') })
  customers([1, 2, 3])
  const shop: WebShop = {
    muster,
    address,
    project,
    complaints,
    customers,
    open: (options = {}) => openPage(browser, complaints, options),
    deployFile,
    defineSync: (...lines) => deployFile('syncs/people.yaml', [...syncLines, ...lines, ''].join('\n')),
    close: async () => {
      await browser.close()
      await muster.close()
    },
  }
  await shop.defineSync()
  return shop
}

const syncLines = [
  'model: people',
  'destination: braze',
  'identifiers: [{ external_id: external_id }]',
  'cohort: { create: People }',
]

async function writeProject(
  project: string,
  { address, keys }: { readonly address: string; readonly keys: Record<string, unknown> },
): Promise<void> {
  for (const folder of ['sources', 'models', 'destinations', 'notifiers', 'syncs'])
    await mkdir(join(project, folder), { recursive: true })
  const { partner_api_key, data_import_key } = keys
  const config = { rest_endpoint: address, partner_api_key, data_import_key }
  await writeFile(join(project, 'muster.yaml'), 'version: 1\n')
  await writeFile(join(project, 'sources/shop.yaml'), 'type: sqlite\nconfig: { path: shop.sqlite }\n')
  await writeFile(join(project, 'models/people.yaml'), 'source: shop\nkey: id\ntable: customers\n')
  await writeFile(
    join(project, 'destinations/braze.yaml'),
    `type: braze-cohorts\nconfig: ${JSON.stringify(config)}\n`,
  )
}

async function openPage(
  browser: Browser,
  complaints: string[],
  options: BrowserContextOptions,
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return page
}
