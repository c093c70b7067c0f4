/** Cron expressions and intervals in words. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { intervalWords, inUnits } from '../../web/console/schedules/interval-words.ts'
import { cronWords, timingWords } from '../../web/console/schedules/timing-words.ts'

const test = suite('web: timing in words')

const known: Readonly<Record<string, string>> = {
  '* * * * *': 'every minute',
  '*/5 * * * *': 'every 5 min',
  '0 * * * *': 'every hour',
  '30 * * * *': 'every hour at :30',
  '0,30 * * * *': 'every hour at :00 and :30',
  '0 */6 * * *': 'every 6 h',
  '15 */2 * * *': 'every 2 h at :15',
  '30 2 * * *': 'every day at 02:30',
  '0 8,12,18 * * *': 'every day at 08:00, 12:00 and 18:00',
  '0 9-17 * * *': 'every hour from 09:00 to 17:00',
  '*/15 8-18 * * 1-5': 'every 15 min from 08:00 to 18:45, Monday to Friday',
  '0 9 * * 1-5': 'Monday to Friday at 09:00',
  '0 9 * * MON-FRI': 'Monday to Friday at 09:00',
  '0 9 * * MON,WED,FRI': 'on Mon, Wed and Fri at 09:00',
  '0 9 * * 0': 'every Sunday at 09:00',
  '0 9 * * 7': 'every Sunday at 09:00',
  '0 9 * * 6,0': 'on Saturday and Sunday at 09:00',
  '0 9 * * 1#1': 'on the 1st Monday of the month at 09:00',
  '0 9 * * 5L': 'on the last Friday of the month at 09:00',
  '0 0 1 * *': 'on the 1st of each month at 00:00',
  '0 0 1,15 * *': 'on the 1st and 15th of each month at 00:00',
  '0 18 L * *': 'on the last day of each month at 18:00',
  '0 18 15W * *': 'on the weekday nearest the 15th of each month at 18:00',
  '0 6 24 12 *': 'on the 24th of December at 06:00',
  '0 6 * 6-8 *': 'every day in the months from June to August at 06:00',
  '*/10 * * JAN *': 'every 10 min in January',
  '* * * * * *': 'every second',
  '*/10 * * * * *': 'every 10 s',
  '0 */5 * * * *': 'every 5 min',
  '@hourly': 'every hour',
  '@daily': 'every day at 00:00',
  '@weekly': 'every Sunday at 00:00',
  '@monthly': 'on the 1st of each month at 00:00',
  '@Yearly': 'on the 1st of January at 00:00',
}

test('common shapes are told in words', () => {
  for (const [expression, words] of Object.entries(known)) assert.is(cronWords(expression), words, expression)
})

test('what words would tell wrongly, or at length, is left to the expression', () => {
  for (const expression of [
    '*/7 * * * *',
    '0 */5 * * *',
    '0 0 13 * 5',
    '1-20 * * * *',
    '0 0 */3 * *',
    '30 0 0 1 1 *',
    '5,10 */2 * * *',
    '0 1,2,3,4,5 * * *',
    '0,15,30,45 8-10 * * *',
    '0 9 * * 1-9',
    'nonsense',
    '* * *',
    '',
  ])
    assert.is(cronWords(expression), undefined, expression)
  assert.is(timingWords({ cron: '*/7 * * * *' }), '*/7 * * * *')
})

test('an interval is told in the largest unit that fits', () => {
  assert.is(intervalWords(1_000), 'every second')
  assert.is(intervalWords(20_000), 'every 20 s')
  assert.is(intervalWords(90_000), 'every 90 s')
  assert.is(intervalWords(5_400_000), 'every 90 min')
  assert.is(intervalWords(86_400_000), 'every day')
  assert.is(intervalWords(172_800_000), 'every 2 days')
  assert.equal(inUnits(1_500), { number: 1.5, unit: 's' })
})

test.run()
