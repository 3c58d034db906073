import { access, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const debian = '/usr/bin/chromium'

/** It talks to the server under test and to nobody else. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a headless Chromium: Debian's where it is installed, else the one that npm carried. That one runs with the
 * system's libraries, and where they are missing with those that came with it.
 */
export async function launchChromium(): Promise<Browser> {
  if (await exists(debian)) return chromium.launch({ executablePath: debian, args })
  const home = await unpackChromium()
  const executablePath = join(home, 'chromium')
  const env = { ...process.env, FONTCONFIG_FILE: join(home, 'fonts.conf') }
  const ownLibraries = { ...env, LD_LIBRARY_PATH: join(home, 'al2023', 'lib') }
  return chromium
    .launch({ executablePath, args, env })
    .catch(() => chromium.launch({ executablePath, args, env: ownLibraries }))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

const packed = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin')

/**
 * Unpacks the browser once for each user and version. The package's own `executablePath` uses one place for all users,
 * trusts it whoever made it and however far it got, and sets the mode of the temporary directory itself (/tmp became 0755
 * by it); so this unpacks beside, and renames when all is there.
 */
async function unpackChromium(): Promise<string> {
  const { size } = await stat(join(packed, 'chromium.br'))
  const { uid } = userInfo()
  const home = join(tmpdir(), `muster-chromium-${size}-${uid}`)
  await mkdir(tmpdir(), { recursive: true })
  const owner = await stat(home).then(
    (found) => found.uid,
    () => null,
  )
  if (owner === uid) return home
  const attempt = await mkdtemp(`${home}-`)
  const outerTmpdir = process.env.TMPDIR
  // The package unpacks into the temporary directory that the environment names.
  process.env.TMPDIR = attempt
  try {
    for (const part of ['chromium.br', 'fonts.tar.br', 'al2023.tar.br']) await inflate(join(packed, part))
  } finally {
    if (outerTmpdir === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = outerTmpdir
  }
  await writeFile(join(attempt, 'fonts.conf'), fontsConf(home))
  return rename(attempt, home).then(
    () => home,
    async () => {
      // Another test run was first, or the place is another user's.
      const theirs = await stat(home)
      if (theirs.uid !== uid) return attempt
      await rm(attempt, { recursive: true, force: true })
      return home
    },
  )
}

/** Fonts come with the browser, so that text has a size also on a machine without any. */
function fontsConf(home: string): string {
  const directories = [join(home, 'fonts'), '/usr/share/fonts'].map((path) => `<dir>${path}</dir>`).join('')
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${directories}<cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>
`
}
