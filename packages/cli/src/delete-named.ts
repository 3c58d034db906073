import type { Deletion } from '@muster/core/api/deletion-routes.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Deletable } from '@muster/core/sync/deletion.ts'
import type { Context } from './command.ts'

/** Deletes it, or with `dryRun` only finds out whether that can be and what it takes away. */
export function deleteNamed(
  client: Context['client'],
  { kind, name, dryRun }: { readonly kind: Deletable; readonly name: string; readonly dryRun: boolean },
): Promise<Deletion> {
  const input = { params: { name }, query: { dry_run: dryRun ? 'true' : 'false' } }
  switch (kind) {
    case 'source':
      return client.deleteSource(input)
    case 'model':
      return client.deleteModel(input)
    case 'destination':
      return client.deleteDestination(input)
    case 'notifier':
      return client.deleteNotifier(input)
    case 'sync':
      return client.deleteSync(input)
    default:
      return assertNever(kind)
  }
}
