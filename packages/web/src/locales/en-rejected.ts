import { countingIn } from './counting.ts'

const { count, number } = countingIn('en')
const inARow = (n: number): string => (n === 1 ? '1 run' : `${number(n)} runs in a row`)

/** The words of changes that a destination rejects in run after run. */
export const enRejected = {
  rejected: {
    title: 'Rejected',
    intro: (n: number, tries: number | null) =>
      `The destination rejects ${count(n, 'change', 'changes')} and has not accepted ${n === 1 ? 'it' : 'them'} since. ${
        tries === null
          ? 'Every run tries them again.'
          : `After ${inARow(tries)} a change is set aside, and is not sent any more.`
      }`,
    none: 'No change is found.',
    setAside: 'set aside',
    triedAgain: 'tried again',
    nextRun: 'Next run',
    only: 'Set aside',
    tries: 'Tries',
    runs: 'Runs',
    reason: 'Reason',
    retry: 'Try all of them again',
    retryTitle: 'Try everything that is rejected again?',
    retryBody:
      'How often each was rejected is forgotten. Nothing is sent now: the next run sends all of them.',
    policy: 'Sets aside',
    policyOf: (tries: number) => `what is rejected in ${inARow(tries)}`,
    figure: 'Set aside',
    figureHint: 'not sent: the destination rejects them again and again',
    coupled: (n: number) =>
      `${count(n, 'identifier stays', 'identifiers stay')} in, because what has taken ${n === 1 ? 'its' : 'their'} place is set aside`,
    ofMembers: 'set aside',
    nothing: (n: number) => `Nothing to send: ${count(n, 'change is', 'changes are')} set aside.`,
    story: {
      add: (tries: number) => `its addition, in ${inARow(tries)}`,
      remove: (tries: number) => `its removal, in ${inARow(tries)}`,
      since: (run: string) => `set aside since run ${run}`,
      again: 'the next run tries it again',
    },
  },
}
