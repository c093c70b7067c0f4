/** Says that what is shown is old: in the head, where there is room for it, so that nothing moves when the connection comes and goes. */
import { effect, signal } from '@preact/signals'
import { now } from '../../kit/clock.ts'
import { time } from '../../kit/format.ts'
import { connection, scaling } from '../live.ts'

/** The fleet's state is told once a second: after this long without it something is wrong, even where the connection stands. */
const SILENT_MS = 8_000

/** When the last was told, by this clock. */
const heardAt = signal(Date.now())
effect(() => {
  if (scaling.value) heardAt.value = Date.now()
})

export const Stale = () => {
  const at = scaling.value?.at
  const silent = now.value - heardAt.value > SILENT_MS
  if (connection.value === 'live' ? !silent : connection.value === 'connecting') return null
  return (
    <span class="badge warn" role="alert">
      {at ? `The API does not answer. As of ${time(at)}` : 'The API does not answer. Trying again'}
    </span>
  )
}
