/** The words of deleting. */
export const enDeletion = {
  deletion: {
    label: 'Delete',
    title: (name: string) => `Delete ${name}?`,
    forgets: {
      source: 'Muster forgets how it is reached and its credentials. Nothing changes in it.',
      model: 'Muster forgets what it reads. Nothing changes in its source.',
      destination: 'Muster forgets how it is reached and its keys. Nothing changes there.',
      notifier: 'Muster forgets how it is reached. Nothing changes there.',
      sync: 'Its runs go, with their plans and ledgers, and what is known of its cohort.',
    },
    forGood: 'This cannot be undone.',
    panel: 'Deleting',
    what: 'Deletes the sync with its runs. Nothing is sent: whoever is in the cohort stays there.',
    neverRan: 'It has never run, and deleting sends nothing.',
    stays: (members: string, cohort: string, destination: string) =>
      `Deleting sends nothing: the ${members} that were accepted into the cohort ${cohort} at ${destination} stay there.`,
    staysOut: (members: string, cohort: string, destination: string) =>
      `Deleting sends nothing: the ${members} that were taken out of the cohort ${cohort} at ${destination} stay out.`,
    staysUnknown: (cohort: string, destination: string) =>
      `Deleting sends nothing: whoever is in the cohort ${cohort} at ${destination} stays there.`,
    remedy:
      'To take them out first, let it use a model that gives no rows (where false), run it, and release the run that a guard then holds.',
    remedyByMirror:
      'To take them out first, set its mode to mirror, let it use a model that gives no rows (where false), run it, and release the run that a guard then holds.',
    done: (name: string) => `${name} is deleted`,
    leftTables: (prefix: string, source: string) =>
      `Left in the warehouse of ${source}: tables named ${prefix}…. Muster tries again for an hour.`,
    leftFiles: 'Left in the data directory: its files. Muster tries again every minute.',
  },
}
