import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
// For its declaration of what this file provides.
import type {} from '@muster/server/db/testing.ts'
import type { TestProject } from 'vitest/node'

/** One real PostgreSQL for the whole test run; each test file makes a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-test-'))
  const postgres = await startEmbeddedPostgres(directory)
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    await removeEmbeddedPostgres(directory)
    await rm(directory, { recursive: true, force: true })
  }
}
