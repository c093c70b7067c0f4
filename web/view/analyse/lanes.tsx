/** Results that are compared: a lane each, on the same x as the chart. */
import { useCallback, useMemo } from 'preact/hooks'
import { plural } from '../../kit/format.ts'
import { Canvas, type Painter } from './canvas.tsx'
import { paintBars } from './paint.ts'
import type { Series } from './points.ts'
import { type Range, shared, spansOf } from './ranges.ts'
import { rangesOf } from './report.ts'
import type { Stage } from './stage.ts'
import { isOver, type Run } from './use-runs.ts'

const HEIGHT = 18

/** What a lane says of itself beside the shown result. */
const words = (run: Run, ranges: readonly Range[], chosen: readonly Range[] | undefined): string => {
  const { job, error, report } = run
  if (error) return error.message
  if (!report)
    return isOver(run) ? (job?.error?.message ?? 'no result') : (job?.progress?.text ?? 'running …')
  const found = plural(ranges.length, 'range')
  if (!chosen) return `${found} · shown`
  const [both, alone] = [shared(chosen, ranges), ranges.length - shared(ranges, chosen)]
  return `${found} · ${both} of the ${chosen.length} shown, ${alone} of its own`
}

const Lane = ({
  run,
  chosen,
  stage,
  order,
  onShow,
  onDrop,
}: {
  readonly run: Run
  /** The ranges of the shown result; undefined: this is it. */
  readonly chosen: readonly Range[] | undefined
  readonly stage: Stage
  readonly order: Series['order']
  readonly onShow: () => void
  readonly onDrop: () => void
}) => {
  const ranges = useMemo(() => (run.report ? rangesOf(run.report, order) : []), [run.report, order])
  const spans = useMemo(() => spansOf(ranges, stage.xs), [ranges, stage])
  const paint: Painter = useCallback(
    (context, plot, colours, ratio) => {
      context.fillStyle = colours.line
      context.fillRect(plot.left, plot.height - ratio, plot.width, ratio)
      paintBars(context, plot, spans, stage.view.value, colours, ratio)
    },
    [spans, stage],
  )
  const name = run.report?.asked ?? 'Detector'
  const text = words(run, ranges, chosen)
  return (
    <li class={`analyse-lane${chosen ? '' : ' shown'}`}>
      <div class="row">
        <button
          type="button"
          class="quiet"
          aria-pressed={chosen === undefined}
          title="Show this result"
          onClick={onShow}
        >
          {name}
        </button>
        <span class="small soft num">{text}</span>
        <button
          type="button"
          class="quiet drop"
          aria-label={`Take ${name} out of the comparison`}
          onClick={onDrop}
        >
          ×
        </button>
      </div>
      <Canvas height={HEIGHT} paint={paint} />
    </li>
  )
}

export const Lanes = ({
  runs,
  stage,
  order,
  onShow,
  onDrop,
}: {
  /** The first is shown. */
  readonly runs: readonly Run[]
  readonly stage: Stage
  readonly order: Series['order']
  readonly onShow: (id: string) => void
  readonly onDrop: (id: string) => void
}) => {
  const first = runs[0]?.report
  const chosen = useMemo(() => (first ? rangesOf(first, order) : []), [first, order])
  // In the order of their names: which one is shown must not move the others.
  const lanes = [...runs].sort((a, b) => a.id.localeCompare(b.id))
  return (
    <ul class="analyse-lanes" aria-label="Compared detectors">
      {lanes.map((run) => (
        <Lane
          key={run.id}
          run={run}
          chosen={run === runs[0] ? undefined : chosen}
          stage={stage}
          order={order}
          onShow={() => onShow(run.id)}
          onDrop={() => onDrop(run.id)}
        />
      ))}
    </ul>
  )
}
