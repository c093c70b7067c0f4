/** The runs of a schedule: those that come, and those that were. */
import type { ScheduleDetails, ScheduleTick } from '../../kit/api/schedule-types.ts'
import { readersZone, timeIn } from '../../kit/local-time.ts'
import { Empty } from '../../kit/parts/states.tsx'
import { When } from '../../kit/parts/when.tsx'
import { ranWords } from '../jobs/words.ts'
import { Next } from './next.tsx'
import { RunStatus, skippedWords, useRun } from './run-status.tsx'

export const Coming = ({ schedule: { next, paused, timezone } }: { readonly schedule: ScheduleDetails }) => {
  const mine = readersZone()
  const isOther = timezone !== mine
  return (
    <section class="panel" aria-label="Next runs">
      <header>
        <h2>Next runs</h2>
        {!isOther && <span class="small soft">{timezone}</span>}
      </header>
      {next.length === 0 ? (
        <Empty title={paused ? 'Paused' : 'None comes any more'}>
          {paused && 'It goes on with its next time once it is resumed; runs in between are not made up for.'}
        </Empty>
      ) : (
        // Nothing in it takes the focus: who has no mouse scrolls it by itself.
        <div class="table" role="group" aria-label="Their times" tabindex={0}>
          <table>
            <thead>
              <tr>
                <th>In</th>
                <th>{isOther ? timezone : 'At'}</th>
                {isOther && <th>Your time ({mine})</th>}
              </tr>
            </thead>
            <tbody>
              {next.map((at) => (
                <tr key={at}>
                  <td class="tight">
                    <Next at={at} />
                  </td>
                  <td class="tight">{timeIn(at, timezone)}</td>
                  {isOther && <td class="tight">{timeIn(at, mine)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const Past = ({ tick }: { readonly tick: ScheduleTick }) => {
  const run = useRun(tick.jobId)
  const { job } = run
  const took = (job && ranWords(job)) || '–'
  return (
    <tr>
      <td class="tight">
        <When at={tick.at} exact />
      </td>
      <td class="tight">
        <RunStatus tick={tick} run={run} />
      </td>
      <td class="number tight">{took}</td>
      <td class="sc-wrap">
        {tick.skipped === undefined ? (job?.error?.message ?? '') : skippedWords(tick.skipped)}
      </td>
    </tr>
  )
}

export const Recent = ({ ticks }: { readonly ticks: readonly ScheduleTick[] }) => (
  <section class="panel" aria-label="Last runs">
    <header>
      <h2>Last runs</h2>
      <span class="small soft">{ticks.length === 20 ? 'The last 20' : ''}</span>
    </header>
    {ticks.length === 0 ? (
      <Empty title="It has not run yet" />
    ) : (
      <div class="table">
        <table>
          <thead>
            <tr>
              <th>At</th>
              <th>Job</th>
              <th class="number">Took</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {ticks.map((it) => (
              <Past key={it.at} tick={it} />
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
)
