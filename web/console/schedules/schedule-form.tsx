/** Creates a schedule, or changes one: all that it can say, the seldom parts put away. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { api, isApiError } from '../../kit/api/client.ts'
import { messageOf } from '../../kit/api/problem.ts'
import type { Schedule } from '../../kit/api/schedule-types.ts'
import type { JobType } from '../../kit/api/types.ts'
import { readersZone } from '../../kit/local-time.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { TextField } from '../../kit/parts/field.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { useTypes } from '../use-types.ts'
import {
  bodyOf,
  emptyForm,
  type Faults,
  type FieldName,
  faultsOf,
  formOf,
  type ScheduleForm,
} from './form.ts'
import { JobFields } from './job-fields.tsx'
import { schedulePath } from './schedule-actions.tsx'
import { fieldOf, WayFields, WhenFields } from './schedule-fields.tsx'

const saidOf = (thrown: unknown, form: ScheduleForm): Faults => {
  if (!isApiError(thrown)) return { '': messageOf(thrown) }
  if (thrown.code === 'SCHEDULE_EXISTS') return { name: 'There is a schedule of this name' }
  return thrown.faults.length > 0 ? faultsOf(thrown.faults, form) : { '': thrown.message }
}

const Form = ({
  first,
  before,
  types,
  action,
  onSave,
  back,
}: {
  readonly first: ScheduleForm
  readonly before?: Schedule
  readonly types: readonly JobType[] | undefined
  readonly action: string
  readonly onSave: (name: string, body: unknown) => Promise<unknown>
  readonly back: string
}) => {
  const [form, setForm] = useState(first)
  const [faults, setFaults] = useState<Faults>({})
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState(0)

  const set = (change: Partial<ScheduleForm>): void => {
    setForm((known) => ({ ...known, ...change }))
    // What is being mended is not wrong any more, as far as is known.
    const changed = Object.keys(change) as FieldName[]
    setFaults((known) => ({
      ...known,
      ...Object.fromEntries(changed.map((it) => [it, undefined])),
      '': undefined,
    }))
  }
  const parts = { form, faults, set }
  const refuse = (said: Faults): void => {
    setFaults(said)
    setRefused((it) => it + 1)
  }
  const save = async (): Promise<void> => {
    const made = bodyOf(form, before)
    if ('faults' in made) return refuse(made.faults)
    setBusy(true)
    try {
      await onSave(form.name.trim(), made.body)
    } catch (thrown) {
      refuse(saidOf(thrown, form))
      setBusy(false)
    }
  }

  const isWrong = Object.values(faults).some((it) => it !== undefined)
  const element = useRef<HTMLFormElement>(null)
  // What is wrong is shown, and said: the first field of it.
  useEffect(() => {
    if (refused > 0) element.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [refused])

  return (
    <form
      ref={element}
      class="stack sc-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {before === undefined && (
        <div class="panel sc-group">
          <TextField label="Name" hint="Letters, digits, . _ -" {...fieldOf('name', parts)} />
        </div>
      )}
      <WhenFields {...parts} />
      <JobFields {...parts} types={types} first={first} />
      <WayFields {...parts} />
      {isWrong && (
        <p class="notice bad" role="alert">
          {faults[''] ?? 'Something is not right yet: see the fields.'}
        </p>
      )}
      <div class="row">
        <BusyButton look="primary" busy={busy}>
          {action}
        </BusyButton>
        <a class="button" href={back}>
          Cancel
        </a>
      </div>
    </form>
  )
}

export const NewSchedule = ({ type = '' }: { readonly type?: string | undefined }) => {
  const { route } = useLocation()
  const { types, known } = useTypes()
  return (
    <Form
      first={{ ...emptyForm, type, timezone: readersZone() }}
      types={known ? types : undefined}
      action="Create schedule"
      back="/schedules"
      onSave={async (name, body) => {
        await api('/schedules', { method: 'POST', body: { name, ...(body as object) } })
        tell(`${name} is created.`)
        route(schedulePath(name))
      }}
    />
  )
}

export const EditSchedule = ({
  schedule,
  onSaved,
}: {
  readonly schedule: Schedule
  readonly onSaved: () => void
}) => {
  const { types, known } = useTypes()
  const [first] = useState(() => formOf(schedule))
  const [before] = useState(schedule)
  const path = schedulePath(schedule.name)
  return (
    <Form
      first={first}
      before={before}
      types={known ? types : undefined}
      action="Save changes"
      back={path}
      onSave={async (name, body) => {
        await api(path, { method: 'PUT', body })
        tell(`${name} is changed.`)
        onSaved()
      }}
    />
  )
}
