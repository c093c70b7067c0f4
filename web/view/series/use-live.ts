/** A standing series as it goes on: its last points and its alarms, read, and then told as they come. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import { followEvents } from '../../kit/api/event-stream.ts'
import type { Alarm, AlarmPage, JudgedPoint } from '../../kit/api/series-types.ts'
import { attempt } from '../../kit/parts/toasts.tsx'
import { alarmsAfter, mergeAlarms, mergePoints } from './window.ts'

const ALARMS = 100
const AGAIN_MS = 2_000

interface State {
  readonly loaded: boolean
  readonly live: boolean | undefined
  readonly points: readonly JudgedPoint[]
  readonly alarms: readonly Alarm[]
  /** Cursor of older alarms. */
  readonly next: number | undefined
  /** Ids of those that came while somebody looked, and the newest of them. */
  readonly fresh: ReadonlySet<string>
  readonly newest: Alarm | undefined
}

const NOTHING: State = {
  loaded: false,
  live: undefined,
  points: [],
  alarms: [],
  next: undefined,
  fresh: new Set(),
  newest: undefined,
}

/** Newest first. */
const withNews = (known: State, alarms: readonly Alarm[]): State => {
  const news = alarms.filter(({ id }) => !known.fresh.has(id))
  if (news.length === 0) return known
  const fresh = new Set([...known.fresh, ...news.map(({ id }) => id)])
  return { ...known, fresh, newest: news[0] ?? known.newest }
}

export interface Live extends State {
  readonly older: (() => void) | undefined
}

export const seriesPath = (name: string): string => `/series/${encodeURIComponent(name)}`

/**
 * Follows the series `name` that was made at `createdAt` (one made anew is another); undefined: there is none to follow.
 * Points are read each time the stream has opened: from then on it tells all that comes, so nothing is left out between.
 */
export const useLive = (name: string, createdAt: string | undefined, capacity: number): Live => {
  const [state, setState] = useState<State>(NOTHING)
  const path = seriesPath(name)
  /** Aborts where another series, or none, is followed. */
  const following = useRef(new AbortController())

  useEffect(() => {
    setState(NOTHING)
    if (createdAt === undefined) return
    const gone = new AbortController()
    following.current = gone
    const { signal } = gone
    let reading = false

    const readOnce = async (): Promise<void> => {
      const [{ points }, page] = await Promise.all([
        api<{ points: readonly JudgedPoint[] }>(`${path}/points`, { query: { limit: capacity }, signal }),
        api<AlarmPage>(`${path}/alarms`, { query: { limit: ALARMS }, signal }),
      ])
      setState((known) => ({
        ...withNews(known, known.loaded ? alarmsAfter(page.alarms, known.points.at(-1)?.row) : []),
        loaded: true,
        points: mergePoints(known.points, points, capacity).points,
        alarms: mergeAlarms(known.alarms, page.alarms),
        next: known.loaded ? known.next : page.next,
      }))
    }
    /** Until it has worked: the stream may be there while the store is not. */
    const read = async (): Promise<void> => {
      if (reading || signal.aborted) return
      reading = true
      try {
        await readOnce()
      } catch {
        if (!signal.aborted) setTimeout(read, AGAIN_MS)
      } finally {
        reading = false
      }
    }
    const onPoints = (coming: readonly JudgedPoint[]): void =>
      setState((known) => {
        const { points, missed } = mergePoints(known.points, coming, capacity)
        if (missed) void read()
        return { ...known, points }
      })
    const onAlarm = (alarm: Alarm): void =>
      setState((known) => ({
        ...withNews(known, [alarm]),
        alarms: mergeAlarms(known.alarms, [alarm]),
      }))

    void followEvents(`${path}/events`, signal, {
      onEvent({ event, data }) {
        if (event === 'points') onPoints((JSON.parse(data) as { points: JudgedPoint[] }).points)
        if (event === 'alarm') onAlarm(JSON.parse(data) as Alarm)
      },
      onLive(live) {
        setState((known) => ({ ...known, live }))
        if (live) void read()
      },
      // It was deleted: whoever asks for the series itself sees that.
      onEnd: () => setState((known) => ({ ...known, live: undefined })),
    })
    return () => gone.abort()
  }, [path, createdAt, capacity])

  const { next } = state
  const readOlder = (): void =>
    void attempt(async () => {
      const { signal } = following.current
      const page = await api<AlarmPage>(`${path}/alarms`, { query: { limit: ALARMS, after: next } })
      if (signal.aborted) return
      setState((known) => ({ ...known, alarms: mergeAlarms(known.alarms, page.alarms), next: page.next }))
    })
  return { ...state, older: next === undefined ? undefined : readOlder }
}
