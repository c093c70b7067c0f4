/** The overview: what waits, how fast it comes and goes, who works, and why that many. */
import './overview.css'
import { useComputed, useSignal } from '@preact/signals'
import { useLocation } from 'preact-iso'
import { scaling } from '../live.ts'
import { DecisionList } from './decision-list.tsx'
import { Figures } from './figures.tsx'
import { FirstSteps, isNew } from './first-steps.tsx'
import { LimitNotice } from './limit-notice.tsx'
import { LoadPanel } from './load-panel.tsx'
import { Partitions } from './partitions.tsx'
import { type Range, rangeOf, ranges, searchOf } from './ranges.ts'
import { Stale } from './stale.tsx'
import { Timeline } from './timeline.tsx'
import { fleetNow, type Past, useHistory } from './use-history.ts'

const RangePicker = ({ range }: { readonly range: Range }) => (
  <nav class="overview-ranges" aria-label="Range">
    {ranges.map((it) => (
      <a
        key={it.key}
        href={`/${searchOf(it)}`}
        {...(it === range ? { 'aria-current': 'true' as const } : {})}
      >
        {it.label}
      </a>
    ))}
  </nav>
)

export const OverviewPage = () => {
  const { query } = useLocation()
  const range = rangeOf(query['range'])
  const past = useHistory(range)
  const frozen = useSignal<{ readonly past: Past; readonly at: number } | undefined>(undefined)
  if (frozen.value && frozen.value.past.range !== range) frozen.value = undefined
  const shown = useComputed(() => frozen.value?.past ?? past.value)
  const now = scaling.value
  const toggle = (): void => {
    frozen.value = frozen.value ? undefined : { past: past.value, at: fleetNow() }
  }
  return (
    <>
      <div class="head">
        <h1>Overview</h1>
        <Stale />
      </div>
      {now && isNew(now) && <FirstSteps />}
      <Figures scaling={now} />
      <LimitNotice />
      <div class="overview-main">
        <section class="panel" aria-labelledby="fleet">
          <header>
            <h2 id="fleet">Fleet</h2>
            <div class="row">
              <RangePicker range={range} />
              <button
                type="button"
                class="overview-pause"
                aria-pressed={frozen.value !== undefined}
                onClick={toggle}
              >
                {frozen.value ? 'Follow' : 'Pause'}
              </button>
            </div>
          </header>
          <Timeline range={range} past={shown} frozenAt={frozen.value?.at} />
        </section>
        <DecisionList range={range} past={shown} />
      </div>
      <Partitions partitions={now?.partitions ?? []} />
      <LoadPanel />
    </>
  )
}
