/** A limit where it stands in its row: read, changed in place, lifted. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isApiError } from '../../kit/api/client.ts'
import { messageOf } from '../../kit/api/problem.ts'
import type { LimitState } from '../../kit/api/types.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { isLimited, limitWords } from '../limit-words.ts'
import { bodyOf, formOf, type LimitBody, type LimitForm } from './limit-form.ts'

export const LimitFields = ({
  form,
  faults,
  of,
  onChange,
}: {
  readonly form: LimitForm
  readonly faults: Readonly<Record<string, string | undefined>>
  /** What is limited. */
  readonly of: string
  readonly onChange: (form: LimitForm) => void
}) => (
  <>
    <label class="ty-number">
      <input
        type="number"
        inputMode="numeric"
        min={1}
        max={100_000}
        placeholder="any"
        aria-label={`${of}: run at once at most`}
        aria-invalid={faults['concurrency'] !== undefined}
        value={form.concurrency}
        onInput={(event) => onChange({ ...form, concurrency: event.currentTarget.value })}
      />
      at once
    </label>
    <label class="ty-number">
      <input
        type="number"
        inputMode="decimal"
        min={0.01}
        step="any"
        placeholder="any"
        aria-label={`${of}: starts a second at most`}
        aria-invalid={faults['rate'] !== undefined}
        value={form.rate}
        onInput={(event) => onChange({ ...form, rate: event.currentTarget.value })}
      />
      starts/s
    </label>
  </>
)

export const faultsOf = (thrown: unknown): Readonly<Record<string, string>> =>
  isApiError(thrown) && thrown.faults.length > 0
    ? Object.fromEntries(thrown.faults.map(({ path, message }) => [path.slice(1), message]))
    : { '': messageOf(thrown) }

export const FaultLines = ({ faults }: { readonly faults: Readonly<Record<string, string | undefined>> }) => {
  const said = Object.entries(faults).flatMap(([name, text]) =>
    text === undefined ? [] : [name === '' ? text : `${name === 'rate' ? 'starts/s' : 'at once'}: ${text}`],
  )
  return said.length === 0 ? null : (
    <p class="ty-fault" role="alert">
      {said.join('; ')}
    </p>
  )
}

export const LimitEditor = ({
  limit,
  of,
  onSave,
  onLift,
}: {
  readonly limit: Partial<LimitState>
  readonly of: string
  readonly onSave: (body: LimitBody) => Promise<unknown>
  /** Absent: there is nothing to lift. */
  readonly onLift?: (() => Promise<unknown>) | undefined
}) => {
  const [form, setForm] = useState<LimitForm | undefined>(undefined)
  const [faults, setFaults] = useState<Readonly<Record<string, string | undefined>>>({})
  const [busy, setBusy] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const isOpen = form !== undefined
  const wasOpen = useRef(false)
  useEffect(() => {
    if (isOpen) element.current?.querySelector('input')?.focus()
    else if (wasOpen.current) opener.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen])

  const close = (): void => {
    setForm(undefined)
    setFaults({})
  }
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    try {
      await work()
      close()
    } catch (thrown) {
      setFaults(faultsOf(thrown))
    }
    setBusy(false)
  }
  if (!form)
    return (
      <button
        ref={opener}
        type="button"
        class={`quiet ty-edit ${isLimited(limit) ? '' : 'ty-none'}`}
        aria-label={`${limitWords(limit)}: change the limit of ${of}`}
        onClick={() => setForm(formOf(limit))}
      >
        {limitWords(limit)}
      </button>
    )
  const save = (): void => {
    const made = bodyOf(form, limit.paused ?? false)
    if ('faults' in made) setFaults(made.faults)
    else void run(() => onSave(made.body))
  }
  return (
    <form
      ref={element}
      class="ty-editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <LimitFields form={form} faults={faults} of={of} onChange={setForm} />
      <div class="row">
        <BusyButton look="primary" busy={busy}>
          Save
        </BusyButton>
        {onLift && (
          <BusyButton busy={busy} onPress={() => void run(onLift)}>
            Lift
          </BusyButton>
        )}
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
      </div>
      <FaultLines faults={faults} />
    </form>
  )
}
