/** The job that a schedule starts: its type, its payload, and what is seldom said. */
import type { JobType } from '../../kit/api/types.ts'
import { SelectField, TextArea, TextField } from '../../kit/parts/field.tsx'
import { Json } from '../../kit/parts/json.tsx'
import { emptyForm, type ScheduleForm } from './form.ts'
import { type FieldParts, fieldOf, Group } from './schedule-fields.tsx'

const priorities = [
  ['normal', 'Normal'],
  ['high', 'High'],
  ['low', 'Low'],
] as const

const seldom = ['key', 'priority', 'maxAttempts', 'timeoutMs', 'backoffMs', 'maxBackoffMs'] as const

export const JobFields = ({
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
