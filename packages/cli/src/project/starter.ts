import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { makeFolder } from '../make-folder.ts'
import { projectFolders } from './project.ts'
import { writeSchemas } from './schema.ts'

const files: Readonly<Record<string, string>> = {
  'muster.yaml': 'version: 1\n',
  'people.csv': `contact_id,customer_id,crm_id,last_device_id,last_order_on
p1,C-1001,CRM-1,dev-a1,2025-02-11
p2,C-1002,,,2099-12-24
p3,,CRM-3,,2024-11-30
p4,C-1004,CRM-4,,2025-05-02
p5,,,dev-e5,2024-08-19
p6,,,,2024-01-07
`,
  'sources/warehouse.yaml': `type: csv # or postgres, snowflake, bigquery, duckdb …
config:
  path: people.csv
`,
  'models/lapsed_vips.yaml': `source: warehouse
key: contact_id
`,
  'models/lapsed_vips.sql': `select contact_id, customer_id, crm_id, last_device_id
from rows
where last_order_on::date < current_date - 90
`,
  'destinations/braze.yaml': `type: braze-cohorts
config:
  rest_endpoint: \${BRAZE_REST_ENDPOINT}
  partner: hightouch
  partner_api_key: \${BRAZE_PARTNER_API_KEY}
  data_import_key: \${BRAZE_DATA_IMPORT_KEY}
`,
  'syncs/lapsed-vips.yaml': `model: lapsed_vips
destination: braze
identifiers: # the first that is present wins, row by row
  - external_id: customer_id
  - alias: { label: crm, name: crm_id }
  - device_id: last_device_id
cohort: { create: Lapsed VIPs }
schedule: manual # or: { every: 15m }
guards: { max_removed: 15%, min_members: 1 }
`,
}

const kindOfFolder = new Map(projectFolders.map(({ folder, kind }) => [folder as string, kind]))

/** Editors that know YAML's language server check and complete a file by the schema that its first line names. */
function withSchema(path: string, text: string): string {
  const kind = kindOfFolder.get(dirname(path))
  if (kind === undefined || !path.endsWith('.yaml')) return text
  return `# yaml-language-server: $schema=../.schema/${kind}.schema.json\n${text}`
}

/** Writes a starter project; a file that is there already is never overwritten. Returns the files' paths. */
export async function writeStarter(directory: string): Promise<string[]> {
  const written: string[] = []
  for (const [path, text] of Object.entries(files)) {
    const target = join(directory, path)
    await makeFolder(dirname(target))
    await writeFile(target, withSchema(path, text), { flag: 'wx' }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        throw invalid('file_exists', `${target} is there already`, { hint: 'Choose an empty folder.' })
      }
      throw error
    })
    written.push(target)
  }
  return [...written, ...(await writeSchemas(join(directory, '.schema')))]
}
