import type { Json } from '@muster/core/lib/json.ts'
import type { Database, Queryable } from '../db/database.ts'
import { type AnswerFields, answerOnce } from './answer-once.ts'
import {
  type ImportCounts,
  type ImportRequest,
  importCohort,
  type NamedCohort,
  nameCohort,
} from './import-cohort.ts'
import { type FateRow, readFates } from './import-store.ts'

/** What a sender may ask for beyond the effect itself. */
export interface TakeOptions {
  /** The answer says what became of each id. */
  readonly report: boolean
  /** Nothing is changed or logged. */
  readonly dryRun: boolean
  /** The first answer is kept and given again. */
  readonly idempotencyKey: string | null
}

/** What the answer to a request is besides `message`, and whether the import's log has it. */
export interface Taken {
  readonly body: AnswerFields
  readonly isLogged: boolean
}

/** Imports as the sender's options ask. Throws as `importCohort` and `answerOnce` do. */
export async function takeImport(
  database: Database,
  request: ImportRequest,
  options: TakeOptions,
): Promise<Taken> {
  const isPlain = !options.report && !options.dryRun && options.idempotencyKey === null
  const hasIds = request.request.changes.length > 0
  if (isPlain) {
    await importCohort(database, request)
    return { body: {}, isLogged: hasIds }
  }
  const work = async (tx: Queryable): Promise<AnswerFields> => {
    const counts = await importCohort(tx, request)
    return options.report ? { report: await reportOf(tx, { request, counts, dryRun: options.dryRun }) } : {}
  }
  if (options.dryRun) return { body: await undone(database, work), isLogged: false }
  const { body, isRepeated } = await once(
    database,
    { ...request, meaning: JSON.stringify(request.request) },
    { options, work },
  )
  return { body, isLogged: hasIds && !isRepeated }
}

/** Names a cohort as the sender's options ask. */
export async function takeName(
  database: Database,
  request: Pick<ImportRequest, 'partner' | 'now'> & { readonly cohort: NamedCohort },
  options: TakeOptions,
): Promise<Taken> {
  if (options.dryRun) return { body: {}, isLogged: false }
  const work = async (tx: Queryable): Promise<AnswerFields> => {
    await nameCohort(tx, request)
    return {}
  }
  const { body } = await once(
    database,
    { ...request, meaning: JSON.stringify(request.cohort) },
    { options, work },
  )
  return { body, isLogged: false }
}

interface Once {
  readonly options: TakeOptions
  readonly work: (tx: Queryable) => Promise<AnswerFields>
}

async function once(
  database: Database,
  request: Pick<ImportRequest, 'partner' | 'now'> & { readonly meaning: string },
  { options, work }: Once,
): Promise<{ readonly body: AnswerFields; readonly isRepeated: boolean }> {
  const { idempotencyKey: key } = options
  return database.transaction(async (tx) => {
    if (key === null) return { body: await work(tx), isRepeated: false }
    return answerOnce(tx, { ...request, key }, () => work(tx))
  })
}

/** Does the work and takes back all that it changed. */
async function undone(
  database: Database,
  work: (tx: Queryable) => Promise<AnswerFields>,
): Promise<AnswerFields> {
  const end = new Error('a dry run ends')
  let body: AnswerFields = {}
  await database
    .transaction(async (tx) => {
      body = await work(tx)
      throw end
    })
    .catch((error: unknown) => {
      if (error !== end) throw error
    })
  return body
}

interface Reported {
  readonly request: ImportRequest
  readonly counts: ImportCounts
  readonly dryRun: boolean
}

async function reportOf(tx: Queryable, { request, counts, dryRun }: Reported): Promise<Json> {
  const fates = counts.ids === 0 ? [] : await readFates(tx, request.requestId)
  return { dry_run: dryRun, counts: { ...counts }, ids: fates.map(reportedId) }
}

function reportedId({ kind, label, value, remove, fate }: FateRow): Json {
  return { kind, label, value, remove, fate }
}
