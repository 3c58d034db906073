import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { CsvFile, csvNull } from './csv-file.ts'
import { type CustomerRow, customerRows, type Person, personOf } from './person.ts'
import { dateText, eventsOf, ordersOf, todayOn } from './purchases.ts'
import type { Day } from './roles.ts'
import { type Shop, shuffledNumbers } from './shop.ts'

const tables = ['customers', 'orders', 'devices', 'events'] as const
type TableFiles = { readonly [Table in (typeof tables)[number]]: CsvFile }

/**
 * Writes the shop's DuckDB warehouse as it stands on a day, its rows in another order each day. The file appears
 * whole under `path` or not at all; one that stood there is replaced.
 */
export async function writeWarehouse(shop: Shop, day: Day, path: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(path), '.shop-'))
  try {
    const files = writeCsv(shop, day, folder)
    const database = join(folder, 'warehouse.duckdb')
    const instance = await DuckDBInstance.create(database)
    try {
      const connection = await instance.connect()
      await load(connection, files, day)
      connection.closeSync()
    } finally {
      instance.closeSync()
    }
    await rename(database, path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function writeCsv(shop: Shop, day: Day, folder: string): TableFiles {
  const file = (table: string): CsvFile => new CsvFile(join(folder, `${table}.csv`))
  const files: TableFiles = {
    customers: file('customers'),
    orders: file('orders'),
    devices: file('devices'),
    events: file('events'),
  }
  try {
    for (const number of shuffledNumbers(shop, day)) {
      const person = personOf(shop, number)
      for (const row of customerRows(shop, person, day)) writeRow(files, { person, row, day })
    }
  } finally {
    for (const table of tables) files[table].close()
  }
  return files
}

function writeRow(
  files: TableFiles,
  { person, row, day }: { person: Person; row: CustomerRow; day: Day },
): void {
  const { contactId, chance } = row
  files.customers.row([
    contactId,
    row.customerId,
    row.crmId,
    person.firstName,
    person.lastName,
    person.email,
    person.country.code,
    person.plan,
  ])
  for (const order of ordersOf(row, person.role.buying, day)) {
    const orderId = `${contactId.replace('contact', 'order')}-${order.number}`
    files.orders.row([orderId, contactId, order.on, order.cents / 100, order.status])
  }
  if (row.lastDeviceId !== null) {
    const lastSeen = -1 - chance.below('last seen', 300)
    const platform = chance.pick('platform', ['ios', 'android', 'web'])
    files.devices.row([row.lastDeviceId, contactId, platform, `${dateText(lastSeen)} 18:00:00`])
    if (chance.happens('had another device', 25)) {
      files.devices.row([`${row.lastDeviceId}-old`, contactId, 'web', `${dateText(lastSeen - 30)} 09:00:00`])
    }
  }
  for (const event of eventsOf(row)) files.events.row([contactId, event.name, event.at])
}

async function load(connection: DuckDBConnection, files: TableFiles, day: Day): Promise<void> {
  await connection.run(await readFile(join(import.meta.dirname, 'warehouse.sql'), 'utf8'))
  await connection.run(`insert into shop_clock values ('${todayOn(day)}')`)
  for (const table of tables) {
    const path = files[table].path.replaceAll("'", "''")
    await connection.run(
      `copy ${table} from '${path}' (format csv, header false, auto_detect false, nullstr '${csvNull}', quote '"', escape '"')`,
    )
  }
}
