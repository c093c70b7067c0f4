/** Which detector, from which score on, and with which others it is compared. */
import { useEffect, useState } from 'preact/hooks'
import { Action } from '../../kit/parts/action.tsx'
import { Dialog } from '../../kit/parts/dialog.tsx'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import { type DetectorChoice, PREFERRED } from './detectors.ts'
import type { Report, ThresholdMeaning } from './report.ts'
import type { Asked } from './use-detections.ts'

const OWN = 'own'
const OTHER = 'other'

const alarms = (count: number): string => Number(count.toPrecision(2)).toLocaleString('en')

const optionOf = ({ score, expectedFalseAlarms }: ThresholdMeaning): readonly [string, string] => [
  String(score),
  `${score.toFixed(3)} · ${alarms(expectedFalseAlarms)} false in 10,000`,
]

export const Controls = ({
  detectors,
  report,
  onRun,
  onCompare,
}: {
  readonly detectors: readonly DetectorChoice[]
  /** The shown result: what is chosen at first. */
  readonly report: Report | undefined
  readonly onRun: (asked: Asked) => Promise<unknown>
  /** Each at its own threshold, unless one was chosen. */
  readonly onCompare: (names: readonly string[], threshold: number | undefined) => Promise<unknown>
}) => {
  const [detector, setDetector] = useState(report?.asked ?? PREFERRED)
  const [choice, setChoice] = useState(OWN)
  const [typed, setTyped] = useState('0.5')
  const [comparing, setComparing] = useState(false)
  // Another result is shown: the next run is of its detector, unless another one is chosen.
  const asked = report?.asked
  useEffect(() => {
    if (asked !== undefined) setDetector(asked)
  }, [asked])
  const known: readonly DetectorChoice[] =
    detectors.length > 0 ? detectors : [{ name: detector, description: '' }]
  const number = Number(typed)
  const fits = choice !== OTHER || (number > 0 && number < 1)
  const threshold = choice === OWN ? undefined : choice === OTHER ? number : Number(choice)
  return (
    <div class="analyse-controls">
      <SelectField
        label="Detector"
        value={detector}
        options={known.map(({ name }) => [name, name])}
        onChange={setDetector}
      />
      <SelectField
        label="Flag from a score of"
        value={choice}
        options={[
          [OWN, 'the detector’s own'],
          ...(report?.thresholds ?? []).map(optionOf),
          [OTHER, 'another …'],
        ]}
        onChange={setChoice}
      />
      {choice === OTHER && (
        <TextField
          label="Score"
          type="number"
          min={0.01}
          max={0.99}
          step={0.001}
          value={typed}
          onChange={setTyped}
          {...(fits ? {} : { fault: 'between 0 and 1' })}
        />
      )}
      <div class="deeds">
        <Action look="primary" disabled={!fits} onRun={() => onRun({ detector, threshold })}>
          Run {detector}
        </Action>
        <button type="button" onClick={() => setComparing(true)}>
          Compare …
        </button>
      </div>
      <p class="about small soft">{known.find(({ name }) => name === detector)?.description}</p>
      {comparing && (
        <Compare
          detectors={known}
          without={report?.asked}
          onClose={() => setComparing(false)}
          onRun={(names) => onCompare(names, threshold)}
        />
      )}
    </div>
  )
}

const Compare = ({
  detectors,
  without,
  onRun,
  onClose,
}: {
  readonly detectors: readonly DetectorChoice[]
  readonly without: string | undefined
  readonly onRun: (names: readonly string[]) => Promise<unknown>
  readonly onClose: () => void
}) => {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (name: string): void => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    setChosen(next)
  }
  return (
    <Dialog title="Compare detectors" onClose={onClose}>
      <p class="small soft">
        Each runs as a job of its own; its flagged ranges stand in a lane below the chart.
      </p>
      <div class="analyse-compare">
        {detectors
          .filter(({ name }) => name !== without)
          .map(({ name, description }) => (
            <label key={name} class="check">
              <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
              <span>
                <strong>{name}</strong>
                <span class="small soft">{description}</span>
              </span>
            </label>
          ))}
      </div>
      <div class="row end">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <Action
          look="primary"
          disabled={chosen.size === 0}
          onRun={async () => {
            await onRun([...chosen])
            onClose()
          }}
        >
          {chosen.size === 0
            ? 'Run detectors'
            : `Run ${chosen.size} ${chosen.size === 1 ? 'detector' : 'detectors'}`}
        </Action>
      </div>
    </Dialog>
  )
}
