/** Where nothing has ever run: what to do first. */
import type { Scaling } from '../../kit/api/types.ts'

export const isNew = ({ partitions, parked, workers }: Scaling): boolean =>
  partitions.length > 0 &&
  parked.total === 0 &&
  partitions.every(({ endOffset }) => endOffset === 0) &&
  workers.every(({ claimed }) => claimed === 0)

export const FirstSteps = () => (
  <section class="panel" aria-labelledby="first">
    <header>
      <h2 id="first">Nothing has run yet</h2>
    </header>
    <ol class="body overview-first">
      <li>
        <a href="/post">Post a job</a> and see its result.
      </li>
      <li>
        <a href="#load">Start a load</a> and see the workers grow and shrink.
      </li>
      <li>
        <a href="/api/docs/">Read what the API takes</a> and post from your own programs.
      </li>
    </ol>
  </section>
)
