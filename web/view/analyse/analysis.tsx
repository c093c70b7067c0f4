/** One series under analysis: reads its points, follows its jobs, and hands both to what shows them. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import type { DataSet } from '../../kit/api/data-set-types.ts'
import type { JobType } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural } from '../../kit/format.ts'
import { FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { ChooseButton } from '../data-sets/uploader.tsx'
import type { Uploading } from '../data-sets/use-upload.ts'
import type { Place } from './address.ts'
import { AnomalyList } from './anomaly-list.tsx'
import { Board } from './board.tsx'
import { Controls } from './controls.tsx'
import { detectorsOf } from './detectors.ts'
import { Downloads } from './download.tsx'
import { DetailNotice, NoPointsNotice, RunNotice } from './notices.tsx'
import type { Series } from './points.ts'
import { rangeAtRow, sheetOf } from './report.ts'
import { lackOf } from './request.ts'
import { SeriesPicker, useSeriesNames } from './series-picker.tsx'
import { createStage, type Stage } from './stage.ts'
import { useDetections } from './use-detections.ts'
import { useRuns } from './use-runs.ts'
import { useSeries } from './use-series.ts'
import { useZoomInAddress } from './use-zoom.ts'
import { viewAround, viewOfRows } from './viewport.ts'
import { Words } from './words.tsx'

export interface AnalysisProps {
  readonly place: Place
  readonly go: (change: Partial<Place>, replace?: boolean) => void
  readonly uploading: Uploading
}

const startOf = ({ from, to, at }: Place, series: Series | undefined, xs: Float64Array) => {
  if (from !== undefined && to !== undefined) return viewOfRows(from, to, xs)
  const point = at === undefined ? undefined : (series?.order?.pointOf[at] ?? at)
  return point === undefined || point >= xs.length ? undefined : viewAround(point, point, xs)
}

export const Analysis = ({ place, go, uploading }: AnalysisProps) => {
  const { set, series: name, jobs, at } = place
  const { series, fraction, error: seriesError, retry } = useSeries(set, name)
  const names = useSeriesNames(set)
  const { data: about, error: setError } = usePoll<DataSet>(
    set === undefined ? undefined : `/data-sets/${encodeURIComponent(set)}`,
    0,
  )
  /** Before a series is chosen there is but the data set. */
  const error = name === undefined ? setError : seriesError
  const { data: types } = usePoll<{ readonly types: readonly JobType[] }>('/types', 0)
  const detectors = useMemo(
    () => detectorsOf(types?.types.find(({ type }) => type === 'detect')?.schema),
    [types],
  )
  const runs = useRuns(jobs)
  const [first] = runs
  const report = first?.report
  const sheet = useMemo(() => sheetOf(series, report), [series, report])
  /** There is a result, but no series to it (any more). */
  const alone = report !== undefined && !series && (set === undefined || error?.status === 404)
  const known = series !== undefined || alone
  const stage = useMemo<Stage | undefined>(
    () => (known ? createStage(sheet.xs, startOf(place, series, sheet.xs)) : undefined),
    [known, sheet.xs],
  )
  useZoomInAddress(stage, place, go)
  const plots = useRef<readonly uPlot[]>([])

  // A data set alone: its first series.
  const [onlyName] = names
  useEffect(() => {
    if (set !== undefined && name === undefined && onlyName !== undefined) go({ series: onlyName }, true)
  }, [set, name, onlyName])

  const { fault, retry: askAnew, askedOf, run, compare } = useDetections(place, series, go)
  const asked = askedOf(first?.id)
  const lack =
    series && report && lackOf(series.xs.length, report.scores !== undefined, report.band !== undefined)

  const selected = report ? rangeAtRow(sheet, series?.order, at) : -1
  const select = (index: number): void => {
    const range = sheet.ranges[index]
    if (!range || !stage) return
    stage.move(() => viewAround(range.start, range.end, stage.xs))
    go({ at: series?.order?.rowOf[range.peak] ?? range.peak }, true)
  }

  const setName = about?.name
  const title = series ? (names.length > 1 ? series.name : (setName ?? series.name)) : (setName ?? 'Analysis')
  return (
    <>
      <div class="head analyse-head">
        <div>
          <h1>{title}</h1>
          <p class="small soft num">
            {set === undefined ? (
              'A result without its series'
            ) : (
              <>
                <a href={`/view/data-sets/${encodeURIComponent(set)}`}>
                  {names.length > 1 ? (setName ?? 'Data set') : 'Data set'}
                </a>
                {series && ` · ${plural(series.xs.length, 'point')}`}
                {series && names.length <= 1 && series.name !== title && ` · ${series.name}`}
              </>
            )}
          </p>
        </div>
        <div class="row">
          {names.length > 1 && (
            <SeriesPicker
              names={names}
              name={name}
              onChoose={(next) =>
                go({ series: next, jobs: [], from: undefined, to: undefined, at: undefined })
              }
            />
          )}
          <ChooseButton uploading={uploading}>Upload another</ChooseButton>
        </div>
      </div>

      {series && <Controls {...{ detectors, report }} onRun={run} onCompare={compare} />}
      {error?.status === 404 ? (
        <div class="notice bad" role="alert">
          <span>
            This series is gone: data sets are kept for a while only, and can be deleted. Upload it again.
          </span>
          <a href="/view">Begin anew</a>
        </div>
      ) : (
        <FaultNotice error={error} onRetry={retry} />
      )}
      <FaultNotice error={fault} onRetry={askAnew} />
      {alone && <NoPointsNotice />}
      {series && report && lack && (
        <DetailNotice
          lack={lack}
          onWhole={() => run({ detector: report.asked, threshold: report.threshold.score })}
        />
      )}
      {first && (
        <RunNotice
          run={first}
          detector={asked.detector}
          onAgain={series && (() => run(asked, String(Date.now())))}
        />
      )}

      {stage ? (
        <div class="analyse-grid">
          <Board
            key={stage.whole.min + stage.xs.length}
            stage={stage}
            sheet={sheet}
            sheetKey={report ? (first?.id ?? '') : ''}
            series={series}
            runs={runs}
            selected={selected}
            onShow={(id) => go({ jobs: [id, ...jobs.filter((it) => it !== id)] })}
            onDrop={(id) => go({ jobs: jobs.filter((it) => it !== id) })}
            onPlots={(all) => {
              plots.current = all
            }}
          />
          {report && <AnomalyList sheet={sheet} selected={selected} onSelect={select} />}
          {report && <Words report={report} />}
          {report && (
            <div class="analyse-foot">
              <Downloads title={title} report={report} sheet={sheet} plots={() => plots.current} />
            </div>
          )}
        </div>
      ) : (
        !error &&
        (set !== undefined || (first && !first.error && !first.job?.finishedAt)) && (
          <div class="panel analyse-waiting">
            <Loading lines={6} what="Reading the points" />
            {fraction > 0 && <p class="small soft num">Reading the points: {count(fraction * 100)} %</p>}
          </div>
        )
      )}
    </>
  )
}
