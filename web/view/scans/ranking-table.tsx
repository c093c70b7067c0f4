/** The anomalies of all series, the strangest first; each opens its series where it is. */
import { pathOf } from '../../kit/api/path.ts'
import type { RankedAnomaly, ScanResult } from '../../kit/api/scan-types.ts'
import { count, plural } from '../../kit/format.ts'
import { Empty } from '../../kit/parts/states.tsx'
import { Choice, TextFilter } from '../parts/filters.tsx'
import { Severity, severityText } from '../parts/severity.tsx'
import { useQuery } from '../use-query.ts'
import { rarity, rowsText, whereText } from './anomaly-text.ts'
import { oneOf, rankingSorts, selectRanking, severities } from './ranking.ts'
import { useShown } from './shown-rows.tsx'
import { stretchOf } from './spark.ts'
import { Sparkline } from './sparkline.tsx'

const sortNames = {
  score: 'Strangest first',
  series: 'Series',
  time: 'Earliest first',
  length: 'Longest first',
} as const

/** Where the anomaly is seen in its series, with what is around it. */
const placeOf = (dataSet: string, { series, job, start, end, peak }: RankedAnomaly): string => {
  const { from, limit } = stretchOf({ start, end })
  return pathOf('/view', { set: dataSet, series, job, from, to: from + limit - 1, at: peak })
}

const Row = ({
  rank,
  anomaly,
  dataSet,
}: {
  readonly rank: number
  readonly anomaly: RankedAnomaly
  readonly dataSet: string
}) => (
  <tr>
    <td class="number soft">{count(rank)}</td>
    <td class="scan-name">
      <a href={placeOf(dataSet, anomaly)}>{anomaly.series}</a>
    </td>
    <td class="scan-spark-cell">
      <Sparkline dataSet={dataSet} anomaly={anomaly} />
    </td>
    <td class="tight">
      <span title={rowsText(anomaly)}>{whereText(anomaly)}</span>
    </td>
    <td class="tight">
      <Severity severity={anomaly.severity} />
    </td>
    <td class="number">{anomaly.score.toFixed(3)}</td>
    <td class="number soft tight" title="Of usual points so many are as strange as its peak">
      {rarity(anomaly.score)}
    </td>
  </tr>
)

export const RankingTable = ({ result }: { readonly result: ScanResult }) => {
  const [query, setQuery] = useQuery()
  const { q = '' } = query
  const severity = oneOf(severities, query['severity'])
  const sort = oneOf(rankingSorts, query['sort']) ?? 'score'
  const rows = selectRanking(result.ranking, { text: q, severity, sort })
  const { shown, more } = useShown(rows.length, `${q} ${severity} ${sort}`)

  if (result.ranking.length === 0) {
    return (
      <Empty title="No anomalies">
        <span>All series are as usual at this threshold. With a lower one, more is flagged.</span>
      </Empty>
    )
  }
  const timed = result.ranking.some(({ startTimestamp }) => startTimestamp !== undefined)
  const cut = result.anomalies - result.ranking.length
  return (
    <>
      <div class="row filters">
        <TextFilter label="Filter by series" value={q} onChange={(text) => setQuery({ q: text })} />
        <Choice
          label="Severity"
          value={severity ?? ''}
          options={[['', 'All'], ...severities.map((it) => [it, severityText(it)] as const)]}
          onChange={(it) => setQuery({ severity: it })}
        />
        <Choice
          label="Order"
          value={sort}
          options={rankingSorts.map((it) => [it, sortNames[it]])}
          onChange={(it) => setQuery({ sort: it === 'score' ? undefined : it })}
        />
        <span class="small soft num filter-count" role="status">
          {rows.length === result.ranking.length
            ? plural(rows.length, 'anomaly', 'anomalies')
            : `${count(rows.length)} of ${plural(result.ranking.length, 'anomaly', 'anomalies')}`}
          {cut > 0 && `, ${plural(cut, 'less strange one is', 'less strange ones are')} not ranked`}
        </span>
      </div>
      {rows.length === 0 ? (
        <Empty title="Nothing fits these filters">
          <button type="button" onClick={() => setQuery({ q: undefined, severity: undefined })}>
            Clear the filters
          </button>
        </Empty>
      ) : (
        <div class="table">
          <table>
            <thead>
              <tr>
                <th class="number scan-rank">#</th>
                <th>Series</th>
                <th>Around it</th>
                <th>{timed ? 'Time (UTC)' : 'Rows'}</th>
                <th>Severity</th>
                <th class="number">Score</th>
                <th class="number">Of usual points</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shown).map(({ rank, anomaly }) => (
                <Row key={rank} rank={rank} anomaly={anomaly} dataSet={result.dataSet} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more}
    </>
  )
}
