#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { findNode, isNodeNewEnough, runProgram } from './node24.js'

if (isNodeNewEnough()) {
  await import('../src/muster.ts')
} else {
  const node = findNode()
  if (node === null) {
    console.error(`Muster needs Node.js 22.18 or later; this is ${process.version}. Install a newer Node.js.`)
    process.exit(1)
  }
  const args = [
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ]
  process.exitCode = await runProgram(node, args, { watched: true })
}
