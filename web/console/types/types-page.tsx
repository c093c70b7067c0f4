/** Types of jobs: what each does now, paused and limited from here. */
import './types.css'
import type { Limit } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { useTypes } from '../use-types.ts'
import { KeyLimits } from './key-limits.tsx'
import { linesOf } from './lines.ts'
import { TypeRow } from './type-row.tsx'

const EVERY_MS = 2_000
const COLUMNS = 9

export const TypesPage = () => {
  const { types, known, ...polled } = useTypes(EVERY_MS)
  const limits = usePoll<{ readonly limits: readonly Limit[] }>('/limits', EVERY_MS)
  const refresh = (): void => {
    polled.refresh()
    limits.refresh()
  }
  const error = polled.error ?? limits.error
  const lines = known ? linesOf(types, limits.data?.limits) : undefined
  return (
    <>
      <div class="head">
        <h1>Types</h1>
        <p class="small soft">Pausing one: accepted jobs wait; running ones run on.</p>
      </div>
      <FaultNotice error={error} stale={lines !== undefined} onRetry={refresh} />
      <section class="panel" aria-label="Types of jobs">
        {!lines && !error && <Loading lines={5} what="Loading types" />}
        {lines && (
          <div class="table">
            <table class="ty-table">
              <caption class="hidden">Types of jobs</caption>
              <thead>
                <tr>
                  <th>Type</th>
                  <th class="number">Running</th>
                  <th class="number" title="Attempts that start a second, over 10 s">
                    Starts/s
                  </th>
                  <th class="number" title="Attempts that end a second, over 10 s">
                    Ends/s
                  </th>
                  <th class="number" title="Attempts that fail a second, over 10 s">
                    Fails/s
                  </th>
                  <th>State</th>
                  <th>Limit</th>
                  <th class="number" title="Jobs that wait for the limit">
                    Held
                  </th>
                  <th>
                    <span class="hidden">Links</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {lines.map((it) => (
                  <TypeRow key={it.type} line={it} columns={COLUMNS} onChange={refresh} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <KeyLimits limits={limits.data?.limits} onChange={refresh} />
    </>
  )
}
