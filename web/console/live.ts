/** What the fleet does now: one stream of events for the whole console, from its first use on. */
import { signal } from '@preact/signals'
import { followEvents } from '../kit/api/event-stream.ts'
import type { Decision, Scaling } from '../kit/api/types.ts'
import type { Connection } from '../kit/parts/shell.tsx'

export const connection = signal<Connection>('connecting')

/** The last that was told; undefined until the first. Old where the connection is lost. */
export const scaling = signal<Scaling | undefined>(undefined)

type Listener = (
  event: { kind: 'scaling'; scaling: Scaling } | { kind: 'decision'; decision: Decision } | { kind: 'live' },
) => void
const listeners = new Set<Listener>()

/** Calls with what comes from now on; `live` is each (re)connection: what came before it may be missing. Returns how to stop. */
export const onFleet = (listener: Listener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const emit: Listener = (event) => {
  for (const listener of listeners) listener(event)
}

void followEvents('/events', new AbortController().signal, {
  onLive(live) {
    if (!live) connection.value = 'lost'
  },
  onEvent({ event, data }) {
    if (event === 'scaling') {
      const told = JSON.parse(data) as Scaling
      if (connection.value !== 'live') {
        connection.value = 'live'
        emit({ kind: 'live' })
      }
      scaling.value = told
      emit({ kind: 'scaling', scaling: told })
    } else if (event === 'decision') emit({ kind: 'decision', decision: JSON.parse(data) as Decision })
  },
})
