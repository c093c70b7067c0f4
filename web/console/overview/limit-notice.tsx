/** Limits that hold jobs back: why a lag of nothing may still not mean that all is done. */
import type { Limit } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count } from '../../kit/format.ts'
import { isLimited, limitWords } from '../limit-words.ts'

const EVERY_MS = 5_000

const whatOf = ({ type, keyPrefix, subject }: Limit): string =>
  type ?? (keyPrefix === undefined ? subject : `keys that begin with ${keyPrefix}`)

const howOf = (limit: Limit): string => {
  if (limit.paused) return 'paused'
  return isLimited(limit) ? `limited to ${limitWords(limit)}` : 'being let go'
}

export const LimitNotice = () => {
  const { data } = usePoll<{ limits: readonly Limit[] }>('/limits', EVERY_MS)
  const holding = data?.limits.filter(({ held, paused }) => held > 0 || paused) ?? []
  if (holding.length === 0) return null
  return (
    <div class="notice warn overview-limits">
      <ul>
        {holding.map((it) => (
          <li key={it.subject}>
            <b>{whatOf(it)}</b> is {howOf(it)}, <span class="num">{count(it.held)}</span> held
          </li>
        ))}
      </ul>
      <a href="/types">To the limits</a>
    </div>
  )
}
