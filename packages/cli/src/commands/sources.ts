import type { Command } from 'commander'
import colors from 'picocolors'
import { example, exitCodes, withConnection } from '../command.ts'
import { checkText, table } from '../output.ts'

/** `sources`: what models read from. */
export function addSources(program: Command): void {
  const sources = program.command('sources').description('sources: what they can read, and whether')
  addList(sources)
  addCheck(sources)
  addTables(sources)
}

function addList(sources: Command): void {
  const list = sources
    .command('list')
    .description('all sources')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listSources()
        output.answer(found, () =>
          table(
            ['source', 'type', 'changed'],
            found.map((source) => [source.name, source.type, source.updated_at]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster sources list')
}

function addCheck(sources: Command): void {
  const check = sources
    .command('check <source>')
    .description('test the connection, and warn of what is dangerous though it works')
    .action(async (name: string) => {
      await withConnection(check, async ({ client, output }) => {
        const found = await client.checkSource({ params: { name } })
        output.answer(found, () =>
          [checkText(found), ...found.warnings.map((warning) => `${colors.yellow('!')} ${warning}`)].join(
            '\n',
          ),
        )
        return found.ok ? undefined : exitCodes.failed
      })
    })
  example(check, 'muster sources check warehouse')
}

function addTables(sources: Command): void {
  const tables = sources
    .command('tables <source>')
    .description('the tables and views that the source can read, with their columns')
    .action(async (name: string) => {
      await withConnection(tables, async ({ client, output }) => {
        const found = await client.listSourceTables({ params: { name } })
        output.answer(found, () =>
          [
            table(
              ['table', 'kind', 'columns'],
              found.tables.map(({ schema, name: own, kind, columns }) => [
                schema === null ? own : `${schema}.${own}`,
                kind,
                columns.map((column) => `${column.name} ${column.type}`).join(', '),
              ]),
            ),
            ...(found.complete ? [] : ['There are more; these are the first by schema and name.']),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(tables, 'muster sources tables warehouse')
}
