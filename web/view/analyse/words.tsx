/** What a result says of itself: explanation, remarks, parameters. */

import type { Report } from './report.ts'
import { sentences } from './sentences.ts'

/** So many sentences say what was found; the others say how. */
const FIRST = 3

export const Words = ({ report }: { readonly report: Report }) => {
  const told = sentences(report.explanation)
  const [found, how] = [told.slice(0, FIRST), told.slice(FIRST)]
  const parameters = Object.entries(report.parameters)
  return (
    <section class="panel analyse-words" aria-label="Explanation">
      <header>
        <h2>What was found</h2>
        <span class="small soft num">
          {report.asked} · flagged from a score of {report.threshold.score.toFixed(3)} on
        </span>
      </header>
      <div class="body">
        <p>{found.join(' ')}</p>
        {report.remarks.length > 0 && (
          <ul class="remarks">
            {report.remarks.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        )}
        {how.length + parameters.length > 0 && (
          <details>
            <summary>How it was found</summary>
            {how.map((it) => (
              <p key={it} class="small soft">
                {it}
              </p>
            ))}
            <dl class="num">
              {parameters.map(([name, it]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{String(it)}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </section>
  )
}
