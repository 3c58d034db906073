// Sets up what a fresh clone lacks and then runs the project's own command. Plain JavaScript for Node 20 or later, with
// nothing but what Node and npm have: it is what runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findNode, runProgram } from '../packages/cli/bin/node24.js'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const [command, ...args] = process.argv.slice(2)

function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort()
}

/** Does the work once for a state of its inputs; the stamp is written when it has succeeded. */
function once(stamp, inputs, say, work) {
  const path = join(root, stamp)
  const digest = digestOf(inputs)
  if (existsSync(path) && readFileSync(path, 'utf8') === digest) return
  const began = Date.now()
  process.stderr.write(`${say} … `)
  const { status, stdout, stderr } = work()
  if (status !== 0) {
    process.stderr.write(`failed\n${stdout ?? ''}${stderr ?? ''}\n`)
    process.exit(1)
  }
  writeFileSync(path, digest)
  process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1)} s\n`)
}

/** No install script is needed: what the packages carry is used as it is. */
function npmCi(folder) {
  const npmArgs = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const options = {
    cwd: join(root, folder),
    encoding: 'utf8',
    env: { ...process.env, npm_config_engine_strict: 'false' },
  }
  return npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...npmArgs], options)
    : spawnSync('npm', npmArgs, options)
}

function install() {
  const manifests = ['core', 'connectors', 'server', 'web', 'cli'].map(
    (name) => `packages/${name}/package.json`,
  )
  const inputs = ['package.json', 'package-lock.json', ...manifests]
  once('node_modules/.muster-installed', inputs, 'Installing dependencies', () => npmCi('.'))
}

/** The drivers of warehouses and ClickHouse's engine, which only their own tests need. */
function installWarehouses() {
  const inputs = ['test/warehouses/package.json', 'test/warehouses/package-lock.json']
  const stamp = 'test/warehouses/node_modules/.muster-installed'
  once(stamp, inputs, 'Installing warehouse drivers', () => npmCi('test/warehouses'))
}

function buildWeb(node) {
  const inputs = [
    ...filesBelow('packages/web/src'),
    ...filesBelow('packages/core/src'),
    'packages/web/index.html',
    'packages/web/vite.config.ts',
    'package-lock.json',
  ]
  once('node_modules/.muster-web-built', inputs, 'Building the web app', () =>
    spawnSync(node, ['node_modules/vite/bin/vite.js', 'build', 'packages/web', '--logLevel', 'warn'], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
}

const bin = (name) => join('node_modules', '.bin', name)
const quiet = '--disable-warning=ExperimentalWarning'

/** What each command runs, in order; the first that fails ends it. */
const commands = {
  demo: { web: true, watched: true, steps: [[quiet, 'packages/cli/bin/muster.js', 'demo', ...args]] },
  test: { web: true, steps: [[bin('vitest'), 'run', ...args]] },
  'test:warehouses': {
    warehouses: true,
    // The drivers are looked for where the process was started.
    cwd: 'test/warehouses',
    steps: [[join(root, bin('vitest')), 'run', ...args]],
  },
  bench: { web: false, steps: [[quiet, 'bench/main.ts', ...args]] },
  check: {
    web: false,
    steps: [
      [bin('biome'), 'ci', '--error-on-warnings', '.'],
      ...['packages/core', 'packages/connectors', 'packages/server', 'packages/web', 'packages/cli', '.'].map(
        (project) => [bin('tsc'), '-p', project],
      ),
      [bin('knip'), '--treat-config-hints-as-errors'],
    ],
  },
  'build:web': { web: true, steps: [] },
  format: { web: false, steps: [[bin('biome'), 'check', '--write', '.']] },
}

const chosen = commands[command]
if (!chosen) {
  console.error(`with-setup knows: ${Object.keys(commands).join(', ')}`)
  process.exit(2)
}
install()
const node = findNode()
if (node === null) {
  console.error(`Muster needs Node.js 22.18 or later; this is ${process.version}. Install a newer Node.js.`)
  process.exit(1)
}
if (chosen.warehouses) installWarehouses()
if (chosen.web) buildWeb(node)
process.chdir(root)
for (const step of chosen.steps) {
  const code = await runProgram(node, step, {
    cwd: join(root, chosen.cwd ?? '.'),
    watched: chosen.watched === true,
    env: { PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  })
  if (code !== 0) {
    process.exitCode = code
    break
  }
}
