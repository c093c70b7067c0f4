/** Server-sent events of a standing series: its points as they are judged, and its alarms, none of which is left out. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { MAX_APPEND, seriesName } from '../../core/series/watch.ts'
import { getSeries, type Series } from '../../core/store/series.ts'
import { alarmsFrom } from '../../core/store/series-alarms.ts'
import { readPoints } from '../../core/store/series-points.ts'
import { stored } from '../series.ts'
import type { ApiParts } from './parts.ts'
import { type Route, route } from './route.ts'
import { sleeper } from './sleeper.ts'
import { EVENT_STREAM, openEventStream } from './sse.ts'

/** What an event was lost for is found so soon, milliseconds. */
const LOOK_MS = 1_000
/** Alarms that are read at once. */
const MAX_ALARMS = 500

/**
 * The id of an event is its series and a row of it: all before that row was told, and it. A series that was made anew under the same name is
 * another: its rows begin again.
 */
const idOf = ({ createdAt }: Series, row: number): string => `${createdAt.toString(36)}.${row}`

/** The first row that whoever has seen this event has not been told of; undefined where it says nothing. */
const nextRow = (lastEventId: string | undefined, series: Series): number | undefined => {
  const [made, row] = (lastEventId ?? '').split('.')
  if (made === undefined || row === undefined || !/^\d{1,15}$/.test(row)) return undefined
  return made === series.createdAt.toString(36) ? Number(row) + 1 : 0
}

const headers = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({ description: 'The id of the last event that was seen: all alarms since are told first.' }),
})

export const seriesEventsRoute = ({ db, fleet, stopping }: ApiParts): Route =>
  route({
    method: 'get',
    path: '/series/:name/events',
    tag: 'series',
    summary: 'Follow a series (server-sent events)',
    description:
      'Events: `points` (`{points: […]}`, as `GET …/points`: of what comes at once the last 1,000), and `alarm`, one an event of the series. ' +
      'After a break the ids of events bring all alarms that were missed, in order. The stream ends where the series is deleted.',
    role: 'read',
    params: z.object({ name: seriesName }),
    headers,
    answers: { 200: { description: 'Events', schema: z.unknown(), contentType: EVENT_STREAM } },
    async handle({ params: { name } }, request, response) {
      const first = await stored(getSeries(db, name))
      if (!first) throw new AppError('NOT_FOUND', `There is no series ${name}.`)
      const stream = openEventStream(request, response)
      const signal = AbortSignal.any([stream.closed, stopping])
      const { wake, sleep } = sleeper(signal)
      /** Appends to it that run. */
      const running = new Set<string>()
      const unlisten = fleet.listen((event) => {
        if (event.kind !== 'jobs') return
        for (const { id, key, type } of event.started) if (type === 'watch' && key === name) running.add(id)
        for (const { id } of event.ended) if (running.delete(id)) wake()
      })
      let next = nextRow(request.get('last-event-id'), first) ?? first.rows

      /** Tells what there is from row `next` on: an alarm before the points it came with, so that whoever saw those has seen it. */
      const tellUpTo = async (series: Series): Promise<void> => {
        const from = next
        for (let more = true; more; ) {
          const alarms = await alarmsFrom(db, name, next, series.rows, MAX_ALARMS)
          for (const alarm of alarms) {
            stream.send('alarm', alarm, idOf(series, alarm.row))
            next = alarm.row + 1
          }
          more = alarms.length === MAX_ALARMS
        }
        const points = await readPoints(db, name, Math.max(from, series.rows - MAX_APPEND), series.rows)
        if (points.length > 0) stream.send('points', { points }, idOf(series, series.rows - 1))
        next = series.rows
      }

      try {
        let current: Series | undefined = first
        while (!signal.aborted && current?.createdAt === first.createdAt) {
          // What fails here is tried again with the next look, from the same row.
          if (current.rows > next) await tellUpTo(current).catch(() => {})
          await sleep(LOOK_MS)
          const before: Series = current
          current = await getSeries(db, name).catch(() => before)
        }
      } finally {
        unlisten()
        stream.end()
      }
    },
  })
