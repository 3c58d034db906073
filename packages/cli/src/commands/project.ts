import { processEnvironment } from '@muster/server/config.ts'
import type { Command } from 'commander'
import { example, type GlobalOptions, outputOf } from '../command.ts'
import { count } from '../output.ts'
import { checkProject } from '../project/check-project.ts'
import { writeSchemas } from '../project/schema.ts'
import { writeStarter } from '../project/starter.ts'

interface ProjectOptions extends GlobalOptions {
  readonly project: string
  readonly env?: string
}

export function addProject(program: Command): void {
  addInit(program)
  addValidate(program)
  addSchema(program)
}

function addInit(program: Command): void {
  const init = program
    .command('init [dir]')
    .description(
      'write a starter project: people in a CSV file, a model, a destination and a sync, to be changed into yours',
    )
    .action(async (directory = '.') => {
      const files = await writeStarter(directory)
      outputOf(init.optsWithGlobals()).answer({ files }, () =>
        [
          ...files.map((file) => `wrote ${file}`),
          '',
          'It works as it is. Keys of Muster’s own Braze (or take those of yours):',
          '  muster keys create --partner hightouch',
          '  export BRAZE_REST_ENDPOINT=… BRAZE_PARTNER_API_KEY=… BRAZE_DATA_IMPORT_KEY=…',
          `Then: muster deploy --project ${directory} && muster plan lapsed-vips`,
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
    .option('--env <name>', 'with the files of this environment laid over them')
    .action(async () => {
      const { project, env } = validate.opts<ProjectOptions>()
      const resources = await checkProject(project, {
        environment: processEnvironment(),
        ...(env === undefined ? {} : { overlay: env }),
      })
      outputOf(validate.optsWithGlobals()).answer(
        { valid: true, resources: resources.length },
        () => `${count(resources.length)} files, all valid.`,
      )
    })
  example(validate, 'muster validate --project shop')
}

function addSchema(program: Command): void {
  const schema = program
    .command('schema [dir]')
    .description('write the JSON schemas of the project files, for editors')
    .action(async (directory = '.schema') => {
      const files = await writeSchemas(directory)
      outputOf(schema.optsWithGlobals()).answer({ files }, () =>
        files.map((file) => `wrote ${file}`).join('\n'),
      )
    })
  example(schema, 'muster schema .schema')
}
