/** Shows many rows a hundred at a time: the page stays quick whatever the number. */
import { useEffect, useState } from 'preact/hooks'
import { count } from '../../kit/format.ts'

const STEP = 100

/** How many of `total` are shown, and the button that shows more. Begins anew where `key` changes. */
export const useShown = (total: number, key: string) => {
  const [shown, setShown] = useState(STEP)
  useEffect(() => setShown(STEP), [key])
  const more =
    shown < total ? (
      <div class="scan-more">
        <button type="button" onClick={() => setShown(shown + STEP)}>
          Show {count(Math.min(STEP, total - shown))} more
        </button>
        <span class="small soft num">
          {count(shown)} of {count(total)}
        </span>
      </div>
    ) : null
  return { shown, more }
}
