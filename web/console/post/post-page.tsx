/** Post a job: choose its type, fill in what its schema asks for. */
import './post.css'
import '../jobs/job.css'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { api, isApiError } from '../../kit/api/client.ts'
import { pathOf } from '../../kit/api/path.ts'
import { ApiError, unreachable } from '../../kit/api/problem.ts'
import type { JobType } from '../../kit/api/types.ts'
import { SelectField } from '../../kit/parts/field.tsx'
import { Empty, FaultNotice, Loading } from '../../kit/parts/states.tsx'
import { useTypes } from '../use-types.ts'
import { PostForm } from './post-form.tsx'
import { type Options, refill } from './submission.ts'

const About = ({ type }: { readonly type: JobType }) => (
  <p class="post-about small soft">
    {type.description}
    {type.thread && <span class="post-tag">runs in a thread</span>}
    {type.control && <span class="post-tag">control: runs on the master</span>}
    {type.limit?.paused && <span class="post-tag warn">paused: it will wait</span>}
  </p>
)

/** Nothing is chosen yet: what there is. */
const TypeList = ({ types }: { readonly types: readonly JobType[] }) => (
  <section class="panel" aria-labelledby="types">
    <header>
      <h2 id="types">Choose a type</h2>
    </header>
    <ul class="post-types">
      {types.map((it) => (
        <li key={it.type}>
          <a href={pathOf('/post', { type: it.type })}>{it.type}</a>
          <About type={it} />
        </li>
      ))}
    </ul>
  </section>
)

/** What a dead letter has kept fills the form; where it has gone, the form is empty. */
const Refilled = ({
  type,
  from,
  options,
}: {
  readonly type: JobType
  readonly from: string
  readonly options: Partial<Options>
}) => {
  const [letter, setLetter] = useState<{ readonly value?: unknown } | ApiError | undefined>(undefined)
  useEffect(() => {
    const gone = new AbortController()
    api<{ readonly value?: unknown }>(`/dead-letters/${encodeURIComponent(from)}`, {
      signal: gone.signal,
    }).then(setLetter, (thrown: unknown) => {
      if (!gone.signal.aborted) setLetter(isApiError(thrown) ? thrown : unreachable())
    })
    return () => gone.abort()
  }, [from])
  if (!letter) return <Loading lines={4} what="Loading what it was posted with" />
  if (letter instanceof ApiError)
    return (
      <>
        <div class="notice warn" role="status">
          What the job was posted with can’t be filled in: {letter.message}
        </div>
        <PostForm type={type} payload={undefined} options={options} />
      </>
    )
  const known = refill(letter.value)
  return <PostForm type={type} payload={known.payload} options={{ ...known.options, ...options }} />
}

const priorityOf = (text: string | undefined): Options['priority'] =>
  text === 'high' || text === 'low' ? text : 'normal'

export const PostPage = () => {
  const { query, route } = useLocation()
  const { types, known, error, refresh } = useTypes()
  const { type: name = '', from = '', key = '', priority } = query
  const type = types.find((it) => it.type === name)
  const options = { key, priority: priorityOf(priority) }
  return (
    <>
      <div class="head">
        <h1>Post a job</h1>
      </div>
      <FaultNotice error={error} stale={known} onRetry={refresh} />
      {!known && !error && (
        <section class="panel" aria-label="Job types">
          <Loading lines={6} what="Loading job types" />
        </section>
      )}
      {known && types.length === 0 && (
        <Empty title="There are no job types">
          <span>Handlers make them: see HANDLERS in the configuration.</span>
        </Empty>
      )}
      {known && name !== '' && !type && (
        <div class="notice bad" role="alert">
          There is no job type {name} here.
        </div>
      )}
      {type ? (
        <>
          <div class="post-type">
            <SelectField
              label="Type"
              value={name}
              options={types.map((it) => [it.type, it.type] as const)}
              onChange={(chosen) => route(pathOf('/post', { type: chosen }))}
            />
            <About type={type} />
          </div>
          {from === '' ? (
            <PostForm key={name} type={type} payload={undefined} options={options} />
          ) : (
            <Refilled key={`${name} ${from}`} type={type} from={from} options={options} />
          )}
        </>
      ) : (
        types.length > 0 && <TypeList types={types} />
      )}
    </>
  )
}
