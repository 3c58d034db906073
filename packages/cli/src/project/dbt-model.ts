import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { resolveDbt } from '@muster/core/sync/dbt.ts'

type Written = Readonly<Record<string, unknown>>

/** A model with the place of its rows beside `dbt.model`, or what is wrong and at which key of `dbt`. */
interface Resolved {
  readonly value: Written
  readonly problem: { readonly at: 'manifest' | 'model'; readonly message: string } | null
}

/**
 * Looks a dbt model up in its manifest, which lies where the project does and not at the server. The server keeps what
 * was found; a deploy after the next dbt build brings what has moved.
 */
export async function withDbtRows(root: string, value: Written): Promise<Resolved> {
  const { dbt } = value
  if (!isObject(dbt) || typeof dbt.manifest !== 'string' || typeof dbt.model !== 'string')
    return { value, problem: null }
  try {
    const manifest = await readManifest(resolve(root, dbt.manifest))
    return { value: { ...value, dbt: { ...dbt, ...resolveDbt(manifest, dbt.model) } }, problem: null }
  } catch (error) {
    const hint = error instanceof MusterError && error.hint !== undefined ? ` (${error.hint})` : ''
    const inModel = error instanceof MusterError && error.code !== 'bad_manifest'
    return { value, problem: { at: inModel ? 'model' : 'manifest', message: `${messageOf(error)}${hint}` } }
  }
}

/** The model as people write it: without what a deploy put in. */
export function withoutDbtRows(model: Written): Written {
  if (!isObject(model.dbt)) return model
  const { relation, sql, node, tests, ...dbt } = model.dbt
  return { ...model, dbt }
}

async function readManifest(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}
