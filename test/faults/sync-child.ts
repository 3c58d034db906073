import { openChildSync } from './child-sync.ts'

/** The sync half in a process of its own, to be killed: database URL, data directory, key, and whether to begin a run. */
const args = process.argv.slice(2)
const sync = openChildSync(args, 2_000)
sync.start()
if (args[3] === 'begin') await sync.begin('people', true)
process.stdout.write('ready\n')
