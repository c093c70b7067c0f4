/** Standing series: points that keep coming, and an alarm for each event. */
import './series.css'
import { useLocation } from 'preact-iso'
import type { Series } from '../../kit/api/series-types.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { count } from '../../kit/format.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { When } from '../../kit/parts/when.tsx'
import { TextFilter } from '../parts/filters.tsx'
import { useQuery } from '../use-query.ts'
import { SettingsDialog } from './settings-dialog.tsx'
import { WebhookState } from './webhook-state.tsx'

const PAGE = 100
const EVERY_MS = 3_000

const Line = ({ series }: { readonly series: Series }) => {
  const { name, detector, threshold, points, alarms, lastAt, appendedAt, webhook } = series
  const last = lastAt ?? appendedAt
  return (
    <tr>
      <td class="series-name">
        <a href={`/view/series/${name}`}>{name}</a>
      </td>
      <td class="tight">
        {detector} <span class="soft">from {threshold}</span>
      </td>
      <td class="number">{count(points)}</td>
      <td class="number">{count(alarms)}</td>
      <td class="tight">{last === undefined ? <span class="soft">none yet</span> : <When at={last} />}</td>
      <td class="tight">
        <WebhookState webhook={webhook} />
      </td>
    </tr>
  )
}

export const SeriesListPage = () => {
  const { route } = useLocation()
  const [query, setQuery] = useQuery()
  const { q = '', new: creating } = query
  const { items, hasMore, busy, error, refresh, showMore } = usePages<Series>(`/series?limit=${PAGE}`, {
    list: 'series',
    everyMs: EVERY_MS,
  })
  const all = items ?? []
  const shown = all.filter(({ name }) => name.toLowerCase().includes(q.trim().toLowerCase()))
  const create = (
    <button type="button" class="primary" onClick={() => setQuery({ new: 'series' })}>
      New series
    </button>
  )
  return (
    <>
      <div class="head">
        <h1>Standing series</h1>
        {create}
      </div>
      <p class="soft series-lead">
        Points keep coming, a detector judges each by those before it, and every event raises one alarm.
      </p>
      <FaultNotice error={error} stale={items !== undefined} onRetry={refresh} />
      <section class="panel" aria-label="Standing series">
        {items === undefined && !error && <Loading lines={4} what="Loading series" />}
        {items?.length === 0 && (
          <Empty title="No standing series yet">
            <span>
              Create one, and append points to it by the API, from a file, or made up ones to see an alarm
              come.
            </span>
            {create}
          </Empty>
        )}
        {all.length > 0 && (
          <>
            <div class="row filters">
              <TextFilter label="Filter by name" value={q} onChange={(text) => setQuery({ q: text })} />
              <span class="small soft num filter-count" role="status">
                {q === '' ? count(all.length) : `${count(shown.length)} of ${count(all.length)}`} series
                {hasMore && ' read so far'}
              </span>
            </div>
            {shown.length === 0 ? (
              <Empty title="No name fits">
                {hasMore && <span>Not all series are read yet: read more below.</span>}
              </Empty>
            ) : (
              <div class="table">
                <table>
                  <thead>
                    <tr>
                      <th>Name</th>
                      <th>Detector</th>
                      <th class="number">Points</th>
                      <th class="number">Alarms</th>
                      <th>Last point</th>
                      <th>Webhook</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((it) => (
                      <Line key={it.name} series={it} />
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </>
        )}
      </section>
      {hasMore && (
        <div class="row">
          <BusyButton busy={busy} onPress={showMore}>
            More series
          </BusyButton>
        </div>
      )}
      {creating !== undefined && (
        <SettingsDialog
          onDone={({ name }) => route(`/view/series/${name}`)}
          onClose={() => setQuery({ new: undefined })}
        />
      )}
    </>
  )
}
