/** `node speed-child.ts DETECTOR POINTS`: analyses a series of so many points; prints what it took, as JSON. */
import { analyse } from '../../consumer/detection/analyse.ts'
import { generate } from './generator/generate.ts'

const [detector, points] = process.argv.slice(2)
const { input } = generate(1, { base: 'seasonal', kind: 'mixed', rows: Number(points) })
const before = process.cpuUsage()
const { anomalies } = analyse(input, { detector })
const { user, system } = process.cpuUsage(before)
// The most that was ever resident, in kB: of Node itself, the series and the detector.
const { maxRSS } = process.resourceUsage()
console.log(
  JSON.stringify({ seconds: (user + system) / 1e6, mb: maxRSS / 1024, anomalies: anomalies.length }),
)
