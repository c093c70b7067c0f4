/** Why that many workers: each decision with its reason. */
import type { ReadonlySignal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { Decision } from '../../kit/api/types.ts'
import { count, time } from '../../kit/format.ts'
import { keyOf, turnOf } from './decisions.ts'
import { chosen, marked } from './moment.ts'
import { inWords, type Range } from './ranges.ts'
import type { Past } from './use-history.ts'

const SHOWN = 8
const turns = { up: '▲', down: '▼', same: '–' } as const
const turnWords = { up: 'more workers', down: 'fewer workers', same: 'as many workers' } as const

const point = (it: Decision | undefined): void => {
  marked.value = it && Date.parse(it.at)
  chosen.value = it && keyOf(it)
}

const Row = ({ decision: it, hot }: { readonly decision: Decision; readonly hot: boolean }) => {
  const turn = turnOf(it)
  return (
    <li
      class={`overview-decision${hot ? ' hot' : ''}`}
      onMouseEnter={() => point(it)}
      onMouseLeave={() => point(undefined)}
    >
      <div class="row">
        <span class={`overview-turn num ${turn}`} title={turnWords[turn]}>
          <span aria-hidden="true">{turns[turn]}</span>
          <span>
            {it.from}
            <span aria-hidden="true"> → </span>
            <span class="hidden"> to </span>
            {it.to}
          </span>
        </span>
        {it.policy && <span class="overview-tag">{it.policy}</span>}
        {it.shadow && (
          <span class="overview-tag" title="Decided and explained only: something else scales">
            shadow
          </span>
        )}
        <button
          type="button"
          class="quiet num overview-when"
          aria-label={`Show ${time(it.at)} in the charts`}
          onFocus={() => point(it)}
          onBlur={() => point(undefined)}
          onClick={() => point(it)}
        >
          {time(it.at)}
        </button>
      </div>
      <p>{it.reason}</p>
    </li>
  )
}

export const DecisionList = ({
  range,
  past,
}: {
  readonly range: Range
  readonly past: ReadonlySignal<Past>
}) => {
  const [all, setAll] = useState(false)
  const { decisions, loaded } = past.value
  const shown = all ? decisions : decisions.slice(0, SHOWN)
  return (
    <section class="panel overview-decisions" aria-labelledby="decisions">
      <header>
        <h2 id="decisions">Decisions</h2>
        <span class="small soft num">{loaded ? `${count(decisions.length)} in ${inWords(range)}` : ''}</span>
      </header>
      <div class="overview-scroll">
        {decisions.length === 0 ? (
          <p class="overview-none">
            {loaded ? `No decision in ${inWords(range)}: the number of workers stayed as it was.` : ''}
          </p>
        ) : (
          <ol>
            {shown.map((it) => (
              <Row key={keyOf(it)} decision={it} hot={chosen.value === keyOf(it)} />
            ))}
          </ol>
        )}
        {decisions.length > SHOWN && (
          <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? `Show the newest ${SHOWN}` : `Show all ${count(decisions.length)} of ${inWords(range)}`}
          </button>
        )}
      </div>
    </section>
  )
}
