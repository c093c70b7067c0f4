/** Where nothing is chosen yet: what this is for, ways to begin, and what was uploaded before. */
import type { DataSetPage } from '../../kit/api/data-set-types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { plural } from '../../kit/format.ts'
import { FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { When } from '../../kit/parts/when.tsx'
import { ChooseButton, PasteButton } from '../data-sets/uploader.tsx'
import type { Uploading } from '../data-sets/use-upload.ts'
import { addressOf } from './address.ts'
import { exampleCsv, exampleName } from './example.ts'

const RECENT = 6
const EVERY_MS = 10_000

export const Start = ({ uploading }: { readonly uploading: Uploading }) => {
  const { data, error, refresh } = usePoll<DataSetPage>(`/data-sets?limit=${RECENT}`, EVERY_MS)
  const tryExample = (): void =>
    uploading.start([new File([exampleCsv()], 'example.csv', { type: 'text/csv' })], exampleName)
  return (
    <>
      <div class="head">
        <h1>Find what is unusual in a time series</h1>
      </div>
      <section class="analyse-drop" aria-label="Begin">
        <p class="lead">Drop a CSV anywhere on this page.</p>
        <p class="soft">
          Detectors say of each point how improbable it is, flag what stands out, and explain why. Several
          files become several series.
        </p>
        <div class="row">
          <ChooseButton uploading={uploading} look="primary">
            Choose files
          </ChooseButton>
          <PasteButton uploading={uploading} />
          <button type="button" onClick={tryExample}>
            Try it with an example
          </button>
        </div>
        <p class="small soft">
          A column of timestamps, if there is one, and a column a series: <code>timestamp,value</code>
        </p>
      </section>
      <section class="panel" aria-label="Recent data sets">
        <header>
          <h2>Recent data sets</h2>
          <a class="small" href="/view/data-sets">
            All data sets
          </a>
        </header>
        <FaultNotice error={error} stale={data !== undefined} onRetry={refresh} />
        {!data && !error && <Loading lines={3} />}
        {data?.dataSets.length === 0 && (
          <div class="empty">None yet: what you upload stays here for a while.</div>
        )}
        {data && data.dataSets.length > 0 && (
          <ul class="analyse-recent">
            {data.dataSets.map(({ id, name, series, points, createdAt }) => (
              <li key={id}>
                <a href={addressOf({ set: id, jobs: [] })}>{name}</a>
                <span class="small soft num">
                  {plural(series, 'series', 'series')} · {plural(points, 'point')}
                </span>
                <span class="small soft">
                  <When at={createdAt} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}
