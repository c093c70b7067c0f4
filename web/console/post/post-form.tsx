/** The form of one job type: payload, options, copies; and the same as a command. */
import { useCallback, useMemo, useRef, useState } from 'preact/hooks'
import type { ApiError } from '../../kit/api/problem.ts'
import { token } from '../../kit/api/token.ts'
import type { JobType } from '../../kit/api/types.ts'
import { count, plural } from '../../kit/format.ts'
import { CopyButton } from '../../kit/parts/copy.tsx'
import { TextBlock } from '../../kit/parts/text-block.tsx'
import { WholeField } from './amount-fields.tsx'
import { JsonLeaf } from './draft-fields.tsx'
import { faultWithin } from './faults.ts'
import { FieldView } from './field-view.tsx'
import { initialOf } from './form-value.ts'
import { OptionsForm } from './options-form.tsx'
import { PostedPanel } from './posted.tsx'
import { formOf } from './schema-form.ts'
import { curlOf, noOptions, type Options, submissionOf } from './submission.ts'
import { usePost } from './use-post.ts'

const MAX_COPIES = 1_000

/** Copies have no key that makes their repeat harmless. */
const faultWords = ({ status, message, faults }: ApiError, copies: number): string => {
  if (faults.length > 0) return `Not posted. ${plural(faults.length, 'value')} can’t be as filled in.`
  if (status !== 0 && status < 500) return message
  const said = status === 0 ? 'The API can’t be reached: it is not known what has arrived.' : message
  return `${said} ${copies > 1 ? 'Look at the list of jobs before you post again.' : 'Post again: it stays one job.'}`
}

const Curl = ({ text }: { readonly text: string }) => (
  <section class="panel" aria-labelledby="curl">
    <header>
      <h2 id="curl">As a command</h2>
      <CopyButton text={text} what="Command" />
    </header>
    <div class="body">
      <TextBlock text={text} label="Command" />
    </div>
  </section>
)

export const PostForm = ({
  type,
  payload,
  options: given,
}: {
  readonly type: JobType
  /** What is filled in already. */
  readonly payload: unknown
  readonly options: Partial<Options>
}) => {
  const field = useMemo(() => formOf(type.schema), [type.schema])
  const [value, setValue] = useState<unknown>(() => payload ?? initialOf(field, true))
  const [options, setOptions] = useState<Options>({ ...noOptions, ...given })
  const [isJson, setJson] = useState(false)
  const [copies, setCopies] = useState<number | undefined>(1)
  const { post, isBusy, error, posted, clearError } = usePost()
  const form = useRef<HTMLFormElement>(null)
  const result = useRef<HTMLDivElement>(null)
  const drafts = useRef(new Map<string, string>())
  const onDraft = useCallback((pointer: string, fault: string | undefined): void => {
    if (fault === undefined) drafts.current.delete(pointer)
    else drafts.current.set(pointer, fault)
  }, [])
  const faults = error?.faults ?? []
  const parts = { faults, onDraft }
  const body = submissionOf(type.type, value, options)
  const many = Math.min(MAX_COPIES, Math.max(1, Math.floor(copies ?? 1)))

  /** What is wrong is filled in next; gives whether something is. */
  const focusFault = (): boolean => {
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    first?.focus()
    return first !== null && first !== undefined
  }
  const submit = async (): Promise<void> => {
    if (isBusy) return
    if (drafts.current.size > 0) return void focusFault()
    const isDone = await post(body, many)
    // After the faults, or the result, are there.
    setTimeout(() => {
      if (isDone) result.current?.scrollIntoView({ block: 'nearest' })
      else if (!focusFault()) form.current?.querySelector<HTMLElement>('.post-fault')?.focus()
    })
  }
  const show = (json: boolean): void => {
    // A text that is no value yet would be lost.
    if (drafts.current.size > 0) focusFault()
    else setJson(json)
  }
  const common = {
    name: 'Payload',
    pointer: '/payload',
    value,
    onChange: setValue,
    isRequired: true,
    form: parts,
  } as const
  const isPlain = field.kind === 'json'
  return (
    <div class="post">
      <form
        class="panel post-form"
        ref={form}
        noValidate
        aria-label={`Post a job of the type ${type.type}`}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <header>
          <h2>Payload</h2>
          {!isPlain && (
            <div class="segments" role="group" aria-label="How it is filled in">
              <button type="button" aria-pressed={!isJson} onClick={() => show(false)}>
                Form
              </button>
              <button type="button" aria-pressed={isJson} onClick={() => show(true)}>
                JSON
              </button>
            </div>
          )}
        </header>
        <div class="body stack">
          {error && (
            <div class="notice bad post-fault" role="alert" tabindex={-1}>
              <span>{faultWords(error, many)}</span>
              <button type="button" class="quiet" onClick={clearError}>
                Dismiss
              </button>
            </div>
          )}
          {isJson || isPlain ? (
            <JsonLeaf
              key="json"
              {...common}
              isBare
              isRequired={false}
              field={{ kind: 'json' }}
              rows={isPlain ? 6 : 14}
            />
          ) : (
            <FieldView {...common} field={field} isRoot />
          )}
          {isPlain && <p class="hint">Any JSON, or nothing at all.</p>}
          <OptionsForm options={options} onChange={setOptions} faults={faults} isControl={type.control} />
          <div class="post-end">
            <WholeField
              label="Copies"
              value={copies}
              max={MAX_COPIES}
              fault={faultWithin(faults, '/copies')}
              onChange={setCopies}
            />
            <button
              type="submit"
              class="primary"
              aria-disabled={isBusy}
              onClick={(event) => {
                // The second click of a double one means no second job, however soon the first was accepted.
                if (event.detail > 1) event.preventDefault()
              }}
            >
              {many > 1 ? `Post ${count(many)} jobs` : posted ? 'Post another' : 'Post the job'}
            </button>
          </div>
        </div>
      </form>
      <div class="stack post-side">
        <div ref={result}>{posted && <PostedPanel posted={posted} />}</div>
        <Curl
          text={curlOf({
            origin: location.origin,
            body,
            copies: many,
            withToken: token.value !== undefined,
          })}
        />
      </div>
    </div>
  )
}
