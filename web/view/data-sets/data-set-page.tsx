/** One data set: its series, to be opened one by one or scanned all together. */

import { useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import { api } from '../../kit/api/client.ts'
import type { DataSet, DataSetSeries } from '../../kit/api/data-set-types.ts'
import type { Job } from '../../kit/api/types.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural } from '../../kit/format.ts'
import { Action } from '../../kit/parts/action.tsx'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { TextField } from '../../kit/parts/field.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { When } from '../../kit/parts/when.tsx'
import { randomId } from '../../kit/random-id.ts'
import { addressOf } from '../analyse/address.ts'
import { spanText } from '../stamp.ts'
import { DeleteDataSet } from './data-sets-page.tsx'
import './data-sets.css'
import { rememberScan } from '../scans/known-scans.ts'

/** Series of a page, the most that the API gives. */
const PAGE = 1_000
/** Anomalies that a scan ranks. */
const TOP = 100

const span = ({ startsAt, endsAt }: DataSetSeries): string =>
  startsAt === undefined || endsAt === undefined
    ? 'no timestamps'
    : spanText(Date.parse(startsAt), Date.parse(endsAt), true)

const Rows = ({ set, series }: { readonly set: string; readonly series: readonly DataSetSeries[] }) => (
  <div class="table data-sets-series">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Points
          </th>
          <th scope="col">Time (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {series.map((it) => (
          <tr key={it.number}>
            <td class="data-sets-name">
              <a href={addressOf({ set, series: it.name, jobs: [] })}>{it.name}</a>
            </td>
            <td class="number">{count(it.points)}</td>
            <td class="tight">{span(it)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

export const DataSetPage = () => {
  const { params } = useRoute()
  const { route } = useLocation()
  const id = params['id'] ?? ''
  const path = `/data-sets/${encodeURIComponent(id)}`
  const { data, error, refresh } = usePoll<DataSet>(path, 0)
  const pages = usePages<DataSetSeries>(`${path}/series?limit=${PAGE}`, { list: 'series', everyMs: 0 })
  const [text, setText] = useState('')
  const [deleting, setDeleting] = useState(false)
  const wanted = text.trim().toLowerCase()
  const found = pages.items?.filter(({ name }) => name.toLowerCase().includes(wanted)) ?? []

  const scan = async (): Promise<void> => {
    const job = await api<Job>('/jobs', {
      method: 'POST',
      body: { type: 'scan', payload: { dataSet: id, top: TOP } },
      headers: { 'idempotency-key': randomId() },
    })
    rememberScan(job.id, id)
    route(`/view/scans/${job.id}`)
  }

  if (error?.status === 404) {
    return (
      <>
        <h1>Data set</h1>
        <section class="panel">
          <Empty title="This data set is gone">
            <span>It was deleted, or its time to be kept is over.</span>
            <a href="/view/data-sets">All data sets</a>
          </Empty>
        </section>
      </>
    )
  }
  return (
    <>
      <div class="head">
        <div>
          <h1 class="data-sets-title">{data?.name ?? 'Data set'}</h1>
          <p class="small soft num">
            {data ? (
              <>
                {plural(data.series, 'series', 'series')} · {plural(data.points, 'point')} · uploaded{' '}
                <When at={data.createdAt} /> · expires <When at={data.expiresAt} />
              </>
            ) : (
              ' '
            )}
          </p>
        </div>
        <div class="row">
          <button type="button" class="danger" disabled={!data} onClick={() => setDeleting(true)}>
            Delete
          </button>
          <Action look="primary" disabled={!data} onRun={scan}>
            Scan all {data ? plural(data.series, 'series', 'series') : 'series'}
          </Action>
        </div>
      </div>
      <FaultNotice
        error={error ?? pages.error}
        stale={data !== undefined && pages.items !== undefined}
        onRetry={() => {
          refresh()
          pages.refresh()
        }}
      />
      <section class="panel" aria-label="Series">
        <header>
          <h2>Series</h2>
          <div class="row data-sets-find">
            <span class="small soft num" role="status">
              {wanted !== '' && `${count(found.length)} found`}
            </span>
            <TextField label="Find by name" type="search" value={text} onChange={setText} />
          </div>
        </header>
        {!pages.items && !pages.error && <Loading lines={5} />}
        {pages.items && found.length === 0 && (
          <Empty title={wanted === '' ? 'It has no series' : `No name has “${text.trim()}” in it`}>
            {pages.hasMore && <span>More may follow: not all series have been read yet.</span>}
          </Empty>
        )}
        {found.length > 0 && <Rows set={id} series={found} />}
      </section>
      {pages.hasMore && (
        <div class="row">
          <BusyButton busy={pages.busy} onPress={pages.showMore}>
            Show more series
          </BusyButton>
        </div>
      )}
      {deleting && data && (
        <DeleteDataSet
          set={data}
          onClose={() => setDeleting(false)}
          onDone={() => route('/view/data-sets')}
        />
      )}
    </>
  )
}
