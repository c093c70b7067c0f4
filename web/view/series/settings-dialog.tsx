/** Creates a standing series, or changes how it is watched. */
import { useState } from 'preact/hooks'
import { api, isApiError } from '../../kit/api/client.ts'
import { ApiError, messageOf } from '../../kit/api/problem.ts'
import type { Series } from '../../kit/api/series-types.ts'
import type { JobType } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import { enumOf } from '../schema.ts'
import { SERIES_NAME } from './name.ts'
import { Secret } from './secret.tsx'
import { seriesPath } from './use-live.ts'

const nameFault = (message: string): ApiError =>
  new ApiError(422, 'NAME_INVALID', message, [{ path: '/name', message }])

/** PUT changes what is there: a name that is taken must be found before. */
const checkName = async (name: string): Promise<void> => {
  if (!SERIES_NAME.test(name)) throw nameFault('A name is 1 to 100 letters, digits, and . _ -')
  const known = await api(seriesPath(name)).catch((error: unknown) => {
    if (isApiError(error) && error.status === 404) return undefined
    throw error
  })
  if (known !== undefined) throw nameFault(`There is a series ${name} already.`)
}

export const SettingsDialog = ({
  series,
  name: givenName = '',
  onDone,
  onClose,
}: {
  /** That is changed; undefined: a new one. */
  readonly series?: Series
  readonly name?: string
  readonly onDone: (series: Series) => void
  readonly onClose: () => void
}) => {
  const types = usePoll<{ types: readonly JobType[] }>('/types', 0).data?.types
  const offered = enumOf(types?.find(({ type }) => type === 'watch')?.schema, 'detector')
  const [name, setName] = useState(series?.name ?? givenName)
  const [detector, setDetector] = useState(series?.detector ?? '')
  const [threshold, setThreshold] = useState(series ? String(series.threshold) : '')
  const [url, setUrl] = useState(series?.webhook?.url ?? '')
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<unknown>()
  const [made, setMade] = useState<Series>()
  const detectors = [...new Set([...(series ? [series.detector] : []), ...offered])]
  const faultOf = (path: string): string | undefined =>
    isApiError(fault) ? fault.faults.find((it) => it.path === path)?.message : undefined
  const placed = ['/name', '/detector', '/threshold', '/webhook/url'].some((it) => faultOf(it) !== undefined)

  const save = async (): Promise<void> => {
    setBusy(true)
    setFault(undefined)
    try {
      if (!series) await checkName(name)
      const body = {
        ...(detector === '' ? {} : { detector }),
        ...(threshold.trim() === '' ? {} : { threshold: Number(threshold) }),
        ...(url.trim() === '' ? {} : { webhook: { url: url.trim() } }),
      }
      const put = await api<Series>(seriesPath(name), { method: 'PUT', body })
      if (put.webhook?.secret === undefined) return onDone(put)
      setMade(put)
    } catch (thrown) {
      setFault(thrown)
    }
    setBusy(false)
  }

  if (made?.webhook?.secret !== undefined) {
    return <Secret secret={made.webhook.secret} url={made.webhook.url} onDone={() => onDone(made)} />
  }
  return (
    <Dialog title={series ? `Settings of ${series.name}` : 'New standing series'} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        {!series && (
          <TextField
            label="Name"
            value={name}
            required
            placeholder="checkout-latency"
            hint="Letters, digits, . _ -"
            fault={faultOf('/name')}
            onChange={setName}
          />
        )}
        <SelectField
          label="Detector"
          value={detector}
          options={[
            ...(series ? [] : [['', 'The default: forecast'] as const]),
            ...detectors.map((it) => [it, it] as const),
          ]}
          hint={
            series
              ? 'Another one learns from the points that are kept.'
              : 'Those that judge a point by the ones before it alone.'
          }
          fault={faultOf('/detector')}
          onChange={setDetector}
        />
        <TextField
          label="Threshold"
          type="number"
          min={0}
          max={1}
          step="any"
          value={threshold}
          placeholder="0.5"
          hint="Score from which on an alarm is raised: 0.5 is one usual point in 1,000, 0.571 one in 10,000."
          fault={faultOf('/threshold')}
          onChange={setThreshold}
        />
        <TextField
          label="Webhook"
          type="url"
          value={url}
          placeholder="https://example.com/alarms"
          hint={
            series?.webhook
              ? 'Each alarm is posted there. Empty: none is, and its secret is forgotten.'
              : 'Each alarm is posted there, signed with a secret that is shown once. Empty: none is.'
          }
          fault={faultOf('/webhook/url')}
          onChange={setUrl}
        />
        {fault !== undefined && !placed && (
          <p class="notice bad" role="alert">
            {messageOf(fault)}
          </p>
        )}
        <div class="row end">
          <button type="button" onClick={onClose}>
            Not now
          </button>
          <button type="submit" class="primary" disabled={busy || name === ''}>
            {series ? 'Save settings' : 'Create series'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
