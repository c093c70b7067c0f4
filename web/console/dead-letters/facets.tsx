/** By what dead letters differ, with how many of each: a click looks at these alone. */

import { useRef } from 'preact/hooks'
import type { DeadLetterCount } from '../../kit/api/letter-types.ts'
import { pathOf } from '../../kit/api/path.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count } from '../../kit/format.ts'
import { addressOf, type LetterFilter } from './filter.ts'

const EVERY_MS = 5_000
type Counts = Readonly<Record<string, number>> | undefined

const path = (filter: LetterFilter): string => pathOf('/dead-letters/count', filter)

/** The counts of a filter: `types` as if no type were chosen, `codes` as if no code were. */
export const useCounts = (filter: LetterFilter) => {
  const { type, code, ...rest } = filter
  const whole = usePoll<DeadLetterCount>(path(filter), EVERY_MS)
  const byType = usePoll<DeadLetterCount>(
    type ? path({ ...rest, ...(code ? { code } : {}) }) : undefined,
    EVERY_MS,
  )
  const byCode = usePoll<DeadLetterCount>(
    code ? path({ ...rest, ...(type ? { type } : {}) }) : undefined,
    EVERY_MS,
  )
  // While those of a new filter are on their way, the old ones hold their place.
  const known = useRef<{ byType?: Counts; byCode?: Counts }>({})
  known.current = {
    byType: (type ? byType : whole).data?.byType ?? known.current.byType,
    byCode: (code ? byCode : whole).data?.byCode ?? known.current.byCode,
  }
  return {
    total: whole.data?.total,
    types: known.current.byType,
    codes: known.current.byCode,
    error: whole.error,
    refresh: () => {
      whole.refresh()
      byType.refresh()
      byCode.refresh()
    },
  }
}

const Facet = ({
  name,
  label,
  counts,
  filter,
}: {
  readonly name: 'type' | 'code'
  readonly label: string
  readonly counts: Counts
  readonly filter: LetterFilter
}) => {
  const chosen = filter[name]
  const known = Object.entries(counts ?? {}).sort(([, a], [, b]) => b - a)
  // What was chosen can always be taken back.
  const shown = chosen && !known.some(([it]) => it === chosen) ? [...known, [chosen, 0] as const] : known
  return (
    <div class="dl-facet">
      <span class="small soft">{label}</span>
      <ul>
        {shown.map(([value, number]) => (
          <li key={value}>
            {value === '' ? (
              <span class="dl-chip" title="Records without a type: no jobs">
                no type <span class="soft num">{count(number)}</span>
              </span>
            ) : (
              <a
                class="dl-chip"
                href={addressOf({ ...filter, [name]: value === chosen ? '' : value })}
                {...(value === chosen ? { 'aria-current': 'true' as const } : {})}
              >
                {value} <span class="num">{count(number)}</span>
                {value === chosen && (
                  <>
                    <span aria-hidden="true">×</span>
                    <span class="hidden">Chosen: take back</span>
                  </>
                )}
              </a>
            )}
          </li>
        ))}
        {counts && shown.length === 0 && <li class="small soft">none</li>}
        {!counts && <li class="skeleton dl-wait" aria-hidden="true" />}
      </ul>
    </div>
  )
}

export const Facets = ({
  filter,
  types,
  codes,
}: {
  readonly filter: LetterFilter
  readonly types: Counts
  readonly codes: Counts
}) => (
  <div class="dl-facets">
    <Facet name="type" label="Type" counts={types} filter={filter} />
    <Facet name="code" label="Error" counts={codes} filter={filter} />
  </div>
)
