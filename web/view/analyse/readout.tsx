/** What is under the pointer: time, value, what was expected, score. Keeps its room while nothing is. */
import { plural, value as valueText } from '../../kit/format.ts'
import { placeText, spanText } from '../stamp.ts'
import type { Sheet } from './report.ts'
import type { Stage } from './stage.ts'
import { rowsOf } from './viewport.ts'

const cell = (cells: Float64Array | undefined, point: number): string | undefined => {
  const it = cells?.[point]
  return it === undefined || Number.isNaN(it) ? undefined : valueText(it)
}

export const Readout = ({ stage, sheet }: { readonly stage: Stage; readonly sheet: Sheet }) => {
  const point = stage.hover.value
  const { xs, timed, values, scores, band } = sheet
  if (point === undefined) {
    const { from, to } = rowsOf(stage.view.value, xs)
    return (
      <p class="analyse-readout num soft">
        <span>{spanText(xs[from] ?? 0, xs[to] ?? 0, timed)}</span>
        <span>{plural(to - from + 1, 'point')}</span>
      </p>
    )
  }
  const expected = cell(band?.expected, point)
  const score = scores?.[point]
  const flagged = score !== undefined && sheet.threshold !== undefined && score >= sheet.threshold
  return (
    <p class="analyse-readout num">
      <span>{placeText(xs[point] ?? 0, timed)}</span>
      {values && (
        <span>
          <i>value</i> {cell(values, point) ?? 'missing'}
        </span>
      )}
      {expected !== undefined && (
        <span>
          <i>expected</i> {expected}
          <small>
            {' '}
            {cell(band?.lower, point)} … {cell(band?.upper, point)}
          </small>
        </span>
      )}
      {score !== undefined && (
        <span class={flagged ? 'flagged' : ''}>
          <i>score</i> {score.toFixed(4)}
        </span>
      )}
    </p>
  )
}
