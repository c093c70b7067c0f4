/** Appends points that somebody pastes, or has in a file. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isAbort } from '../../kit/api/client.ts'
import { messageOf } from '../../kit/api/problem.ts'
import { count, plural } from '../../kit/format.ts'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { TextArea } from '../../kit/parts/field.tsx'
import { randomId } from '../../kit/random-id.ts'
import { MAX_APPEND, readPoints } from './append-text.ts'
import { type Sending, sendPoints } from './send-points.ts'

/** More would be gone from the series at once, and slow to read here. */
const MOST_BYTES = 20_000_000

const outcomeText = ({ appended, late, duplicate, alarms }: Sending): string =>
  [
    `${plural(appended, 'point')} appended`,
    ...(late > 0 ? [`${count(late)} left out as late`] : []),
    ...(duplicate > 0 ? [`${count(duplicate)} left out as of the same time`] : []),
    plural(alarms, 'alarm'),
  ].join(', ')

const Far = ({ sending }: { readonly sending: Sending }) => {
  const { total, accepted, judged } = sending
  const done = judged === total
  return (
    <div class="stack series-far" role="status">
      <span class="small num">
        {done
          ? `${outcomeText(sending)}.`
          : `${count(accepted)} of ${count(total)} accepted, ${count(judged)} judged`}
      </span>
      <div class="bar" aria-hidden="true">
        <span style={{ width: `${((accepted + judged) / (2 * total)) * 100}%` }} />
      </div>
    </div>
  )
}

export const AppendDialog = ({
  name,
  onSent,
  onClose,
}: {
  readonly name: string
  /** Points were accepted. */
  readonly onSent: () => void
  readonly onClose: () => void
}) => {
  const [text, setText] = useState('')
  const [sending, setSending] = useState<Sending>()
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)
  const gone = useRef(new AbortController())
  useEffect(() => () => gone.current.abort(), [])
  const key = useMemo(randomId, [text])
  const { points, faults } = useMemo(() => readPoints(text), [text])

  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return
    if (file.size > MOST_BYTES) return setFault(`${file.name} is larger than 20 MB.`)
    setFault('')
    setSending(undefined)
    setText(await file.text())
  }
  const send = async (): Promise<void> => {
    setBusy(true)
    setFault('')
    try {
      await sendPoints(name, points, key, gone.current.signal, setSending)
      setText('')
      onSent()
    } catch (thrown) {
      if (isAbort(thrown)) return
      setFault(messageOf(thrown))
      onSent()
    }
    setBusy(false)
  }
  const appends = Math.ceil(points.length / MAX_APPEND)
  return (
    <Dialog title={`Append points to ${name}`} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <TextArea
          label="Points"
          rows={8}
          value={text}
          hint="A point a line: timestamp,value or a value alone, in the order of time; empty or null is a missing value."
          fault={faults.join(' ')}
          onChange={(it) => {
            setText(it)
            setSending(undefined)
          }}
        />
        <label class="small series-file">
          <span>or a CSV file</span>
          <input
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
        </label>
        {sending && <Far sending={sending} />}
        {fault !== '' && (
          <p class="notice bad" role="alert">
            {fault}
          </p>
        )}
        <div class="row apart">
          <span class="small soft num">
            {points.length > 0 &&
              faults.length === 0 &&
              `${plural(points.length, 'point')} in ${plural(appends, 'append')}`}
          </span>
          <span class="row">
            <button type="button" onClick={onClose}>
              Close
            </button>
            <button type="submit" class="primary" disabled={busy || points.length === 0 || faults.length > 0}>
              {points.length === 0 ? 'Append points' : `Append ${plural(points.length, 'point')}`}
            </button>
          </span>
        </div>
      </form>
    </Dialog>
  )
}
