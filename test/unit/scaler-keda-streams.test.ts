import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ActivityStreams } from '../../scaler/keda/streams.ts'

const test = suite('streams of activity')

const setUp = () => {
  let now = 0
  const streams = new ActivityStreams(() => now)
  const listen = () => {
    const heard: (boolean | 'end')[] = []
    const forget = streams.add({
      write: ({ result }) => heard.push(result),
      end: () => heard.push('end'),
    })
    return { heard, forget }
  }
  return {
    streams,
    listen,
    pass: (ms: number): void => {
      now += ms
    },
  }
}

test('all hear of work once when it comes, and once when it is over', () => {
  const { streams, listen, pass } = setUp()
  const [a, b] = [listen(), listen()]
  for (const active of [false, true, true, true, false, false]) {
    streams.tell(active, false)
    pass(1_000)
  }
  for (const { heard } of [a, b]) assert.equal(heard, [false, true, false])
})

test('who comes later is told what holds, at once', () => {
  const { streams, listen } = setUp()
  assert.equal(listen().heard, [])
  streams.tell(true, false)
  assert.equal(listen().heard, [true])
  streams.forget()
  assert.equal(listen().heard, [])
})

test('while work finds no worker it is told every two seconds, since KEDA may have missed it', () => {
  const { streams, listen, pass } = setUp()
  const { heard } = listen()
  for (let ms = 0; ms < 8_000; ms += 250) {
    streams.tell(true, true)
    pass(250)
  }
  assert.equal(heard, [true, true, true, true])
  for (let ms = 0; ms < 8_000; ms += 250) {
    streams.tell(true, false)
    pass(250)
  }
  assert.is(heard.length, 4, 'there are workers now')
})

test('who has gone hears nothing any more; the others hear the end', () => {
  const { streams, listen } = setUp()
  const [gone, here] = [listen(), listen()]
  gone.forget()
  streams.tell(true, false)
  streams.end()
  assert.equal(gone.heard, [])
  assert.equal(here.heard, [true, 'end'])
  assert.is(streams.size, 0)
})

test.run()
