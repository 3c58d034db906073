import type { ResourceChange } from '@muster/core/api/sync.ts'
import { processEnvironment } from '@muster/server/config.ts'
import { type Command, InvalidArgumentError } from 'commander'
import colors from 'picocolors'
import { example, type GlobalOptions, outputOf, withConnection } from '../command.ts'
import { count } from '../output.ts'
import { deployResource } from '../project/deploy.ts'
import { projectFolders, type ResourceKind, readProject } from '../project/project.ts'
import { writeStarter } from '../project/starter.ts'

interface ProjectOptions extends GlobalOptions {
  readonly project: string
  readonly only?: readonly ResourceKind[]
  readonly dryRun?: boolean
}

export function addProject(program: Command): void {
  addInit(program)
  addValidate(program)
  addDeploy(program)
}

function addInit(program: Command): void {
  const init = program
    .command('init [dir]')
    .description('write a starter project: a source, a model, a destination and a sync to fill in')
    .action(async (directory = '.') => {
      const files = await writeStarter(directory)
      outputOf(init.optsWithGlobals()).answer({ files }, () =>
        [
          ...files.map((file) => `wrote ${file}`),
          'Fill them in, then: muster validate && muster deploy',
        ].join('\n'),
      )
    })
  example(init, 'muster init my-project')
}

function addValidate(program: Command): void {
  const validate = program
    .command('validate')
    .description('check the project files without a server')
    .option('--project <dir>', 'the project’s folder', '.')
    .action(async () => {
      const { project } = validate.opts<ProjectOptions>()
      const resources = await readProject(project, { environment: processEnvironment() })
      outputOf(validate.optsWithGlobals()).answer(
        { valid: true, resources: resources.length },
        () => `${count(resources.length)} files, all valid.`,
      )
    })
  example(validate, 'muster validate --project shop')
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
    .option('--only <kinds>', 'only these, e.g. segments,campaigns', kindsOption)
    .option('--dry-run', 'only show what differs')
    .action(async () => {
      const { project, only, dryRun = false } = deploy.opts<ProjectOptions>()
      const resources = await readProject(project, {
        environment: processEnvironment(),
        ...(only === undefined ? {} : { kinds: only }),
      })
      await withConnection(deploy, async ({ client, output }) => {
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
        const changed = changes.filter((change) => change.change !== 'unchanged').length
        output.answer({ dry_run: dryRun, changes }, () =>
          changed === 0
            ? 'Nothing differs.'
            : `${count(changed)} of ${count(changes.length)} ${dryRun ? 'would be' : ''} deployed.`.replace(
                '  ',
                ' ',
              ),
        )
        return undefined
      })
    })
  example(deploy, 'muster deploy --project shop --dry-run')
}

function formatChange({ kind, name, change }: ResourceChange): string {
  const mark = change === 'create' ? colors.green('+') : colors.yellow('~')
  return `  ${mark} ${kind} ${name}`
}
