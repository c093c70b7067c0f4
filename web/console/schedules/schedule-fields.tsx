/** The fields of a schedule, in groups: when, and what if something is in its way. (What: `job-fields.tsx`.) */
import type { ComponentChildren } from 'preact'
import { readersZone } from '../../kit/local-time.ts'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import type { Faults, FieldName, ScheduleForm } from './form.ts'
import { units } from './interval-words.ts'
import { cronWords } from './timing-words.ts'

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

export const Group = ({
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
