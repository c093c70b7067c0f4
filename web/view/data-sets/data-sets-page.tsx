/** All data sets: what there is, how long it stays, and a way to bring more. */

import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { api } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { usePages } from '../../kit/api/use-pages.ts'
import { count, plural } from '../../kit/format.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { When } from '../../kit/parts/when.tsx'
import './data-sets.css'
import { ChooseButton, DropCurtain, PasteButton, UploadNotice } from './uploader.tsx'
import { usePageDrop, useUpload } from './use-upload.ts'

const EVERY_MS = 10_000

export const DeleteDataSet = ({
  set: { id, name, series, points },
  onClose,
  onDone,
}: {
  readonly set: DataSet
  readonly onClose: () => void
  readonly onDone: () => void
}) => (
  <Confirm
    title={`Delete ${name}?`}
    action="Delete data set"
    danger
    onClose={onClose}
    onConfirm={async () => {
      await api(`/data-sets/${id}`, { method: 'DELETE' })
      tell(`${name} deleted`)
      onDone()
    }}
  >
    <p>
      {plural(series, 'series', 'series')} with {plural(points, 'point')} will be gone. Results stay; jobs
      that refer to it and have not begun will fail.
    </p>
  </Confirm>
)

export const DataSetsPage = () => {
  const { route } = useLocation()
  const { items, hasMore, busy, error, refresh, showMore } = usePages<DataSet>('/data-sets?limit=50', {
    list: 'dataSets',
    everyMs: EVERY_MS,
  })
  const uploading = useUpload(({ id }) => route(`/view/data-sets/${id}`))
  const over = usePageDrop(uploading)
  const [doomed, setDoomed] = useState<DataSet>()
  return (
    <>
      <div class="head">
        <h1>Data sets</h1>
        <div class="row">
          <PasteButton uploading={uploading} />
          <ChooseButton uploading={uploading} look="primary">
            Upload files
          </ChooseButton>
        </div>
      </div>
      <UploadNotice uploading={uploading} />
      <FaultNotice error={error} stale={items !== undefined} onRetry={refresh} />
      <section class="panel" aria-label="Data sets">
        {!items && !error && <Loading lines={4} />}
        {items?.length === 0 && (
          <Empty title="No data sets yet">
            <span>
              Many series, uploaded once, for analyses and scans to refer to. Drop CSV files here, or choose
              them.
            </span>
          </Empty>
        )}
        {items && items.length > 0 && (
          <div class="table data-sets">
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" class="number">
                    Series
                  </th>
                  <th scope="col" class="number">
                    Points
                  </th>
                  <th scope="col">Uploaded</th>
                  <th scope="col">Expires</th>
                  <th scope="col">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((set) => (
                  <tr key={set.id}>
                    <td class="data-sets-name">
                      <a href={`/view/data-sets/${set.id}`}>{set.name}</a>
                    </td>
                    <td class="number">{count(set.series)}</td>
                    <td class="number">{count(set.points)}</td>
                    <td class="tight">
                      <When at={set.createdAt} />
                    </td>
                    <td class="tight">
                      <When at={set.expiresAt} />
                    </td>
                    <td class="tight number">
                      <button
                        type="button"
                        class="quiet"
                        aria-label={`Delete ${set.name}`}
                        onClick={() => setDoomed(set)}
                      >
                        Delete
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {hasMore && (
        <div class="row">
          <BusyButton busy={busy} onPress={showMore}>
            Show more
          </BusyButton>
        </div>
      )}
      {doomed && <DeleteDataSet set={doomed} onClose={() => setDoomed(undefined)} onDone={refresh} />}
      <DropCurtain over={over} />
    </>
  )
}
