/** What a scan has found: figures, the ranking over all series, and a line for each series. */
import type { ScanResult } from '../../kit/api/scan-types.ts'
import { count } from '../../kit/format.ts'
import { saveText } from '../../kit/parts/save.ts'
import { useQuery } from '../use-query.ts'
import { LinesTable } from './lines-table.tsx'
import { rankingCsv } from './ranking.ts'
import { RankingTable } from './ranking-table.tsx'

const Figure = ({
  label,
  value,
  bad = false,
}: {
  readonly label: string
  readonly value: string
  readonly bad?: boolean
}) => (
  <div>
    <dt>{label}</dt>
    <dd class={bad ? 'num bad' : 'num'}>{value}</dd>
  </div>
)

export const ScanResultView = ({
  scan,
  result,
  took,
}: {
  readonly scan: string
  readonly result: ScanResult
  readonly took: string
}) => {
  const [query, setQuery] = useQuery()
  const { series, anomalies, ranking, lines } = result
  const onLines = query['tab'] === 'series'
  const tabs = [
    { name: undefined, text: `Ranking (${count(ranking.length)})`, on: !onLines },
    { name: 'series', text: `All series (${count(lines.length)})`, on: onLines },
  ] as const
  return (
    <>
      <dl class="panel scan-figures">
        <Figure label="Series" value={count(series.total)} />
        <Figure label="With anomalies" value={count(series.anomalous)} />
        <Figure label="Anomalies" value={count(anomalies)} />
        <Figure label="Failed" value={count(series.failed)} bad={series.failed > 0} />
        <Figure label="Took" value={took} />
      </dl>
      <section class="panel" aria-label="Result">
        <header>
          <div class="row scan-tabs" role="group" aria-label="What is shown">
            {tabs.map(({ name, text, on }) => (
              <button
                key={text}
                type="button"
                class="quiet num"
                aria-pressed={on}
                onClick={() => setQuery({ tab: name, severity: undefined, kind: undefined, sort: undefined })}
              >
                {text}
              </button>
            ))}
          </div>
          <div class="row">
            <button
              type="button"
              onClick={() => saveText(`scan-${scan}-ranking.csv`, rankingCsv(result), 'text/csv')}
            >
              Ranking as CSV
            </button>
            <button
              type="button"
              onClick={() =>
                saveText(`scan-${scan}.json`, JSON.stringify(result, null, 2), 'application/json')
              }
            >
              All as JSON
            </button>
          </div>
        </header>
        {onLines ? <LinesTable result={result} /> : <RankingTable result={result} />}
      </section>
    </>
  )
}
