/** All values at the moment that is pointed at, else of now: one line, which is the charts' legend, too. */
import type { ReadonlySignal } from '@preact/signals'
import { count, plural, rate, time } from '../../kit/format.ts'
import { scaling } from '../live.ts'
import { type Row, rowAt } from './history.ts'
import { moment } from './moment.ts'
import type { Past } from './use-history.ts'

const nowRow = (): Row | undefined => {
  const it = scaling.value
  return it && { ...it, ...it.replicas, at: Date.parse(it.at) }
}

const rowOf = ({ history }: Past, at: number | undefined): Row | undefined =>
  at === undefined ? nowRow() : rowAt(history, at)

export const valuesInWords = (past: Past, at: number | undefined): string => {
  const row = rowOf(past, at)
  const when = at === undefined ? 'now' : time(at)
  return row
    ? `${when}: lag ${count(row.lag)}, ${rate(row.arrivalRate)} jobs/s arrive, ${rate(row.drainRate)} are drained, ${plural(row.desired, 'worker')} wanted, ${row.ready} ready`
    : `${when}: nothing is known`
}

const Value = ({
  name,
  look,
  value,
}: {
  readonly name: string
  readonly look: string
  readonly value: string | undefined
}) => (
  <span class="overview-value">
    <span class={`overview-swatch ${look}`} aria-hidden="true" />
    {name} <b class="num">{value ?? '–'}</b>
  </span>
)

export const Readout = ({ past }: { readonly past: ReadonlySignal<Past> }) => {
  const at = moment.value
  const row = rowOf(past.value, at)
  return (
    <p class="overview-readout">
      <span class="overview-at num">{at === undefined ? 'Now' : time(at)}</span>
      <Value name="lag" look="area" value={row && count(row.lag)} />
      <Value name="arrival" look="quiet" value={row && rate(row.arrivalRate)} />
      <Value name="drain" look="line" value={row && rate(row.drainRate)} />
      <Value name="wanted" look="dashed" value={row && String(row.desired)} />
      <Value name="ready" look="area" value={row && String(row.ready)} />
    </p>
  )
}
