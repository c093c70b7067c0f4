/** Limits of all keys with a common beginning: made, changed, lifted. */
import { useState } from 'preact/hooks'
import { api } from '../../kit/api/client.ts'
import type { Limit } from '../../kit/api/types.ts'
import { count } from '../../kit/format.ts'
import { BusyButton } from '../../kit/parts/busy-button.tsx'
import { Empty } from '../../kit/parts/states.tsx'
import { Switch } from '../../kit/parts/switch.tsx'
import { tell } from '../../kit/parts/toasts.tsx'
import { FaultLines, faultsOf, LimitEditor, LimitFields } from './limit-editor.tsx'
import { bodyOf, type LimitBody, type LimitForm } from './limit-form.ts'

const pathOfPrefix = (prefix: string): string => `/limits/keys/${encodeURIComponent(prefix)}`

const put = (prefix: string, body: LimitBody): Promise<unknown> =>
  api(pathOfPrefix(prefix), { method: 'PUT', body })

const Row = ({ limit, onChange }: { readonly limit: Limit; readonly onChange: () => void }) => {
  const { keyPrefix: prefix = '', paused, concurrency, rate, running, held } = limit
  const pause = async (on: boolean): Promise<void> => {
    const rest = {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(rate === undefined ? {} : { rate }),
    }
    await put(prefix, { paused: !on, ...rest })
    onChange()
  }
  return (
    <tr>
      <td class="ty-prefix">
        <code>{prefix}</code>
      </td>
      <td class="number ty-now" data-label="Running">
        {running === undefined ? <span class="soft">–</span> : count(running)}
      </td>
      <td class="ty-starts">
        <Switch on={!paused} label={`Keys ${prefix}…`} words={['Paused', 'Active']} onChange={pause} />
      </td>
      <td class="ty-limit">
        <LimitEditor
          limit={limit}
          of={`keys ${prefix}…`}
          onSave={async (body) => {
            await put(prefix, body)
            onChange()
          }}
          onLift={async () => {
            await api(pathOfPrefix(prefix), { method: 'DELETE' })
            tell(`Keys that begin with ${prefix} are limited no more.`)
            onChange()
          }}
        />
      </td>
      <td class="number ty-held" data-label="Held">
        {count(held)}
      </td>
    </tr>
  )
}

const none: LimitForm = { concurrency: '', rate: '' }

const NewLimit = ({ onChange }: { readonly onChange: () => void }) => {
  const [prefix, setPrefix] = useState('')
  const [form, setForm] = useState(none)
  const [faults, setFaults] = useState<Readonly<Record<string, string | undefined>>>({})
  const [busy, setBusy] = useState(false)
  const create = async (): Promise<void> => {
    const made = bodyOf(form, false)
    if ('faults' in made) return setFaults(made.faults)
    if (prefix === '') return setFaults({ '': 'What the keys begin with must be given.' })
    if (form.concurrency.trim() === '' && form.rate.trim() === '')
      return setFaults({ '': 'Give at least one of the two numbers.' })
    setBusy(true)
    try {
      await put(prefix, made.body)
      setFaults({})
      setPrefix('')
      setForm(none)
      onChange()
    } catch (thrown) {
      setFaults(faultsOf(thrown))
    }
    setBusy(false)
  }
  return (
    <form
      class="ty-new"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <label class="ty-number">
        Keys that begin with
        <input
          class="ty-key"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="tenant-a/"
          value={prefix}
          onInput={(event) => setPrefix(event.currentTarget.value)}
        />
      </label>
      <LimitFields form={form} faults={faults} of="New limit" onChange={setForm} />
      <BusyButton busy={busy}>Limit them</BusyButton>
      <FaultLines faults={faults} />
    </form>
  )
}

export const KeyLimits = ({
  limits,
  onChange,
}: {
  readonly limits: readonly Limit[] | undefined
  readonly onChange: () => void
}) => {
  const shown = limits?.filter(({ keyPrefix }) => keyPrefix !== undefined) ?? []
  return (
    <section class="panel" aria-label="Limits of keys">
      <header>
        <h2>Limits of keys</h2>
        <span class="small soft">All keys with the same beginning together, in the whole fleet</span>
      </header>
      {shown.length > 0 && (
        <div class="table">
          <table class="ty-keys">
            <caption class="hidden">Limits of keys by their beginning</caption>
            <thead>
              <tr>
                <th>Keys that begin with</th>
                <th class="number">Running</th>
                <th>State</th>
                <th>Limit</th>
                <th class="number">Held</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((it) => (
                <Row key={it.subject} limit={it} onChange={onChange} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {limits && shown.length === 0 && (
        <Empty title="No keys are limited">
          With one customer’s jobs under keys like <code>tenant-a/…</code>, a limit here keeps them from
          taking the whole fleet.
        </Empty>
      )}
      <NewLimit onChange={onChange} />
    </section>
  )
}
