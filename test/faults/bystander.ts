/** A client that means well: it imports into a cohort all the time and notes how it is answered. */
export interface Bystander {
  answered(): number
  stop(): Promise<{
    readonly answered: number
    readonly refused: readonly string[]
    readonly slowestMs: number
  }>
}

const pauseMs = 25

/** Takes the address of a server and the body of an import that it must answer with 201. */
export function startBystander(address: string, body: string): Bystander {
  let answered = 0
  let slowestMs = 0
  let stopped = false
  const refused: string[] = []
  const once = async (): Promise<void> => {
    const began = performance.now()
    const response = await fetch(`${address}/partners/hightouch/cohorts/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).catch((error: unknown) => String(error))
    if (typeof response === 'string') refused.push(response)
    else if (response.status !== 201) refused.push(`${response.status} ${await response.text()}`)
    else await response.text()
    answered++
    slowestMs = Math.max(slowestMs, performance.now() - began)
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await once()
      await new Promise((done) => setTimeout(done, pauseMs))
    }
  }
  const running = loop()
  return {
    answered: () => answered,
    stop: async () => {
      stopped = true
      await running
      return { answered, refused, slowestMs }
    },
  }
}
