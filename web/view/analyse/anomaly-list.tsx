/** The anomalies to step through: by buttons, by keys (n, p), or by choosing one. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { count, plural } from '../../kit/format.ts'
import { isField } from '../is-field.ts'
import { spanText } from '../stamp.ts'
import type { Range } from './ranges.ts'
import type { Sheet } from './report.ts'

/** Shown at first, and more at a time. */
const SHOWN = 200

type Order = 'time' | 'score'

const steps: Readonly<Record<string, number>> = { n: 1, p: -1 }

const lengthText = ({ start, end }: Range): string => plural(end - start + 1, 'point')

const Item = ({
  range,
  sheet: { xs, timed },
  current,
  onSelect,
}: {
  readonly range: Range
  readonly sheet: Sheet
  readonly current: boolean
  readonly onSelect: () => void
}) => {
  const element = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Within the list alone: the page must not jump.
    const [item, list] = [element.current, element.current?.closest('ol')]
    if (!current || !item || !list) return
    const [inner, outer] = [item.getBoundingClientRect(), list.getBoundingClientRect()]
    if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top
    if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom
  }, [current])
  const { start, end, score, severity, column } = range
  return (
    <li>
      <button
        type="button"
        ref={element}
        class={`analyse-item ${severity}`}
        onClick={onSelect}
        {...(current ? { 'aria-current': 'true' as const } : {})}
      >
        <span class="num">{spanText(xs[start] ?? 0, xs[end] ?? 0, timed)}</span>
        <span class="num score">{score.toFixed(3)}</span>
        <span class="severity">{severity}</span>
        <span class="soft">
          {lengthText(range)}
          {column !== undefined && ` · ${column}`}
        </span>
      </button>
    </li>
  )
}

export const AnomalyList = ({
  sheet,
  selected,
  onSelect,
}: {
  readonly sheet: Sheet
  /** Its place among the ranges in the order of time; -1: none. */
  readonly selected: number
  readonly onSelect: (index: number) => void
}) => {
  const { ranges } = sheet
  const [order, setOrder] = useState<Order>('time')
  const [most, setMost] = useState(SHOWN)
  const places = useMemo(() => {
    const all = ranges.map((_, index) => index)
    if (order === 'time') return all
    return all.sort((a, b) => (ranges[b]?.score ?? 0) - (ranges[a]?.score ?? 0) || a - b)
  }, [ranges, order])
  const place = places.indexOf(selected)
  const step = (by: number): void => {
    const next = place < 0 ? (by > 0 ? 0 : places.length - 1) : place + by
    const index = places[next]
    if (index === undefined) return
    if (next >= most) setMost(next + SHOWN)
    onSelect(index)
  }
  const latest = useRef(step)
  latest.current = step
  useEffect(() => {
    const gone = new AbortController()
    addEventListener(
      'keydown',
      (event) => {
        const by = steps[event.key]
        if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || isField(event.target))
          return
        latest.current(by)
      },
      { signal: gone.signal },
    )
    return () => gone.abort()
  }, [])

  return (
    <section class="panel analyse-anomalies" aria-label="Anomalies">
      <header>
        <h2>{plural(ranges.length, 'anomaly', 'anomalies')}</h2>
        <div class="row">
          <span class="small soft num">{place < 0 ? '' : `${place + 1} of ${places.length}`}</span>
          <button
            type="button"
            class="quiet"
            disabled={ranges.length === 0 || place === 0}
            title="Previous (p)"
            aria-keyshortcuts="p"
            onClick={() => step(-1)}
          >
            ↑ Previous
          </button>
          <button
            type="button"
            class="quiet"
            disabled={ranges.length === 0 || place === places.length - 1}
            title="Next (n)"
            aria-keyshortcuts="n"
            onClick={() => step(1)}
          >
            ↓ Next
          </button>
        </div>
      </header>
      {ranges.length === 0 ? (
        <div class="empty">
          <strong>Nothing is flagged</strong>
          No point reaches the threshold. A lower one flags more; the scores say how near it was.
        </div>
      ) : (
        <>
          <div class="analyse-sort" role="group" aria-label="Order">
            {(['time', 'score'] as const).map((it) => (
              <button
                key={it}
                type="button"
                class="quiet"
                aria-pressed={order === it}
                onClick={() => setOrder(it)}
              >
                {it === 'time' ? 'In time' : 'Strangest first'}
              </button>
            ))}
          </div>
          <ol tabindex={-1}>
            {places.slice(0, most).map((index) => {
              const range = ranges[index]
              return (
                range && (
                  <Item
                    key={index}
                    range={range}
                    sheet={sheet}
                    current={index === selected}
                    onSelect={() => onSelect(index)}
                  />
                )
              )
            })}
            {places.length > most && (
              <li class="more">
                <button type="button" class="quiet" onClick={() => setMost(most + SHOWN)}>
                  Show {Math.min(SHOWN, places.length - most)} more of {count(places.length)}
                </button>
              </li>
            )}
          </ol>
        </>
      )}
    </section>
  )
}
