/** The console: which page stands at which path. */
import { LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { Shell } from '../kit/parts/shell.tsx'
import { Empty } from '../kit/parts/states.tsx'
import { usePage } from '../kit/use-page.ts'
import { DeadLettersPage } from './dead-letters/dead-letters-page.tsx'
import { JobPage } from './jobs/job-page.tsx'
import { JobsPage } from './jobs/jobs-page.tsx'
import { connection } from './live.ts'
import { OverviewPage } from './overview/overview-page.tsx'
import { PostPage } from './post/post-page.tsx'
import { SchedulePage } from './schedules/schedule-page.tsx'
import { SchedulesPage } from './schedules/schedules-page.tsx'
import { TypesPage } from './types/types-page.tsx'
import { WorkersPage } from './workers/workers-page.tsx'

const pages = [
  { href: '/', label: 'Overview' },
  { href: '/jobs', label: 'Jobs' },
  { href: '/workers', label: 'Workers' },
  { href: '/types', label: 'Types' },
  { href: '/schedules', label: 'Schedules' },
  { href: '/dead-letters', label: 'Dead letters' },
  { href: '/post', label: 'Post a job' },
] as const

/** What is not the console's is another page: a link there leaves it. It is tested as it is written, with its query. */
const SCOPE = /^\/(?!(view|api|metrics)([/?]|$))/

const NotFound = () => (
  <Empty title="There is no such page">
    <a href="/">To the overview</a>
  </Empty>
)

const Frame = () => {
  const { path } = useLocation()
  const here = pages.find(({ href }) => (href === '/' ? path === '/' : path.startsWith(href)))
  usePage(path, here && here.href !== '/' ? `${here.label} – AnomalyGuard` : 'AnomalyGuard')
  const nav = [
    ...pages.map((it) => ({ ...it, current: it === here })),
    { href: '/view', label: 'Analytics', other: true },
    { href: '/api/docs/', label: 'API', other: true },
  ]
  return (
    <Shell home="/" title="AnomalyGuard" nav={nav} connection={connection.value}>
      <Router>
        <Route path="/" component={OverviewPage} />
        <Route path="/jobs" component={JobsPage} />
        <Route path="/jobs/:id" component={JobPage} />
        <Route path="/workers" component={WorkersPage} />
        <Route path="/types" component={TypesPage} />
        <Route path="/schedules" component={SchedulesPage} />
        <Route path="/schedules/:name" component={SchedulePage} />
        <Route path="/dead-letters" component={DeadLettersPage} />
        <Route path="/post" component={PostPage} />
        <Route default component={NotFound} />
      </Router>
    </Shell>
  )
}

export const App = () => (
  <LocationProvider scope={SCOPE}>
    <Frame />
  </LocationProvider>
)
