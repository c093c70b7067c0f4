/** One dead letter: its error in full, its attempts, where it was, and what it held. */
import { useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import type { DeadLetterWithValue } from '../../kit/api/letter-types.ts'
import type { Attempt } from '../../kit/api/types.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { bytes, duration } from '../../kit/format.ts'
import { Action } from '../../kit/parts/action.tsx'
import { Json } from '../../kit/parts/json.tsx'
import { FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { TextBlock } from '../../kit/parts/text-block.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { When } from '../../kit/parts/when.tsx'
import { DropSome } from './bulk.tsx'
import { dropChosen } from './letter-actions.ts'
import { textOf } from './value-text.ts'

const lasted = ({ startedAt, finishedAt }: Attempt): string =>
  finishedAt === undefined ? '' : ` · ran ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`

const Attempts = ({ attempts }: { readonly attempts: readonly Attempt[] }) => (
  <ol class="dl-attempts-list">
    {attempts.map((it) => (
      <li key={it.startedAt}>
        <span class="soft num">
          {it.attempt} · <When at={it.startedAt} exact />
          {lasted(it)} · {it.worker}
        </span>
        {it.error && (
          <p class="dl-error">
            <span class="dl-code">{it.error.code}</span> {it.error.message}
          </p>
        )}
      </li>
    ))}
  </ol>
)

const Value = ({ letter: { size, value, valueBase64 } }: { readonly letter: DeadLetterWithValue }) => {
  if (size === undefined) return <p class="small soft">The record had no value.</p>
  if (valueBase64 === undefined) return <Json value={value} label="Value" />
  const text = textOf(valueBase64)
  return (
    <div class="stack">
      <p class="small soft">
        {bytes(size)} that are no JSON{text === undefined ? ', in base64:' : ', as text:'}
      </p>
      <TextBlock text={text ?? valueBase64} label="Value" />
    </div>
  )
}

const Facts = ({ letter }: { readonly letter: DeadLetterWithValue }) => (
  <dl class="dl-facts">
    <dt>Id</dt>
    <dd class="mono">{letter.id}</dd>
    <dt>Died</dt>
    <dd>
      <When at={letter.diedAt} exact />
    </dd>
    {letter.submittedAt && (
      <>
        <dt>Submitted</dt>
        <dd>
          <When at={letter.submittedAt} exact />
        </dd>
      </>
    )}
    {letter.type && (
      <>
        <dt>Type</dt>
        <dd>{letter.type}</dd>
      </>
    )}
    {letter.key && (
      <>
        <dt>Key</dt>
        <dd class="dl-wrap">{letter.key}</dd>
      </>
    )}
    <dt>Topic</dt>
    <dd>{letter.topic}</dd>
    <dt>Partition</dt>
    <dd>{letter.partition}</dd>
    <dt>Offset</dt>
    <dd>{letter.offset ?? 'It was not in the log when it died'}</dd>
    {letter.traceparent && (
      <>
        <dt>Trace</dt>
        <dd class="mono">{letter.traceparent.split('-')[1]}</dd>
      </>
    )}
  </dl>
)

export const LetterDetails = ({
  id,
  onGone,
  onClose,
}: {
  readonly id: string
  /** It was replayed, or dropped. */
  readonly onGone: () => void
  readonly onClose: () => void
}) => {
  const {
    data: letter,
    error,
    refresh,
  } = usePoll<DeadLetterWithValue>(`/dead-letters/${encodeURIComponent(id)}`, 0)
  const [asks, setAsks] = useState(false)
  if (!letter)
    return error ? (
      <div class="dl-details">
        <FaultNotice error={error} {...(error.status === 404 ? {} : { onRetry: refresh })} />
        <div class="row">
          {error.status === 404 && <a href={`/jobs/${id}`}>The job of this id</a>}
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    ) : (
      <Loading lines={5} />
    )
  const replay = async (): Promise<void> => {
    await api(`/jobs/${id}/replay`, { method: 'POST' })
    tell('The job is replayed.', { href: `/jobs/${id}`, text: 'Watch it' })
    onGone()
  }
  return (
    <div class="dl-details">
      <div class="row apart">
        <div class="row">
          {letter.replayable && (
            <Action onRun={replay} look="primary">
              Replay this job
            </Action>
          )}
          <button type="button" class="danger" onClick={() => setAsks(true)}>
            Drop
          </button>
          {letter.replayable ? (
            <a class="small" href={`/jobs/${id}`}>
              Its job’s page
            </a>
          ) : (
            <span class="small soft">A record that is no job: it can’t be replayed.</span>
          )}
        </div>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <div class="dl-columns">
        <div class="stack">
          <section>
            <h3>Error</h3>
            <p class="dl-error">
              <span class="dl-code">{letter.error.code}</span> {letter.error.message}
            </p>
          </section>
          {letter.attempts.length > 0 && (
            <section>
              <h3>Attempts</h3>
              <Attempts attempts={letter.attempts} />
            </section>
          )}
          <section>
            <h3>Value</h3>
            <Value letter={letter} />
          </section>
        </div>
        <section>
          <h3>Where it was</h3>
          <Facts letter={letter} />
        </section>
      </div>
      {asks && (
        <DropSome
          count={1}
          onDrop={async () => {
            await dropChosen([id])
            onGone()
          }}
          onClose={() => setAsks(false)}
        />
      )}
    </div>
  )
}
