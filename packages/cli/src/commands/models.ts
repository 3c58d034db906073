import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { SourceRoutes } from '@muster/core/api/source-routes.ts'
import { invalid } from '@muster/core/lib/error.ts'
import type { RouteResponse } from '@muster/core/lib/route.ts'
import { processEnvironment } from '@muster/server/config.ts'
import type { Command } from 'commander'
import { example, type GlobalOptions, withConnection } from '../command.ts'
import { table } from '../output.ts'
import { readProject } from '../project/project.ts'

interface PreviewOptions extends GlobalOptions {
  readonly source?: string
}

/** `models preview`: the first rows of a model that the server has, or of a file that it has not. */
export function addModels(program: Command): void {
  const models = program.command('models').description('models: the rows that syncs read')
  const preview = models
    .command('preview <name|file>')
    .description('the first 100 rows and the column types, of a saved model or of a .yaml or .sql file')
    .option('--source <name>', 'the source that a .sql file is for')
    .action(async (named: string) => {
      const options = preview.optsWithGlobals<PreviewOptions>()
      const written = /\.(ya?ml|sql)$/.test(named) ? await readModel(named, options.source) : null
      await withConnection(preview, async ({ client, output }) => {
        const found = written
          ? await client.previewDefinition({ body: written })
          : await client.previewModel({ params: { name: named } })
        output.answer(found, () => rowsText(found))
        return undefined
      })
    })
  example(
    preview,
    'muster models preview lapsed_vips',
    'muster models preview models/lapsed_vips.yaml',
    'muster models preview draft.sql --source warehouse',
  )
}

/** A `.yaml` file is read as `validate` reads it, its project around it; a `.sql` file needs a source named. */
async function readModel(path: string, source: string | undefined): Promise<Record<string, unknown>> {
  if (!existsSync(path)) {
    throw invalid('no_such_file', `there is no file ${path}`, {
      hint: 'Name a model that the server has, or an existing .yaml or .sql file.',
    })
  }
  if (path.endsWith('.sql')) {
    if (source !== undefined) return { source, sql: await readFile(path, 'utf8') }
    throw invalid('no_source', `${path} does not say which source it is for`, {
      hint: 'Name the source with --source NAME, or preview the .yaml file beside it.',
    })
  }
  const project = dirname(dirname(resolve(path)))
  const resources = await readProject(project, { environment: processEnvironment(), kinds: ['model'] })
  const found = resources.find((one) => one.name === basename(path).replace(/\.ya?ml$/, ''))
  if (found) return { ...found.definition }
  throw invalid('no_such_file', `${path} is no model of the project in ${project}`, {
    hint: 'Name a file in the folder models of a project.',
  })
}

type Preview = RouteResponse<SourceRoutes['previewDefinition']>

function rowsText({ columns, rows }: Preview): string {
  return table(
    columns.map(({ name, type }) => `${name} (${type})`),
    rows.map((row) => columns.map(({ name }) => row[name] ?? '∅')),
  )
}
