/** The analytics page: which part of it stands at which path. */

import { LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { Shell } from '../kit/parts/shell.tsx'
import { Empty } from '../kit/parts/states.tsx'
import { usePage } from '../kit/use-page.ts'
import { AnalysePage } from './analyse/analyse-page.tsx'
import { connection } from './connection.ts'
import { DataSetPage } from './data-sets/data-set-page.tsx'
import { DataSetsPage } from './data-sets/data-sets-page.tsx'
import { ScanPage } from './scans/scan-page.tsx'
import { ScansPage } from './scans/scans-page.tsx'
import { SeriesListPage } from './series/series-list-page.tsx'
import { SeriesPage } from './series/series-page.tsx'

const pages = [
  { href: '/view', label: 'Analyse' },
  { href: '/view/data-sets', label: 'Data sets' },
  { href: '/view/scans', label: 'Scans' },
  { href: '/view/series', label: 'Standing series' },
] as const

/** A link is tested as it is written, with its query. */
const SCOPE = /^\/view([/?]|$)/

const NotFound = () => (
  <Empty title="There is no such page">
    <a href="/view">To the analysis</a>
  </Empty>
)

const Frame = () => {
  const { path } = useLocation()
  const here = pages.find(({ href }) => (href === '/view' ? /^\/view\/?$/.test(path) : path.startsWith(href)))
  usePage(path, `${here?.label ?? 'Analytics'} – AnomalyGuard`)
  const nav = [
    ...pages.map((it) => ({ ...it, current: it === here })),
    { href: '/', label: 'Console', other: true },
    { href: '/api/docs/', label: 'API', other: true },
  ]
  return (
    <Shell home="/view" title="Analytics" nav={nav} connection={connection.value}>
      <Router>
        <Route path="/view" component={AnalysePage} />
        <Route path="/view/data-sets" component={DataSetsPage} />
        <Route path="/view/data-sets/:id" component={DataSetPage} />
        <Route path="/view/scans" component={ScansPage} />
        <Route path="/view/scans/:id" component={ScanPage} />
        <Route path="/view/series" component={SeriesListPage} />
        <Route path="/view/series/:name" component={SeriesPage} />
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
