/** The fleet in six figures. */
import type { ComponentChildren } from 'preact'
import type { Scaling } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural, rate } from '../../kit/format.ts'
import { outlookOf } from './estimate.ts'

const LETTERS_EVERY_MS = 15_000

const Figure = ({
  name,
  value,
  unit,
  about,
}: {
  readonly name: string
  readonly value: string | undefined
  readonly unit?: string
  readonly about: ComponentChildren
}) => (
  <div class="overview-figure">
    <dt>{name}</dt>
    <dd class="num">
      <span class="overview-number">
        {value ?? <span class="skeleton" />}
        {value !== undefined && unit && <small> {unit}</small>}
      </span>
      <span class="overview-about">{about}</span>
    </dd>
  </div>
)

/** Wanted, where that is not what there is. */
const workersAbout = ({ min, max, desired, ready }: Scaling['replicas']): string =>
  desired === ready ? `as wanted, of ${min} to ${max}` : `${desired} wanted, of ${min} to ${max}`

export const Figures = ({ scaling: it }: { readonly scaling: Scaling | undefined }) => {
  const letters = usePoll<{ total: number }>('/dead-letters/count', LETTERS_EVERY_MS).data?.total
  const outlook = it && outlookOf(it.lag, it.arrivalRate, it.drainRate)
  return (
    <dl class="panel overview-figures">
      <Figure
        name="Lag"
        value={it && count(it.lag)}
        about={it ? `${count(it.kafkaLag)} in the log, ${count(it.parked.due)} parked and due` : ''}
      />
      <Figure name="Arrival" value={it && rate(it.arrivalRate)} unit="jobs/s" about="over 10 s" />
      <Figure name="Drain" value={it && rate(it.drainRate)} unit="jobs/s" about="over 10 s" />
      <Figure name="Time to drain" value={outlook?.text} about={outlook?.about ?? ''} />
      <Figure
        name="Workers ready"
        value={it && String(it.replicas.ready)}
        about={it ? <a href="/workers">{workersAbout(it.replicas)}</a> : ''}
      />
      <Figure
        name="Dead letters"
        value={letters === undefined ? undefined : count(letters)}
        about={
          letters === undefined ? (
            ''
          ) : letters === 0 ? (
            'nothing has failed for good'
          ) : (
            <a href="/dead-letters">{`Look at ${plural(letters, 'letter')}`}</a>
          )
        }
      />
    </dl>
  )
}
