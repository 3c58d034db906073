import type { OutcomeKind } from '@muster/core/sync/outcome.ts'
import { countingIn } from './counting.ts'
import { enAlerts } from './en-alerts.ts'
import { enDeletion } from './en-deletion.ts'
import { enEngage } from './en-engage.ts'
import { enRejected } from './en-rejected.ts'
import { enRuns } from './en-runs.ts'
import { enSync } from './en-sync.ts'
import { enUsers } from './en-users.ts'

const { count, number } = countingIn('en')

/** What the server says of an error is English already; another language has its own sentence for those it knows. */
const noErrors: Readonly<Record<string, ErrorText>> = {}

/** How a test ended, the same way. */
const noOutcomes: OutcomeWords = {}
export type OutcomeWords = Readonly<Partial<Record<OutcomeKind, string>>>

export interface ErrorText {
  readonly message: string
  readonly hint?: string
}

/** Every word of the web app. Another language states the same type, so that a missing one does not compile. */
export const en = {
  app: {
    tagline: 'From a warehouse row to a message, each step explainable.',
    skip: 'Skip to the content',
    navigation: 'Stations of the way',
    openNavigation: 'Open or close the navigation',
    language: 'Language',
    languages: { en: 'English', es: 'Español' },
    loading: 'Loading',
    notFound: 'There is no such page',
    notFoundHint: 'The address may be mistyped, or the thing it named may be gone.',
    home: 'Back to the start',
    apiDocs: 'API documentation',
    version: (version: string) => `Muster ${version}`,
  },
  nav: {
    start: 'Start',
    sync: 'Sync',
    wire: 'the wire',
    engage: 'Engage',
    sources: 'Sources',
    models: 'Models',
    destinations: 'Destinations',
    syncs: 'Syncs',
    alerts: 'Alerts',
    partners: 'Partners',
    requests: 'Requests',
    cohorts: 'Cohorts',
    users: 'Users',
    segments: 'Segments',
    campaigns: 'Campaigns',
    canvases: 'Canvases',
    inbox: 'Inbox',
    why: 'Why?',
  },
  signIn: {
    title: 'Sign in',
    intro: 'This server is used from another machine, so it asks for the administrator’s token.',
    token: 'Administrator’s token',
    tokenHint: 'It stands in the file admin-token of the data directory.',
    submit: 'Sign in',
  },
  act: {
    copy: 'Copy',
    copied: 'Copied',
    cancel: 'Cancel',
    close: 'Close',
    never: 'never',
    none: 'none',
    showAll: (n: number) => `Show all ${number(n)}`,
    test: 'Test the connection',
    orOnCli: 'On the command line:',
  },
  count: {
    people: (n: number) => count(n, 'person', 'people'),
    users: (n: number) => count(n, 'user', 'users'),
    requests: (n: number) => count(n, 'request', 'requests'),
    ids: (n: number) => count(n, 'id', 'ids'),
  },
  column: {
    name: 'Name',
    changed: 'Changed',
    created: 'Created',
    when: 'When',
    status: 'Status',
    source: 'Source',
    sync: 'Sync',
    model: 'Model',
    destination: 'Destination',
    cohort: 'Cohort',
    partner: 'Partner',
    segment: 'Segment',
    members: 'Members',
    lastImport: 'Last import',
    usedBy: 'Used by',
    rowKey: 'Row key',
    identifier: 'Identifier',
    user: 'User',
    to: 'To',
    fate: 'Fate',
    operation: 'Operation',
    ids: 'Ids',
  },
  home: {
    title: 'The way',
    intro:
      'Every person takes the same way, from a row of your warehouse to a message. Follow it from left to right.',
    syncHalf: 'Sync',
    syncHalfHint: 'keeps a cohort equal to what the warehouse says',
    engageHalf: 'Engage',
    engageHalfHint: 'speaks to who is in the cohort',
    wire: 'The wire',
    wireHint: 'Braze’s partner cohort API',
    source: 'Source',
    model: 'Model',
    plan: 'Plan',
    delivery: 'Delivery',
    cohort: 'Cohort',
    segment: 'Segment',
    campaign: 'Campaign, Canvas',
    message: 'Message',
    rowsRead: (n: number) => `${count(n, 'row', 'rows')} in the last read`,
    noRunYet: 'no run yet',
    newest: (name: string) => `newest: ${name}`,
    acceptedFor: (n: number) => `accepted, by ${count(n, 'sync', 'syncs')}`,
    members: (n: number) => `${count(n, 'member', 'members')} in all`,
    messages: 'messages sent',
    of: (users: string) => `of ${users}`,
    entered: (n: string) => `${n} entered a Canvas`,
    lastRuns: 'Newest runs',
    why: 'Ask why',
  },
  ...enSync,
  ...enAlerts,
  ...enDeletion,
  ...enRejected,
  ...enRuns,
  errors: noErrors,
  checked: { destination: noOutcomes, notifier: noOutcomes },
  ...enEngage,
  ...enUsers,
}

export type Text = typeof en
