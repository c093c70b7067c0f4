/** The jobs: which there are, where they stand, and what can be done to many of them. */
import './jobs.css'
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { addressOf, filterOf } from './filter.ts'
import { JobsFilter } from './jobs-filter.tsx'
import { JobsList } from './jobs-list.tsx'
import { idIn } from './keep-still.ts'

/** A whole id leads to its job at once; anything else says what is missing. */
const JumpToJob = () => {
  const { route } = useLocation()
  const [text, setText] = useState('')
  const [fault, setFault] = useState('')
  const jump = (): void => {
    const id = idIn(text)
    if (id) route(`/jobs/${id}`)
    else setFault('A whole job id is needed: 8-4-4-4-12 digits')
  }
  return (
    <form
      class="jobs-jump"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        jump()
      }}
    >
      <input
        type="search"
        aria-label="Job id"
        placeholder="Go to a job by its id"
        spellcheck={false}
        value={text}
        {...(fault === '' ? {} : { 'aria-invalid': true, 'aria-describedby': 'jump-fault' })}
        onInput={(event) => {
          const typed = event.currentTarget.value
          setText(typed)
          setFault('')
          const id = idIn(typed)
          if (id) route(`/jobs/${id}`)
        }}
      />
      {fault !== '' && (
        <span class="jobs-jump-fault" id="jump-fault" role="alert">
          {fault}
        </span>
      )}
    </form>
  )
}

export const JobsPage = () => {
  const { query } = useLocation()
  const filter = filterOf(query)
  return (
    <>
      <div class="head">
        <h1>Jobs</h1>
        <div class="row">
          <JumpToJob />
          <a class="button primary" href="/post">
            Post a job
          </a>
        </div>
      </div>
      <JobsFilter filter={filter} />
      {/* What is selected, and what keeps still, is so in one list. */}
      <JobsList key={addressOf(filter)} filter={filter} />
      {filter.status === 'queued' && (
        <p class="small soft">
          What waits in the log is listed by the master that accepted it (its last 20,000); parked jobs by
          all. Any job is found by its id.
        </p>
      )}
    </>
  )
}
