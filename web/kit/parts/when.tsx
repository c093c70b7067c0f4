/** A time: how long ago in words that go on, the whole time behind them. */
import { now } from '../clock.ts'
import { fromNow, time } from '../format.ts'

export const When = ({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) => (
  <time dateTime={at} title={new Date(at).toISOString()} class="num">
    {exact ? time(at) : fromNow(at, now.value)}
  </time>
)
