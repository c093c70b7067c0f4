import { api, el, table } from './dom.js'

const $ = (id) => document.getElementById(id)
const time = (at) => new Date(at).toLocaleTimeString()
const number = new Intl.NumberFormat('en')

const tile = (value, label) => el('div', { class: 'tile' }, el('b', {}, value), el('span', {}, label))

const showScaling = ({ lag, parked, arrivalRate, drainRate, replicas, workers, decisions }) => {
  $('tiles').replaceChildren(
    tile(number.format(lag), 'jobs waiting (lag)'),
    tile(`${number.format(parked.due)} / ${number.format(parked.total)}`, 'parked jobs due / in all'),
    tile(number.format(arrivalRate), 'jobs/s arriving'),
    tile(number.format(drainRate), 'jobs/s finished'),
    tile(
      `${replicas.ready} / ${replicas.desired}`,
      `workers ready / wanted (${replicas.min}–${replicas.max})`,
    ),
  )
  const rows = decisions
    .slice(0, 10)
    .map((it) => [time(it.at), it.from === it.to ? it.to : `${it.from} → ${it.to}`, it.reason])
  $('decisions').replaceChildren(table(['at', 'workers', 'reason'], rows))
  $('workers').replaceChildren(
    table(
      ['node', 'type', 'pid', 'claimed', 'running', 'since'],
      workers.map((it) => [it.id, it.nodeType, it.pid, it.claimed, it.running, time(it.startedAt)]),
    ),
  )
}

const showJobs = ({ jobs }) =>
  $('jobs').replaceChildren(
    table(
      ['submitted', 'type', 'status', 'attempts', 'id'],
      jobs.map((it) => [
        time(it.submittedAt),
        it.type ?? '',
        el('span', it.status === 'dead' ? { class: 'alarm' } : {}, it.status),
        it.attempts.length,
        el('a', { href: `/api/jobs/${it.id}` }, it.id),
      ]),
    ),
  )

const limitText = ({ type, keyPrefix, paused, concurrency, rate, held }) =>
  [
    type === undefined ? `keys ${keyPrefix}…` : type,
    paused ? 'paused' : '',
    concurrency === undefined ? '' : `at most ${number.format(concurrency)} at once`,
    rate === undefined ? '' : `at most ${number.format(rate)}/s`,
    held > 0 ? `${number.format(held)} held` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')

/** Why jobs wait that no worker takes. */
const showLimits = ({ limits }) => {
  $('limits').textContent = limits.length === 0 ? '' : `Limits: ${limits.map(limitText).join(' · ')}`
}

const refresh = async () => {
  try {
    const [scaling, limits, jobs] = await Promise.all([
      api('/scaling'),
      api('/limits'),
      api('/jobs?limit=10'),
    ])
    showScaling(scaling)
    showLimits(limits)
    showJobs(jobs)
    $('fault').textContent = ''
  } catch (error) {
    $('fault').textContent = `The master does not answer: ${error.message}`
  }
  setTimeout(refresh, 1000)
}

$('curl').textContent =
  `curl -s ${location.origin}/api/jobs -H 'content-type: application/json' -H 'prefer: wait=10' \\
  -d '{"type":"sleep","payload":{"ms":500}}'`
refresh()
