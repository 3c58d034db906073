import type { KeyInfo } from '@muster/core/api/engage.ts'
import type { Command } from 'commander'
import { example, withConnection, wrongUsage } from '../command.ts'
import { table } from '../output.ts'

interface CreateOptions {
  readonly partner?: string
  readonly rest?: boolean
  readonly name: string
  readonly permissions?: string
  readonly addresses?: string
}

function listed(name: 'permissions' | 'addresses', text: string | undefined): { [name: string]: string[] } {
  return text === undefined ? {} : { [name]: text.split(',').map((part) => part.trim()) }
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('keys of partners and of the REST API')
  const create = keys
    .command('create')
    .description('make keys; they are shown this once')
    .option(
      '--partner <slug>',
      'a partner API key and a data import key; adds and enables the partner when new',
    )
    .option('--rest', 'a REST API key')
    .option('--name <name>', 'what the key is for', '')
    .option(
      '--permissions <list>',
      'of a REST API key, with commas: users.track,segments.list; without it, all',
    )
    .option('--addresses <list>', 'of a REST API key, with commas: 203.0.113.7,10.0.0.0/8; without it, any')
    .action(async () => {
      const { partner, rest, name, permissions, addresses } = create.opts<CreateOptions>()
      await withConnection(create, async ({ client, output }) => {
        if ((partner === undefined) === (rest !== true)) {
          throw wrongUsage('say for whom the keys are', 'Name one of --partner SLUG and --rest.')
        }
        if (partner !== undefined) {
          const made = await client.createPartnerKeys({ params: { slug: partner }, body: { name } })
          output.answer(made, () =>
            [
              `REST endpoint     ${made.rest_endpoint}`,
              `Partner API key   ${made.partner_api_key}`,
              `Data import key   ${made.data_import_key}`,
              'The keys are not shown again.',
            ].join('\n'),
          )
        } else {
          const { rest_endpoint, api_key } = await client.createRestKey({
            body: { name, ...listed('permissions', permissions), ...listed('addresses', addresses) },
          })
          output.answer({ rest_endpoint, api_key }, () =>
            [
              `REST endpoint   ${rest_endpoint}`,
              `API key         ${api_key}`,
              'The key is not shown again.',
            ].join('\n'),
          )
        }
        return undefined
      })
    })
  example(create, 'muster keys create --partner hightouch --json')

  const list = keys
    .command('list')
    .description('keys, masked')
    .option('--partner <slug>', 'the keys of a partner; without it, REST API keys')
    .action(async () => {
      const { partner } = list.opts<{ partner?: string }>()
      await withConnection(list, async ({ client, output }) => {
        if (partner === undefined) {
          const found = await client.listRestKeys()
          output.answer(found, () => restKeyTable(found))
        } else {
          const found = await client.getPartner({ params: { slug: partner } })
          output.answer(found, () =>
            [
              `REST endpoint  ${found.rest_endpoint}`,
              keyTable(found.partner_keys, 'partner API'),
              keyTable(found.data_import_keys, 'data import'),
            ].join('\n'),
          )
        }
        return undefined
      })
    })
  example(list, 'muster keys list --partner hightouch')

  const invalidate = keys
    .command('invalidate <id>')
    .description('invalidate a key of any kind, from the next request on')
    .action(async (id: string) => {
      await withConnection(invalidate, async ({ client, output }) => {
        const info = await client.invalidateKey({ params: { id } })
        output.answer(info, () => `Invalidated ${info.masked}`)
        return undefined
      })
    })
  example(invalidate, 'muster keys invalidate 3')
}

function restKeyTable(keys: readonly KeyInfo[]): string {
  const rights = keys.map(({ masked, permissions, addresses }) => {
    const may = permissions === undefined ? 'everything' : permissions.join(', ')
    return `  ${masked} may ${may}, from ${addresses === undefined ? 'everywhere' : addresses.join(', ')}`
  })
  return [keyTable(keys, 'REST'), ...rights].join('\n')
}

function keyTable(keys: readonly KeyInfo[], kind: string): string {
  return table(
    ['id', `${kind} key`, 'name', 'created', 'last used', 'state'],
    keys.map((key) => [
      key.id,
      key.masked,
      key.name,
      key.created_at.slice(0, 16),
      key.last_used_at?.slice(0, 16) ?? 'never',
      key.invalidated_at === null ? 'live' : 'invalidated',
    ]),
  )
}
