/** A small load, to see the fleet grow and shrink. */
import './load-panel.css'
import { signal } from '@preact/signals'
import { now } from '../../kit/clock.ts'
import { count, duration, plural, rate, wholeSeconds } from '../../kit/format.ts'
import { TextField } from '../../kit/parts/field.tsx'
import { bounds, faultsOf, type LoadForm, planOf, sumOf, usualLoad } from './load-plan.ts'
import { isUnderWay, type Load, load, startLoad, stopLoad } from './load-run.ts'

const fields = [
  { name: 'jobs', label: 'Jobs' },
  { name: 'workMs', label: 'Work a job, ms' },
  { name: 'spreadS', label: 'Spread over, s' },
  { name: 'failPercent', label: 'Fail at first, %' },
] as const

const share = (part: number, whole: number): string => `${whole === 0 ? 0 : (100 * part) / whole}%`

/** Sent and finished as one bar over another. */
const Bar = ({ load: { plan, sent, finished } }: { readonly load: Load }) => (
  <div
    class="overview-load-bar"
    role="progressbar"
    aria-label="Jobs finished"
    aria-valuemin={0}
    aria-valuemax={plan.jobs}
    aria-valuenow={finished}
  >
    <span class="sent" style={{ width: share(sent, plan.jobs) }} />
    <span class="finished" style={{ width: share(finished, plan.jobs) }} />
  </div>
)

const endWords = ({ phase, cancelled, finished, startedAt, endedAt = startedAt }: Load): string => {
  const took = duration(endedAt - startedAt)
  if (phase === 'done') return `Done: ${plural(finished, 'job')} in ${took}.`
  return `Stopped after ${took}: ${count(cancelled)} cancelled, ${count(finished)} had ended.`
}

const Progress = ({ load: it }: { readonly load: Load }) => {
  const underWay = isUnderWay(it)
  return (
    <div class="overview-load-state">
      <Bar load={it} />
      <dl class="num">
        <div>
          <dt>Sent</dt>
          <dd>
            {count(it.sent)} <small>of {count(it.plan.jobs)}</small>
          </dd>
        </div>
        <div>
          <dt>Finished</dt>
          <dd>{count(it.finished)}</dd>
        </div>
        <div>
          <dt>Rate</dt>
          <dd>
            {rate(it.rate)} <small>jobs/s</small>
          </dd>
        </div>
        <div>
          <dt>Elapsed</dt>
          <dd>{wholeSeconds(Math.max(0, (it.endedAt ?? now.value) - it.startedAt))}</dd>
        </div>
      </dl>
      {/* One line for all of it: what comes below does not move. */}
      <p class="small" role="status">
        {it.phase === 'stopping' ? 'Cancelling what is left.' : !underWay && endWords(it)}
        {it.refused > 0 && ` ${count(it.refused)} refused.`}
        {it.fault && <span class="overview-fault"> {it.fault}</span>}
      </p>
    </div>
  )
}

/** Stays as it is when another page of the console is looked at, as the load does. */
const entered = signal<LoadForm>(usualLoad)

export const LoadPanel = () => {
  const form = entered.value
  const it = load.value
  const underWay = isUnderWay(it)
  const plan = planOf(form)
  const faults = faultsOf(form)
  const start = (event: Event): void => {
    event.preventDefault()
    if (plan) startLoad(plan)
  }
  return (
    <section class="panel" aria-labelledby="load">
      <header>
        <h2 id="load">Load</h2>
        <span class="small soft">Posts sleep jobs, to see the fleet grow and shrink</span>
      </header>
      <div class="body overview-load">
        <form onSubmit={start}>
          <fieldset disabled={underWay}>
            <legend class="hidden">The load</legend>
            {fields.map(({ name, label }) => (
              <TextField
                key={name}
                label={label}
                type="number"
                value={form[name]}
                min={bounds[name][0]}
                max={bounds[name][1]}
                fault={faults[name]}
                onChange={(value) => {
                  entered.value = { ...form, [name]: value }
                }}
              />
            ))}
          </fieldset>
          {underWay ? (
            <button
              type="button"
              class="danger"
              disabled={it?.phase === 'stopping'}
              onClick={() => void stopLoad()}
            >
              Stop
            </button>
          ) : (
            <button type="submit" class="primary" disabled={!plan}>
              Start the load
            </button>
          )}
        </form>
        <p class="small soft overview-expect">
          {plan && `${sumOf(plan)} `}
          The lag rises; once it is worth more workers than there are, the next decision adds some. They go
          again when it has been low for a while.
        </p>
        {it && <Progress load={it} />}
      </div>
    </section>
  )
}
