/** Asks for what a scan needs, and begins it. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { api, isApiError } from '../../kit/api/client.ts'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import { messageOf } from '../../kit/api/problem.ts'
import type { Job, JobType } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural } from '../../kit/format.ts'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { randomId } from '../../kit/random-id.ts'
import { enumOf } from '../schema.ts'
import { rememberScan } from './known-scans.ts'
import { useDataSets } from './use-data-sets.ts'

const setText = ({ name, series, points }: DataSet): string =>
  `${name} – ${plural(series, 'series', 'series')}, ${count(points)} points`

const numberOf = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

const Form = ({
  sets,
  first,
  onClose,
}: {
  readonly sets: readonly DataSet[]
  readonly first: string
  readonly onClose: () => void
}) => {
  const { route } = useLocation()
  const types = usePoll<{ types: readonly JobType[] }>('/types', 0).data?.types
  const detectors = enumOf(types?.find(({ type }) => type === 'scan')?.schema, 'detector')
  const [dataSet, setDataSet] = useState(sets.find(({ id }) => id === first)?.id ?? sets[0]?.id ?? '')
  const [detector, setDetector] = useState('')
  const [threshold, setThreshold] = useState('')
  const [top, setTop] = useState('100')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<unknown>()
  const faultOf = (field: string): string | undefined =>
    isApiError(fault) ? fault.faults.find(({ path }) => path === `/payload/${field}`)?.message : undefined
  const known = ['dataSet', 'threshold', 'top'].some((field) => faultOf(field) !== undefined)

  const form = useRef<HTMLFormElement>(null)
  // The dialog was there before its fields.
  useEffect(() => form.current?.querySelector('select')?.focus(), [])

  /** One for each thing that is asked for: asked again because an answer was lost, it is the same scan. */
  const key = useMemo(randomId, [dataSet, detector, threshold, top])

  const begin = async (): Promise<void> => {
    setBusy(true)
    try {
      const payload = {
        dataSet,
        top: numberOf(top),
        threshold: numberOf(threshold),
        ...(detector === '' ? {} : { detector }),
      }
      const { id } = await api<Job>('/jobs', {
        method: 'POST',
        body: { type: 'scan', payload },
        headers: { 'idempotency-key': key },
      })
      rememberScan(id, dataSet)
      route(`/view/scans/${id}`)
    } catch (thrown) {
      setFault(thrown)
      setBusy(false)
    }
  }

  return (
    <form
      ref={form}
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void begin()
      }}
    >
      <SelectField
        label="Data set"
        value={dataSet}
        options={sets.map((it) => [it.id, setText(it)])}
        fault={faultOf('dataSet')}
        onChange={setDataSet}
      />
      <a class="small" href="/view/data-sets">
        Upload another data set
      </a>
      <SelectField
        label="Detector"
        value={detector}
        options={[['', 'The default: forecast'], ...detectors.map((it) => [it, it] as const)]}
        hint="forecast is quick and good at spikes and jumps; auto takes longer and ranks best what is odd."
        onChange={setDetector}
      />
      <div class="scan-pair">
        <TextField
          label="Threshold"
          type="number"
          min={0}
          max={1}
          step="any"
          value={threshold}
          placeholder="the detector’s own"
          hint="Score from which on a point is flagged, between 0 and 1"
          fault={faultOf('threshold')}
          onChange={setThreshold}
        />
        <TextField
          label="Anomalies in the ranking"
          type="number"
          min={1}
          max={1_000}
          step={1}
          value={top}
          hint="At most; all are counted"
          fault={faultOf('top')}
          onChange={setTop}
        />
      </div>
      {fault !== undefined && !known && (
        <p class="notice bad" role="alert">
          {messageOf(fault)}
        </p>
      )}
      <div class="row end">
        <button type="button" onClick={onClose}>
          Not now
        </button>
        <button type="submit" class="primary" disabled={busy || dataSet === ''}>
          Scan {plural(sets.find(({ id }) => id === dataSet)?.series ?? 0, 'series', 'series')}
        </button>
      </div>
    </form>
  )
}

/** `dataSet`: which one is chosen first, where there is one of this id. */
export const NewScan = ({ dataSet, onClose }: { readonly dataSet: string; readonly onClose: () => void }) => {
  const { all, error } = useDataSets()
  return (
    <Dialog title="New scan" onClose={onClose}>
      <FaultNotice error={error} />
      {all === undefined && !error && <Loading what="Loading data sets" />}
      {all?.length === 0 && (
        <Empty title="There is no data set to scan yet">
          <span>A data set is many series in a file: a column a series, or a row a point.</span>
          <a class="button primary" href="/view/data-sets">
            Upload a data set
          </a>
        </Empty>
      )}
      {all && all.length > 0 && <Form sets={all} first={dataSet} onClose={onClose} />}
    </Dialog>
  )
}
