import type { ResourceChange } from '@muster/core/api/resource-change.ts'
import { processEnvironment } from '@muster/server/config.ts'
import { type Command, InvalidArgumentError } from 'commander'
import colors from 'picocolors'
import { requireWord, terminalOf } from '../ask.ts'
import { type Context, example, type GlobalOptions, withConnection } from '../command.ts'
import { count } from '../output.ts'
import { checkConnections } from '../project/check-project.ts'
import { deployResource } from '../project/deploy.ts'
import { exportProject } from '../project/export.ts'
import {
  projectFolders,
  type Resource,
  type ResourceKind,
  readProject,
  requireNone,
} from '../project/project.ts'
import { inPruneOrder, othersText, prunedText, pruneOthers } from '../project/prune.ts'
import { onlyOnServer } from '../project/server-resources.ts'

interface DeployOptions extends GlobalOptions {
  readonly project: string
  readonly env?: string
  readonly only?: readonly ResourceKind[]
  readonly dryRun?: boolean
  readonly prune?: boolean
  readonly yes?: boolean
}

/** `deploy` (files → server) and `export` (server → files). */
export function addDeployAndExport(program: Command): void {
  addDeploy(program)
  addExport(program)
}

function kindsOption(text: string): ResourceKind[] {
  return text.split(',').map((name) => {
    const found = projectFolders.find((part) => part.folder === name.trim() || part.kind === name.trim())
    if (found) return found.kind
    throw new InvalidArgumentError(`Known are: ${projectFolders.map((part) => part.folder).join(', ')}.`)
  })
}

function addDeploy(program: Command): void {
  const deploy = program
    .command('deploy')
    .description('bring the project files to the server, showing what differs')
    .option('--project <dir>', 'the project’s folder', '.')
    .option('--env <name>', 'with the files of this environment laid over them')
    .option('--only <kinds>', 'only these, e.g. segments,campaigns', kindsOption)
    .option('--dry-run', 'only show what differs')
    .option('--prune', 'then delete what the server has and the files have not, having asked')
    .option('--yes', 'prune without asking')
    .action(async () => {
      const options = deploy.optsWithGlobals<DeployOptions>()
      const { project, env, only, dryRun = false, prune = false, yes = false, json = false } = options
      const word = { yes, terminal: terminalOf({ json }) }
      if (prune && !dryRun) requireWord('deploying with --prune', word)
      const resources = await readProject(project, {
        environment: processEnvironment(),
        ...(env === undefined ? {} : { overlay: env }),
        ...(only === undefined ? {} : { kinds: only }),
      })
      requireNone(await checkConnections(resources))
      await withConnection(deploy, async ({ client, output }) => {
        const changes = await deployAll({ client, output }, resources, dryRun)
        const others = await onlyOnServer(client, resources, only)
        if (others.length > 0) output.say(othersText(others))
        const deleted =
          prune && !dryRun ? await pruneOthers({ client, output }, inPruneOrder(others), word) : []
        const changed = changes.filter((change) => change.change !== 'unchanged').length
        const only_there = others.map(({ kind, name }) => ({ kind, name }))
        output.answer({ dry_run: dryRun, changes, only_there, deleted }, () =>
          [
            deployedText(changed, changes.length, dryRun),
            ...prunedText(others, deleted, { again: commandOf(options), prune, dryRun }),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(deploy, 'muster deploy --project shop --dry-run', 'muster deploy --project shop --prune')
}

/** The same comparison again: without its overlay or its kinds another one would be made. */
function commandOf({ project, env, only }: DeployOptions): string {
  return [
    `muster deploy --project ${project}`,
    ...(env === undefined ? [] : [`--env ${env}`]),
    ...(only === undefined ? [] : [`--only ${only.join(',')}`]),
  ].join(' ')
}

async function deployAll(
  { client, output }: Pick<Context, 'client' | 'output'>,
  resources: readonly Resource[],
  dryRun: boolean,
): Promise<ResourceChange[]> {
  const changes: ResourceChange[] = []
  for (const resource of resources) {
    output.progress(`${resource.kind} ${resource.name}`)
    const change = await deployResource(client, resource, dryRun).catch((error: unknown) => {
      const done = changes.filter((earlier) => earlier.change !== 'unchanged').length
      if (done > 0 && !dryRun) {
        output.say(`${count(done)} deployed before this one stand; mend it and deploy again.`)
      }
      throw error
    })
    changes.push(change)
    if (change.change !== 'unchanged') output.say(formatChange(change))
  }
  return changes
}

function deployedText(changed: number, of: number, dryRun: boolean): string {
  if (changed === 0) return 'Nothing differs.'
  return `${count(changed)} of ${count(of)} ${dryRun ? 'would be deployed' : 'deployed'}.`
}

function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('bring what the server has into the project files; comments and ${NAME} stay')
    .option('--project <dir>', 'the project’s folder; made when there is none', '.')
    .option('--only <kinds>', 'only these, e.g. segments,campaigns', kindsOption)
    .option('--dry-run', 'only show what would be written')
    .action(async () => {
      const { project, only, dryRun = false } = command.opts<DeployOptions>()
      await withConnection(command, async ({ client, output }) => {
        const { files, onlyHere } = await exportProject(client, project, {
          environment: processEnvironment(),
          dryRun,
          ...(only === undefined ? {} : { kinds: only }),
        })
        const written = files.filter(({ change }) => change !== 'unchanged')
        for (const { path, change } of written) output.say(`  ${mark(change)} ${path}`)
        for (const path of onlyHere)
          output.say(`  ${colors.dim('?')} ${path} is not on the server, and stays`)
        output.answer({ dry_run: dryRun, files, only_here: onlyHere }, () =>
          written.length === 0
            ? 'Nothing differs.'
            : `${count(written.length)} of ${count(files.length)} files ${dryRun ? 'would be written' : 'written'}.`,
        )
        return undefined
      })
    })
  example(command, 'muster export --project shop --dry-run')
}

function formatChange({ kind, name, change }: ResourceChange): string {
  return `  ${mark(change)} ${kind} ${name}`
}

function mark(change: ResourceChange['change']): string {
  return change === 'create' ? colors.green('+') : colors.yellow('~')
}
