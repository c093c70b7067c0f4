/** Why that many workers: each decision with its reason. */
import './decision-list.css'
import type { ReadonlySignal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Decision } from '../../kit/api/types.ts'
import { count, plural, time } from '../../kit/format.ts'
import { Loading } from '../../kit/parts/states.tsx'
import { keyOf, type Run, runsOf, turnOf } from './decisions.ts'
import { chosen, marked, pointed } from './moment.ts'
import { inWords, type Range } from './ranges.ts'
import type { Past } from './use-history.ts'

const SHOWN = 8
const turns = { up: '▲', down: '▼', same: '–' } as const
const turnWords = { up: 'more workers', down: 'fewer workers', same: 'as many workers' } as const

const point = (it: Decision | undefined): void => {
  marked.value = it && Date.parse(it.at)
  chosen.value = it && keyOf(it)
}

const isChosen = (it: Decision): boolean => chosen.value === keyOf(it)

/** Brings the row of a mark that the pointer is on into sight. The list alone moves, never the page. */
const showChosen = (list: HTMLElement): void => {
  const row = list.querySelector('.overview-decision.hot')
  if (!row) return
  const [inner, outer] = [row.getBoundingClientRect(), list.getBoundingClientRect()]
  list.scrollTop += Math.min(0, inner.top - outer.top) + Math.max(0, inner.bottom - outer.bottom)
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

const RunRows = ({ run: { newest, others } }: { readonly run: Run }) => {
  const [open, setOpen] = useState(false)
  const oldest = others.at(-1)
  return (
    <>
      <Row decision={newest} hot={isChosen(newest)} />
      {open && others.map((it) => <Row key={keyOf(it)} decision={it} hot={isChosen(it)} />)}
      {oldest && (
        <li class={`overview-decision folded${!open && others.some(isChosen) ? ' hot' : ''}`}>
          <button type="button" class="quiet num" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open
              ? 'Hide the others'
              : `${plural(others.length, 'other')} that kept ${newest.to}, since ${time(oldest.at)}`}
          </button>
        </li>
      )}
    </>
  )
}

const None = ({ range, past: { loaded, fault } }: { readonly range: Range; readonly past: Past }) => {
  if (!loaded) return <Loading lines={6} what="Loading the decisions" />
  if (fault) return null
  return (
    <p class="overview-none">
      {`No scaler told of a decision in ${inWords(range)}. KEDA’s own kafka trigger tells none; a scaler in shadow explains what it does.`}
    </p>
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
  const { decisions, loaded, fault } = past.value
  const list = useRef<HTMLDivElement>(null)
  const pointedAt = pointed.value === undefined ? undefined : chosen.value
  useEffect(() => {
    if (pointedAt !== undefined && list.current) showChosen(list.current)
  }, [pointedAt])
  const runs = runsOf(decisions)
  const shown = all ? runs : runs.slice(0, SHOWN)
  return (
    <section class="panel overview-decisions" aria-labelledby="decisions">
      <header>
        <h2 id="decisions">Decisions</h2>
        <span class="small soft num">
          {loaded && !fault ? `${count(decisions.length)} in ${inWords(range)}` : ''}
        </span>
      </header>
      <div class="overview-scroll" ref={list}>
        {fault && (
          <p class="overview-none overview-fault" role="alert">
            What was recorded can’t be read: {fault.message}
          </p>
        )}
        {decisions.length === 0 ? (
          <None range={range} past={past.value} />
        ) : (
          <ol>
            {shown.map((run) => (
              // The oldest stays when others come.
              <RunRows key={keyOf(run.others.at(-1) ?? run.newest)} run={run} />
            ))}
          </ol>
        )}
        {runs.length > SHOWN && (
          <button type="button" class="quiet overview-more" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? 'Show the newest' : `Show all of ${inWords(range)}`}
          </button>
        )}
      </div>
    </section>
  )
}
