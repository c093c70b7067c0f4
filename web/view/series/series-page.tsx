/** One standing series, live: its last points, its alarms, and what can be done with it. */
import './series.css'
import { useMemo, useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import { api } from '../../kit/api/client.ts'
import { unreachable } from '../../kit/api/problem.ts'
import type { Series, SeriesDetails } from '../../kit/api/series-types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count } from '../../kit/format.ts'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { Choice } from '../parts/filters.tsx'
import { useQuery } from '../use-query.ts'
import { AlarmList, announcementOf } from './alarm-list.tsx'
import { AppendDialog } from './append-dialog.tsx'
import { Feed } from './feed.tsx'
import { LEARNING_POINTS } from './learning.ts'
import { LiveChart } from './live-chart.tsx'
import { Missing } from './missing-series.tsx'
import { Facts } from './series-facts.tsx'
import { SettingsDialog } from './settings-dialog.tsx'
import { type Live, seriesPath, useLive } from './use-live.ts'

const EVERY_MS = 5_000
/** Points that may be looked at. */
const windows = [1_000, 3_000, 10_000] as const

type Asking = 'append' | 'settings' | 'delete' | undefined

const Charts = ({
  series,
  live,
  focus,
}: {
  readonly series: Series
  readonly live: Live
  readonly focus: { readonly row: number } | undefined
}) => {
  const { loaded, points, alarms } = live
  if (!loaded) return <Loading lines={5} what="Loading points" />
  if (points.length === 0) {
    return (
      <Empty title="No points yet">
        <span>Append some, or send made-up ones below.</span>
        <code class="small series-curl">POST /api/series/{series.name}/points</code>
      </Empty>
    )
  }
  return <LiveChart points={points} alarms={alarms} threshold={series.threshold} focus={focus} />
}

export const SeriesPage = () => {
  const { params } = useRoute()
  const { route } = useLocation()
  const name = params['name'] ?? ''
  const path = seriesPath(name)
  const [query, setQuery] = useQuery()
  const capacity = windows.find((it) => String(it) === query['points']) ?? windows[0]
  const { data: known, error, refresh } = usePoll<SeriesDetails>(path, EVERY_MS)
  const missing = error?.status === 404
  const series = missing ? undefined : known
  const live = useLive(name, series?.createdAt, capacity)
  const [asking, setAsking] = useState<Asking>()
  const [focus, setFocus] = useState<{ readonly row: number }>()
  const close = (): void => setAsking(undefined)
  const firstRow = live.points[0]?.row ?? 0
  const learning = live.loaded ? LEARNING_POINTS - ((live.points.at(-1)?.row ?? -1) + 1) : 0
  const announcement = useMemo(() => (live.newest ? announcementOf(live.newest) : ''), [live.newest])
  const feed = <Feed key={name} name={name} points={live.points} onSent={refresh} />

  const remove = async (): Promise<void> => {
    await api(path, { method: 'DELETE' })
    tell(`${name} is deleted`)
    route('/view/series')
  }

  return (
    <>
      <nav class="small" aria-label="Where this is">
        <a href="/view/series">Standing series</a>
      </nav>
      {missing && <Missing name={name} refresh={refresh} />}
      {!series && !missing && <h1 class="series-name">{name}</h1>}
      {series && (
        <div class="series-head">
          <div class="row apart">
            <h1 class="series-name">{name}</h1>
            <div class="row">
              <button type="button" class="primary" onClick={() => setAsking('append')}>
                Append points
              </button>
              <button type="button" onClick={() => setAsking('settings')}>
                Settings
              </button>
              <button type="button" class="danger" onClick={() => setAsking('delete')}>
                Delete
              </button>
            </div>
          </div>
          <Facts series={series} live={live} />
        </div>
      )}
      {!missing && <FaultNotice error={error} stale={series !== undefined} onRetry={refresh} />}
      {!error && live.live === false && <FaultNotice error={unreachable()} stale={live.loaded} />}
      {series?.webhook?.disabled !== undefined && (
        <div class="notice bad">
          <span>No alarm is posted any more: {series.webhook.disabled} Saving its settings begins anew.</span>
          <button type="button" class="quiet" onClick={() => setAsking('settings')}>
            Settings
          </button>
        </div>
      )}
      {learning > 0 && learning < LEARNING_POINTS && (
        <p class="notice" role="note">
          It is learning: no alarm is raised in its first {count(LEARNING_POINTS)} points, {count(learning)}{' '}
          to go.
        </p>
      )}
      <p class="hidden" role="alert">
        {announcement}
      </p>
      {!series && !missing && !error && (
        <section class="panel">
          <Loading lines={5} what="Loading the series" />
        </section>
      )}
      {series && (
        <section class="panel" aria-label="Points">
          <header>
            <h2>Last points</h2>
            <Choice
              label="Show"
              value={String(capacity)}
              options={windows.map((it) => [String(it), `the last ${count(it)}`])}
              onChange={(it) => setQuery({ points: it === String(windows[0]) ? undefined : it })}
            />
          </header>
          <div class="series-charts">
            <Charts series={series} live={live} focus={focus} />
          </div>
        </section>
      )}
      <div class="series-below">
        {series && (
          <section class="panel" aria-label="Alarms">
            <header>
              <h2>Alarms</h2>
            </header>
            {live.loaded ? (
              <AlarmList
                alarms={live.alarms}
                fresh={live.fresh}
                firstRow={firstRow}
                older={live.older}
                onShow={(row) => setFocus({ row })}
              />
            ) : (
              <Loading what="Loading alarms" />
            )}
          </section>
        )}
        {(series || missing) && feed}
      </div>
      {asking === 'append' && <AppendDialog name={name} onSent={refresh} onClose={close} />}
      {asking === 'settings' && series && (
        <SettingsDialog
          series={series}
          onDone={() => {
            close()
            tell('Settings saved')
            refresh()
          }}
          onClose={close}
        />
      )}
      {asking === 'delete' && (
        <Confirm title={`Delete ${name}?`} action="Delete series" danger onConfirm={remove} onClose={close}>
          <p>Its points and alarms go with it, and cannot be brought back.</p>
        </Confirm>
      )}
    </>
  )
}
