/** Sends made-up points into the series from this page, one a second, so that one can watch an alarm come. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { api, isApiError } from '../../kit/api/client.ts'
import { messageOf } from '../../kit/api/problem.ts'
import type { JudgedPoint } from '../../kit/api/series-types.ts'
import { count, plural } from '../../kit/format.ts'
import { MAX_APPEND, type Point } from './append-text.ts'
import { madeUp, shapeOf } from './made-up.ts'
import { seriesPath } from './use-live.ts'

const STEP_MS = 1_000
/** Sent at once into a series without points: enough for the detector to know it. */
const BEFORE = 600
/** One point in so many is a spike. */
const SPIKE_EVERY = 45

interface Told {
  readonly sent: number
  readonly spikes: number
  /** Why the last sending failed; '' where it did not. */
  readonly fault: string
}

const feed = async (
  name: string,
  points: readonly JudgedPoint[],
  signal: AbortSignal,
  wanted: () => boolean,
  tell: (change: (known: Told) => Told) => void,
): Promise<void> => {
  const shape = shapeOf(points)
  const last = points.at(-1)
  const timed = last === undefined || last.at !== undefined
  const nowStep = (): number => Math.floor(Date.now() / STEP_MS)
  let next = nowStep() - (last === undefined ? BEFORE : 0)
  while (!signal.aborted) {
    const made: Point[] = []
    let spikes = 0
    for (; next <= nowStep() && made.length < MAX_APPEND; next++) {
      const current = next === nowStep()
      const spike = current && (wanted() || Math.random() < 1 / SPIKE_EVERY)
      if (spike) spikes++
      const value = madeUp(shape, next, spike, Math.random)
      made.push(timed ? { timestamp: next * STEP_MS, value } : value)
    }
    // What could not be sent is left out: the points after it are of their own time.
    const fault = await api(`${seriesPath(name)}/points`, {
      method: 'POST',
      body: { points: made },
      signal,
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (signal.aborted) return
    tell((known) => ({
      sent: known.sent + (fault === undefined ? made.length : 0),
      spikes: known.spikes + (fault === undefined ? spikes : 0),
      fault: fault === undefined ? '' : messageOf(fault),
    }))
    if (isApiError(fault) && fault.status >= 400 && fault.status < 500 && fault.status !== 429) return
    await new Promise((resolve) => setTimeout(resolve, STEP_MS - (Date.now() % STEP_MS) + 5))
  }
}

export const Feed = ({
  name,
  points,
  onSent,
}: {
  readonly name: string
  readonly points: readonly JudgedPoint[]
  /** The first points were accepted: the series is there. */
  readonly onSent: () => void
}) => {
  const [running, setRunning] = useState<AbortController>()
  const [told, setTold] = useState<Told>({ sent: 0, spikes: 0, fault: '' })
  const spike = useRef(false)
  useEffect(() => () => running?.abort(), [running])
  useEffect(() => {
    if (told.sent > 0) onSent()
  }, [told.sent > 0])

  const start = (): void => {
    const control = new AbortController()
    setTold({ sent: 0, spikes: 0, fault: '' })
    setRunning(control)
    const takeWish = (): boolean => {
      const wished = spike.current
      spike.current = false
      return wished
    }
    void feed(name, points, control.signal, takeWish, setTold).finally(() =>
      setRunning((known) => (known === control ? undefined : known)),
    )
  }
  return (
    <section class="panel" aria-label="Try it">
      <header>
        <h2>Try it</h2>
        {running && <span class="badge run">Sending</span>}
      </header>
      <div class="body stack">
        <p class="small soft">
          Sends a made-up point a second from this page: a sine with noise, and now and then a spike.
          {points.length === 0 &&
            ` It begins with the last ${BEFORE / 60} minutes, for the detector to learn.`}
        </p>
        <div class="row">
          <button
            type="button"
            onClick={() => {
              if (running) {
                running.abort()
                setRunning(undefined)
              } else start()
            }}
          >
            {running ? 'Stop sending' : 'Send made-up points'}
          </button>
          <button
            type="button"
            disabled={!running}
            onClick={() => {
              spike.current = true
            }}
          >
            Send a spike
          </button>
        </div>
        <p class="small soft num series-told" role={told.fault === '' ? undefined : 'alert'}>
          {told.fault !== ''
            ? told.fault
            : told.sent > 0
              ? `${plural(told.sent, 'point')} sent, ${count(told.spikes)} of them ${told.spikes === 1 ? 'a spike' : 'spikes'}`
              : 'These points stay in the series: use one of your own.'}
        </p>
      </div>
    </section>
  )
}
