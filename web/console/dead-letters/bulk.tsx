/** Replaying or dropping all that fit a filter: those that had died when the dialog opened, and no others. */
import { useRef, useState } from 'preact/hooks'
import type { DeadLetterCount } from '../../kit/api/letter-types.ts'
import { pathOf } from '../../kit/api/path.ts'
import { messageOf } from '../../kit/api/problem.ts'
import { usePoll } from '../../kit/api/use-poll.ts'
import { count, plural } from '../../kit/format.ts'
import { Confirm } from '../../kit/parts/confirm.tsx'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { choiceOf, type LetterFilter } from './filter.ts'
import { drop, postReplay, watchLink } from './letter-actions.ts'
import { type ReplaySum, replayAll, sumWords } from './replay.ts'

/** From here on the number has to be typed. */
const MANY = 100

/** What the dialog is about stays what it was when it opened. */
const useBound = (filter: LetterFilter) => {
  const [bound] = useState<LetterFilter>(() => ({ ...filter, to: filter.to ?? new Date().toISOString() }))
  const { data, error, refresh } = usePoll<DeadLetterCount>(pathOf('/dead-letters/count', bound), 0)
  return { choice: choiceOf(bound), total: data?.total, error, refresh }
}

interface BulkProps {
  readonly filter: LetterFilter
  /** Something was changed, or may have been. */
  readonly onDone: () => void
  readonly onClose: () => void
}

const Which = ({ filter: { type, code, key, from, to } }: { readonly filter: LetterFilter }) => {
  const given = [
    ...(type ? [`type ${type}`] : []),
    ...(code ? [`error ${code}`] : []),
    ...(key ? [`key ${key}`] : []),
    ...(from || to ? ['the time given'] : []),
  ]
  return <>{given.length > 0 ? `All that fit the filter (${given.join(', ')})` : 'All there are'}</>
}

export const DropAll = ({ filter, onDone, onClose }: BulkProps) => {
  const { choice, total, error, refresh } = useBound(filter)
  if (total === undefined)
    return (
      <Dialog title="Drop dead letters?" onClose={onClose}>
        {error ? <FaultNotice error={error} onRetry={refresh} /> : <Loading lines={2} />}
      </Dialog>
    )
  return (
    <Confirm
      title={`Drop ${plural(total, 'dead letter')}?`}
      action={`Drop ${count(total)}`}
      danger
      typed={total > MANY ? String(total) : undefined}
      onConfirm={async () => {
        await drop(choice)
        onDone()
      }}
      onClose={onClose}
    >
      <p>
        <Which filter={filter} />, as they are now. Their jobs stay dead, and can’t be replayed any more.
      </p>
    </Confirm>
  )
}

export const ReplayAll = ({ filter, onDone, onClose }: BulkProps) => {
  const { choice, total, error, refresh } = useBound(filter)
  const [sum, setSum] = useState<ReplaySum | undefined>(undefined)
  const [step, setStep] = useState<'ask' | 'run' | 'stop' | 'done'>('ask')
  const [fault, setFault] = useState('')
  const stopped = useRef(false)

  const run = async (): Promise<void> => {
    setStep('run')
    try {
      setSum(await replayAll(choice, postReplay, setSum, () => stopped.current))
    } catch (thrown) {
      setFault(messageOf(thrown))
    }
    setStep('done')
    onDone()
  }
  const stop = (): void => {
    stopped.current = true
    setStep('stop')
  }
  const through = (sum?.replayed ?? 0) + (sum?.skipped ?? 0)
  const title = step === 'ask' ? 'Replay dead letters?' : step === 'done' ? 'Replayed' : 'Replaying'
  const running = step === 'run' || step === 'stop'
  return (
    <Dialog title={title} onClose={running ? stop : onClose}>
      {step === 'ask' &&
        (total === undefined ? (
          error ? (
            <FaultNotice error={error} onRetry={refresh} />
          ) : (
            <Loading lines={2} />
          )
        ) : (
          <p>
            <Which filter={filter} />: {plural(total, 'dead letter')} now. Each keeps its id and its history,
            has all of its attempts again, and enters its key’s order at the end. Records that are no jobs
            stay here.
          </p>
        ))}
      {running && (
        <div class="stack">
          <p role="status">
            {step === 'stop' ? 'Stops after this request. ' : ''}
            {count(through)} of {plural(total ?? 0, 'dead letter')}
          </p>
          <div
            class="bar"
            role="progressbar"
            aria-label="Replayed"
            aria-valuemin={0}
            aria-valuemax={total ?? 0}
            aria-valuenow={through}
          >
            <span style={{ width: `${total ? Math.min(100, (100 * through) / total) : 0}%` }} />
          </div>
        </div>
      )}
      {step === 'done' && (
        <p role="status">
          {sum ? sumWords(sum) : ''}{' '}
          {sum && sum.replayed > 0 && <a href={watchLink.href}>{watchLink.text}</a>}
        </p>
      )}
      {fault !== '' && (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
      <div class="row end">
        {step === 'ask' && (
          <>
            <button type="button" onClick={onClose}>
              Not now
            </button>
            <button type="button" class="primary" disabled={!total} onClick={run}>
              Replay {total === undefined ? '' : count(total)}
            </button>
          </>
        )}
        {running && (
          <button type="button" disabled={step === 'stop'} onClick={stop}>
            Stop
          </button>
        )}
        {step === 'done' && (
          <button type="button" class="primary" onClick={onClose}>
            Close
          </button>
        )}
      </div>
    </Dialog>
  )
}

/** What is selected, dropped once that is confirmed. */
export const DropSome = ({
  count: number,
  onDrop,
  onClose,
}: {
  readonly count: number
  readonly onDrop: () => Promise<unknown>
  readonly onClose: () => void
}) => (
  <Confirm
    title={`Drop ${plural(number, 'dead letter')}?`}
    action={`Drop ${count(number)}`}
    danger
    onConfirm={onDrop}
    onClose={onClose}
  >
    <p>
      {number === 1
        ? 'Its job stays dead, and can’t be replayed any more.'
        : 'Their jobs stay dead, and can’t be replayed any more.'}
    </p>
  </Confirm>
)
