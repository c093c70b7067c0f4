/** A type of jobs: what it is, what it does now, and how it is limited. */
import { useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import { count, rate } from '../../kit/format.ts'
import { Json } from '../../kit/parts/json.tsx'
import { Prose } from '../../kit/parts/prose.tsx'
import { Switch } from '../../kit/parts/switch.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { LimitEditor } from './limit-editor.tsx'
import type { TypeLine } from './lines.ts'

const Rate = ({ value, label }: { readonly value: number | undefined; readonly label: string }) => (
  <td class="number ty-now" data-label={label}>
    {value === undefined ? <span class="soft">–</span> : rate(value)}
  </td>
)

export const TypeRow = ({
  line,
  columns,
  onChange,
}: {
  readonly line: TypeLine
  readonly columns: number
  readonly onChange: () => void
}) => {
  const [open, setOpen] = useState(false)
  const { type, description, thread, control, schema, activity, limit, held } = line
  const name = encodeURIComponent(type)
  const path = `/limits/types/${name}`
  const isPaused = limit?.paused ?? false
  const pause = async (on: boolean): Promise<void> => {
    await api(`/types/${name}/${on ? 'resume' : 'pause'}`, { method: 'POST' })
    tell(on ? `${type} starts again.` : `${type} is paused: accepted jobs wait, running ones run on.`)
    onChange()
  }
  const running = activity?.running ?? limit?.running
  return (
    <>
      <tr class={open ? 'ty-opened' : undefined}>
        <td class="ty-type">
          <div class="row">
            <strong>{type}</strong>
            {thread && (
              <span class="ty-tag" title="Runs in a thread of its own: work for the processor">
                thread
              </span>
            )}
            {control && (
              <span class="ty-tag" title="Runs on the master’s own node">
                control
              </span>
            )}
            {schema === undefined && <span class="badge warn">No handler</span>}
          </div>
          <p class="small soft">
            {description !== undefined && <Prose text={description} />}
            {schema === undefined && 'Jobs of it wait, but nothing here can run them.'}
          </p>
        </td>
        <td class="number ty-now" data-label="Running">
          {running === undefined ? <span class="soft">–</span> : count(running)}
        </td>
        <Rate label="Starts/s" value={activity?.startRate} />
        <Rate label="Ends/s" value={activity?.endRate} />
        <td class={`number ty-now ${activity && activity.failRate > 0 ? 'ty-bad' : ''}`} data-label="Fails/s">
          {activity ? rate(activity.failRate) : <span class="soft">–</span>}
        </td>
        <td class="ty-starts">
          <Switch on={!isPaused} label={type} words={['Paused', 'Active']} onChange={pause} />
        </td>
        <td class="ty-limit">
          <LimitEditor
            limit={limit ?? {}}
            of={type}
            onSave={async (body) => {
              await api(path, { method: 'PUT', body })
              onChange()
            }}
            onLift={
              limit
                ? async () => {
                    await api(path, { method: 'DELETE' })
                    tell(`${type} is limited no more.`)
                    onChange()
                  }
                : undefined
            }
          />
        </td>
        <td class="number ty-held" data-label="Held">
          {held === 0 ? <span class="soft">0</span> : count(held)}
        </td>
        <td class="tight ty-links">
          <div class="row">
            {schema !== undefined && <a href={`/post?type=${name}`}>Post one</a>}
            <a href={`/jobs?type=${name}`}>Jobs</a>
            {schema !== undefined && (
              <button
                type="button"
                class="quiet"
                aria-expanded={open}
                aria-label={`Schema of ${type}`}
                onClick={() => setOpen(!open)}
              >
                Schema
              </button>
            )}
          </div>
        </td>
      </tr>
      {open && (
        <tr class="ty-open">
          <td colSpan={columns}>
            <Json value={schema} label={`Schema of ${type}`} />
          </td>
        </tr>
      )}
    </>
  )
}
