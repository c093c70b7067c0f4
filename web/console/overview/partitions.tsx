/** Partitions as a heat strip: where the lag lies. */
import './partitions.css'
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { PartitionLag } from '../../kit/api/types.ts'
import { brief, count } from '../../kit/format.ts'
import { HOTTEST, heatOf, moved, type Strip, stripsOf } from './heat.ts'

type Place = readonly [row: number, column: number]

const lagInWords = ({ partition, priority, lag }: PartitionLag): string =>
  `partition ${partition}, ${priority}: lag ${count(lag)}`

const Cell = ({
  cell,
  tabbable,
  onPoint,
}: {
  readonly cell: PartitionLag
  readonly tabbable: boolean
  readonly onPoint: () => void
}) => (
  <td
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is walked by the keys is a grid
    role="gridcell"
    class="overview-cell num"
    data-heat={heatOf(cell.lag)}
    tabIndex={tabbable ? 0 : -1}
    aria-label={lagInWords(cell)}
    onFocus={onPoint}
    onMouseEnter={onPoint}
  >
    <span>{cell.lag === 0 ? '' : brief(cell.lag)}</span>
  </td>
)

const About = ({ cell }: { readonly cell: PartitionLag | undefined }) => (
  <p class="overview-cell-about num">
    {cell ? (
      <>
        <span class="mono">{cell.topic}</span>
        <span>partition {cell.partition}</span>
        <span>
          lag <b>{count(cell.lag)}</b>
        </span>
        <span>
          committed {cell.committedOffset === null ? 'nothing' : count(cell.committedOffset)} of{' '}
          {count(cell.endOffset)}
        </span>
      </>
    ) : (
      <span>Point at a partition, or go there by the arrow keys, for its offsets.</span>
    )}
  </p>
)

const Legend = () => (
  <span class="overview-legend" aria-hidden="true">
    0
    {Array.from({ length: HOTTEST + 1 }, (_, heat) => (
      <i key={`heat ${heat}`} class="overview-cell" data-heat={heat} />
    ))}
    1,000+
  </span>
)

const Frame = ({ children }: { readonly children: ComponentChildren }) => (
  <section class="panel" aria-labelledby="partitions">
    <header>
      <h2 id="partitions">Partitions</h2>
      <Legend />
    </header>
    <div class="body overview-partitions">{children}</div>
  </section>
)

export const Partitions = ({ partitions }: { readonly partitions: readonly PartitionLag[] }) => {
  const grid = useRef<HTMLTableElement>(null)
  const [place, setPlace] = useState<Place>([0, 0])
  const [pointed, setPointed] = useState<Place>()
  const strips = stripsOf(partitions)
  const used = strips.filter(({ unused }) => !unused)
  // Where nothing is used yet one row shows what there will be.
  const rows: readonly Strip[] =
    used.length > 0 ? used : strips.filter(({ priority }) => priority === 'normal')
  const rest = strips.filter((it) => !rows.includes(it))

  const onKeyDown = (event: KeyboardEvent): void => {
    const to = moved(
      event.key,
      place,
      rows.map(({ cells }) => cells.length),
    )
    if (!to) return
    event.preventDefault()
    grid.current
      ?.querySelectorAll<HTMLElement>('tr')
      [to[0]]?.querySelectorAll<HTMLElement>('[role=gridcell]')
      [to[1]]?.focus()
  }
  if (rows.length === 0)
    return (
      <Frame>
        <span class="skeleton overview-waiting" />
      </Frame>
    )
  const home: Place = rows[place[0]]?.cells[place[1]] ? place : [0, 0]
  return (
    <Frame>
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is walked by the keys is a grid
        role="grid"
        aria-label="Lag by partition"
        onKeyDown={onKeyDown}
        onMouseLeave={() => setPointed(undefined)}
      >
        <tbody>
          {rows.map(({ topic, priority, cells, lag }, row) => (
            <tr key={topic}>
              <th scope="row">
                {priority} <b class="num">{count(lag)}</b>
              </th>
              {cells.map((cell, column) => (
                <Cell
                  key={cell.partition}
                  cell={cell}
                  tabbable={home[0] === row && home[1] === column}
                  onPoint={() => {
                    setPointed([row, column])
                    setPlace([row, column])
                  }}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rest.length > 0 && (
        <p class="small soft">
          Nothing has ever come with priority {rest.map(({ priority }) => priority).join(' or ')}.
        </p>
      )}
      <About cell={pointed && rows[pointed[0]]?.cells[pointed[1]]} />
    </Frame>
  )
}
