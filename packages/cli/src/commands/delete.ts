import { type Deletable, deletables } from '@muster/core/sync/deletion.ts'
import { Argument, type Command } from 'commander'
import { hasWord, requireWord, terminalOf } from '../ask.ts'
import { example, exitCodes, type GlobalOptions, withConnection } from '../command.ts'
import { deleteNamed } from '../delete-named.ts'
import { deletionAsked, deletionDone } from '../deletion-text.ts'

interface DeleteOptions extends GlobalOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** `muster delete KIND NAME`. */
export function addDelete(program: Command): void {
  const remove = program
    .command('delete')
    .description('delete a sync, model, source, destination or notifier, having asked; sends nothing')
    .addArgument(new Argument('<kind>', 'what it is').choices(deletables))
    .argument('<name>', 'which one')
    .option('--yes', 'without asking')
    .option('--dry-run', 'only show what goes and what stays')
    .action(async (kind: Deletable, name: string) => {
      const { yes = false, dryRun = false, json = false } = remove.optsWithGlobals<DeleteOptions>()
      const word = { yes, terminal: terminalOf({ json }) }
      if (!dryRun) requireWord('deleting', word)
      await withConnection(remove, async ({ client, output }) => {
        const doomed = await deleteNamed(client, { kind, name, dryRun: true })
        if (dryRun) {
          output.answer({ dry_run: true, ...doomed }, () => deletionAsked(doomed))
          return undefined
        }
        if (!yes) output.say(deletionAsked(doomed))
        if (!(await hasWord(`Delete the ${kind} ${name}?`, word))) {
          output.say('Nothing was deleted.')
          return exitCodes.failed
        }
        const gone = await deleteNamed(client, { kind, name, dryRun: false })
        output.answer({ dry_run: false, ...gone }, () => deletionDone(gone))
        return undefined
      })
    })
  example(remove, 'muster delete sync lapsed-vips', 'muster delete source shop --yes')
}
