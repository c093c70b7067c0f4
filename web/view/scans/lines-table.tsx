/** What became of each series of a scan. */
import { pathOf } from '../../kit/api/path.ts'
import type { ScanLine, ScanResult } from '../../kit/api/scan-types.ts'
import { count } from '../../kit/format.ts'
import { Empty } from '../../kit/parts/states.tsx'
import { Choice, TextFilter } from '../parts/filters.tsx'
import { useQuery } from '../use-query.ts'
import { rarity } from './anomaly-text.ts'
import { kindOf, lineKinds, lineSorts, oneOf, selectLines } from './ranking.ts'
import { useShown } from './shown-rows.tsx'

const kindNames = { anomalous: 'With anomalies', clean: 'Without', failed: 'Failed' } as const
const sortNames = {
  order: 'As in the data set',
  score: 'Strangest first',
  count: 'Most anomalies first',
  series: 'Series',
} as const
const badges = { anomalous: 'warn', clean: 'good', failed: 'bad' } as const
const badgeTexts = { anomalous: 'Anomalies', clean: 'As usual', failed: 'Failed' } as const

const Row = ({ line, dataSet }: { readonly line: ScanLine; readonly dataSet: string }) => {
  const { series, job, count: found = 0, topScore = 0, error } = line
  const kind = kindOf(line)
  return (
    <tr>
      <td class="scan-name">
        <a href={pathOf('/view', { set: dataSet, series, job: error ? undefined : job })}>{series}</a>
      </td>
      <td class="tight">
        <span class={`badge ${badges[kind]}`}>{badgeTexts[kind]}</span>
      </td>
      {error ? (
        <td colSpan={3} class="scan-error">
          <span class="mono small">{error.code}</span> {error.message}
        </td>
      ) : (
        <>
          <td class="number">{count(found)}</td>
          <td class="number">{found > 0 ? topScore.toFixed(3) : '–'}</td>
          <td class="number soft tight">{found > 0 ? rarity(topScore) : ''}</td>
        </>
      )}
    </tr>
  )
}

export const LinesTable = ({ result }: { readonly result: ScanResult }) => {
  const [query, setQuery] = useQuery()
  const { q = '' } = query
  const kind = oneOf(lineKinds, query['kind'])
  const sort = oneOf(lineSorts, query['sort']) ?? 'order'
  const lines = selectLines(result.lines, { text: q, kind, sort })
  const { shown, more } = useShown(lines.length, `${q} ${kind} ${sort}`)
  return (
    <>
      <div class="row filters">
        <TextFilter label="Filter by series" value={q} onChange={(text) => setQuery({ q: text })} />
        <Choice
          label="Outcome"
          value={kind ?? ''}
          options={[['', 'All'], ...lineKinds.map((it) => [it, kindNames[it]] as const)]}
          onChange={(it) => setQuery({ kind: it })}
        />
        <Choice
          label="Order"
          value={sort}
          options={lineSorts.map((it) => [it, sortNames[it]])}
          onChange={(it) => setQuery({ sort: it === 'order' ? undefined : it })}
        />
        <span class="small soft num filter-count" role="status">
          {count(lines.length)} of {count(result.lines.length)} series
        </span>
      </div>
      {lines.length === 0 ? (
        <Empty title="Nothing fits these filters">
          <button type="button" onClick={() => setQuery({ q: undefined, kind: undefined })}>
            Clear the filters
          </button>
        </Empty>
      ) : (
        <div class="table">
          <table>
            <thead>
              <tr>
                <th>Series</th>
                <th>Outcome</th>
                <th class="number">Anomalies</th>
                <th class="number">Highest score</th>
                <th class="number">Of usual points</th>
              </tr>
            </thead>
            <tbody>
              {lines.slice(0, shown).map((line) => (
                <Row key={line.job} line={line} dataSet={result.dataSet} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more}
    </>
  )
}
