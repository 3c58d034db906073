import { countingIn } from './counting.ts'

const { count } = countingIn('en')

/** The words of alerts and of those who are told of them. */
export const enAlerts = {
  alerts: {
    intro: 'What is wrong with the syncs now, and who was told.',
    standing: 'What stands',
    well: 'Nothing is wrong.',
    wellHint: 'A sync is watched when its file has alert rules.',
    alert: 'Alert',
    since: 'Since',
    kind: {
      failed: 'Failed',
      held: 'Held',
      rejected: 'Rejected',
      slow: 'Slow',
      stale: 'Stale',
    },
    says: {
      failed: 'the run failed',
      held: 'the run is held',
      rejected: (value: string, limit: string) => `${value} of its changes were rejected; at most ${limit}`,
      slow: (value: string, limit: string) => `the run took ${value}; at most ${limit}`,
      slowSoFar: (limit: string) => `the run has taken longer than ${limit} so far`,
      stale: (limit: string) => `nothing has been accepted for more than ${limit}`,
    },
    told: 'What was told',
    toldHint: 'The newest first; it is kept for 90 days.',
    toldNothing: 'Nothing was told yet.',
    to: 'To',
    event: { raised: 'begins', recovered: 'is well again' },
    status: { pending: 'waits', told: 'told', refused: 'refused', given_up: 'given up' },
    tries: (n: number) => count(n, 'try', 'tries'),
    sentence: 'In these words',
    notifiers: 'Notifiers',
    notifiersHint: 'Ways to tell people. Secrets are never shown.',
    noNotifiers: 'No notifier yet',
    noNotifiersHint: 'Describe one in notifiers/NAME.yaml of your project and deploy it.',
    test: 'Send a test',
    usedBy: 'Told by',
    usedByNobody: 'no sync',
    rules: 'Rules',
    rulesHint: 'Whom each sync tells, and of what.',
    noRules: 'No sync yet.',
    wrongNow: 'Wrong now',
  },
}
