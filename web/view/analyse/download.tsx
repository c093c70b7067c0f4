/** The result to take away: CSV by points, the report as JSON, the chart as PNG. */
import type uPlot from 'uplot'
import { readColours } from '../../kit/chart/colours.ts'
import { Action } from '../../kit/parts/action.tsx'
import { saveBlob, saveText } from '../../kit/parts/save.ts'
import { csvOf } from './csv.ts'
import { pictureOf } from './png.ts'
import type { Report, Sheet } from './report.ts'

/** Not the name of the file that the series came from: both lie in the same folder. */
const fileName = (title: string, kind: string): string => {
  const stem = title
    .replace(/\.[a-z]{2,6}$/i, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return `${stem || 'series'}-anomalies.${kind}`
}

export const Downloads = ({
  title,
  report,
  sheet,
  plots,
}: {
  readonly title: string
  readonly report: Report
  readonly sheet: Sheet
  /** From top to bottom. */
  readonly plots: () => readonly uPlot[]
}) => {
  const about = `${report.asked} · from a score of ${report.threshold.score.toFixed(3)} on · ${report.count} flagged`
  const png = async (): Promise<void> => {
    const blob = await pictureOf(title, about, plots(), readColours())
    if (!blob) throw new Error('This browser can’t make a picture of the chart.')
    saveBlob(fileName(title, 'png'), blob)
  }
  return (
    <div class="row" role="group" aria-label="Download">
      <span class="small soft">Download</span>
      <Action
        look="quiet"
        label="Download CSV"
        onRun={async () => saveBlob(fileName(title, 'csv'), new Blob(csvOf(sheet), { type: 'text/csv' }))}
      >
        CSV
      </Action>
      <Action
        look="quiet"
        label="Download JSON"
        onRun={async () => saveText(fileName(title, 'json'), JSON.stringify(report), 'application/json')}
      >
        JSON
      </Action>
      <Action look="quiet" label="Download PNG" onRun={png}>
        PNG
      </Action>
    </div>
  )
}
