/** Whether the API answers: said at the top of every part of the page. Every request of the page tells; now and then a light one asks. */
import { effect, signal } from '@preact/signals'
import { answered, tellAnswered } from '../kit/api/client.ts'
import type { Connection } from '../kit/parts/shell.tsx'

export const connection = signal<Connection>('connecting')

const ASK_WHEN_LIVE_MS = 15_000
const ASK_WHEN_LOST_MS = 2_000

/** Asked for its headers alone; nobody needs a token for it. */
const PROBE = '/api/openapi.json'

let timer: ReturnType<typeof setTimeout> | undefined

const ask = async (): Promise<void> => {
  if (document.hidden) return plan()
  try {
    const { status } = await fetch(PROBE, {
      method: 'HEAD',
      cache: 'no-store',
      signal: AbortSignal.timeout(ASK_WHEN_LIVE_MS),
    })
    tellAnswered(status < 502 || status > 504)
  } catch {
    tellAnswered(false)
  }
}

const plan = (): void => {
  clearTimeout(timer)
  timer = setTimeout(ask, connection.peek() === 'live' ? ASK_WHEN_LIVE_MS : ASK_WHEN_LOST_MS)
}

effect(() => {
  const last = answered.value
  if (last) connection.value = last.yes ? 'live' : 'lost'
  plan()
})

/** Calls back once, when the API answers again. Gives what takes that back. */
export const onReturn = (then: () => void): (() => void) => {
  let waits = true
  let stop: (() => void) | undefined
  stop = effect(() => {
    if (connection.value !== 'live' || !waits) return
    waits = false
    queueMicrotask(() => {
      stop?.()
      then()
    })
  })
  return () => {
    waits = false
    stop?.()
  }
}
