/** The fields of a schedule, in groups: when, what, and what if something is in its way. */
import type { ComponentChildren } from 'preact'
import type { JobType } from '../../kit/api/types.ts'
import { readersZone } from '../../kit/local-time.ts'
import { SelectField, TextArea, TextField } from '../../kit/parts/field.tsx'
import { Json } from '../../kit/parts/json.tsx'
import { emptyForm, type Faults, type FieldName, type ScheduleForm } from './form.ts'
import { cronWords, units } from './timing-words.ts'

export interface FieldParts {
  readonly form: ScheduleForm
  readonly faults: Faults
  readonly set: (change: Partial<ScheduleForm>) => void
}

/** What a field of a text needs. */
export const fieldOf = (name: FieldName, { form, faults, set }: FieldParts) => ({
  value: String(form[name]),
  fault: faults[name],
  onChange: (value: string) => set({ [name]: value }),
})

const unitNames = { s: 'seconds', min: 'minutes', h: 'hours', d: 'days' } as const

const overlaps = [
  ['allow', 'Both run'],
  ['skip', 'Leave the later one out'],
  ['queue', 'One after the other'],
] as const
const misses = [
  ['skip', 'None of them runs'],
  ['once', 'The latest of them runs'],
  ['all', 'Each of them runs (1,000 at most)'],
] as const
const priorities = [
  ['normal', 'Normal'],
  ['high', 'High'],
  ['low', 'Low'],
] as const

const Group = ({
  title,
  about,
  children,
}: {
  readonly title: string
  readonly about?: string
  readonly children: ComponentChildren
}) => (
  <fieldset class="panel sc-group">
    <legend>{title}</legend>
    {about && <p class="small soft">{about}</p>}
    {children}
  </fieldset>
)

export const WhenFields = (parts: FieldParts) => {
  const { form, set } = parts
  const words = form.timing === 'cron' ? cronWords(form.cron) : undefined
  return (
    <Group title="When">
      <div class="sc-choice" role="radiogroup" aria-label="How its times are given">
        {(['cron', 'every'] as const).map((it) => (
          <label key={it} class="check">
            <input
              type="radio"
              name="timing"
              checked={form.timing === it}
              onChange={() => set({ timing: it })}
            />
            {it === 'cron' ? 'At times of the clock (cron)' : 'Every so often'}
          </label>
        ))}
      </div>
      {form.timing === 'cron' ? (
        <div class="sc-fields">
          <TextField
            label="Cron"
            hint={
              words === undefined
                ? 'Minute, hour, day of month, month, day of week. With a field in front: seconds.'
                : `Runs ${words}`
            }
            {...fieldOf('cron', parts)}
          />
          <TextField
            label="Time zone"
            hint="Like Europe/Berlin"
            list="sc-zones"
            {...fieldOf('timezone', parts)}
          />
          <datalist id="sc-zones">
            {['UTC', ...Intl.supportedValuesOf('timeZone')].map((it) => (
              <option key={it} value={it} />
            ))}
          </datalist>
        </div>
      ) : (
        <div class="sc-fields">
          <TextField label="Every" type="number" min={0} step="any" {...fieldOf('every', parts)} />
          <SelectField
            label="Unit"
            options={[...units].reverse().map(([unit]) => [unit, unitNames[unit]] as const)}
            {...fieldOf('unit', parts)}
          />
        </div>
      )}
      <div class="sc-fields">
        <TextField
          label="Not before"
          type="datetime-local"
          step={1}
          hint={`${form.timing === 'every' ? 'Counted from here. ' : ''}In your zone, ${readersZone()}. Empty: from its creation.`}
          {...fieldOf('startAt', parts)}
        />
      </div>
      <p class="small soft">The next runs appear once it is saved.</p>
    </Group>
  )
}

const seldom = ['key', 'priority', 'maxAttempts', 'timeoutMs', 'backoffMs', 'maxBackoffMs'] as const

export const WhatFields = ({
  types,
  first,
  ...parts
}: FieldParts & {
  readonly types: readonly JobType[] | undefined
  /** As it was when the form was opened. */
  readonly first: ScheduleForm
}) => {
  const { form, faults } = parts
  const type = types?.find((it) => it.type === form.type)
  const known = types?.map((it) => it.type) ?? []
  // The handler of what was chosen may be gone.
  const names = form.type === '' || known.includes(form.type) ? known : [...known, form.type]
  const isOpen = seldom.some((it) => first[it] !== emptyForm[it] || faults[it] !== undefined)
  return (
    <Group title="What">
      <div class="sc-fields">
        <SelectField
          label="Job type"
          options={[
            ['', types ? 'Choose a type' : 'Loading…'] as const,
            ...names.map((it) => [it, it] as const),
          ]}
          {...fieldOf('type', parts)}
          hint={type?.description}
        />
      </div>
      <TextArea
        label="Payload (JSON)"
        hint="What each job gets. Empty: none."
        rows={Math.min(16, Math.max(5, form.payload.split('\n').length + 1))}
        {...fieldOf('payload', parts)}
      />
      {type && (
        <details class="sc-more">
          <summary>What the payload of {type.type} may be</summary>
          <Json value={type.schema} label={`Schema of ${type.type}`} />
        </details>
      )}
      <details class="sc-more" open={isOpen}>
        <summary>Key, priority, attempts and time limits</summary>
        <div class="sc-fields">
          <TextField label="Key" hint="Jobs of one key run one after the other" {...fieldOf('key', parts)} />
          <SelectField label="Priority" options={priorities} {...fieldOf('priority', parts)} />
          <TextField
            label="Attempts at most"
            type="number"
            min={1}
            max={100}
            {...fieldOf('maxAttempts', parts)}
          />
          <TextField
            label="Time limit of an attempt, ms"
            type="number"
            min={1}
            {...fieldOf('timeoutMs', parts)}
          />
          <TextField
            label="Backoff, ms"
            type="number"
            min={0}
            hint="Longest wait after the first failure; it doubles"
            {...fieldOf('backoffMs', parts)}
          />
          <TextField label="Longest backoff, ms" type="number" min={0} {...fieldOf('maxBackoffMs', parts)} />
        </div>
      </details>
    </Group>
  )
}

export const WayFields = (parts: FieldParts) => {
  const { form, set } = parts
  return (
    <Group title="If something is in its way">
      <div class="sc-fields">
        <SelectField
          label="The run before has not ended"
          options={overlaps}
          hint={form.overlap === 'queue' ? 'By its key, or by one of the schedule’s own' : undefined}
          {...fieldOf('overlap', parts)}
        />
        <SelectField
          label="Runs were missed by more than 60 s"
          options={misses}
          hint="Because no master was there"
          {...fieldOf('missed', parts)}
        />
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={form.paused}
          onChange={(event) => set({ paused: event.currentTarget.checked })}
        />
        Paused: no runs, and none is made up for
      </label>
    </Group>
  )
}
