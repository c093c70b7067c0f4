/**
 * Answers of Kafka as whole frames, for kafkajs: it takes a stream in pieces too, but keeps a piece that was not completed when
 * its connection broke, and reads the answers of the next connection as the rest of it: from then on it understands none.
 */
import type { Socket } from 'node:net'

/** Gives whole frames (a length of 32 bits, then as many bytes) of a stream that arrives in pieces. */
export const wholeFrames = (onFrame: (frame: Buffer) => void): ((piece: Buffer) => void) => {
  let pieces: Buffer[] = []
  let length = 0
  /** Bytes of the first frame, its length included; 4 as long as that is not known. */
  let needed = 4
  return (piece) => {
    pieces.push(piece)
    length += piece.length
    while (length >= needed) {
      const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
      pieces = [all]
      needed = 4 + all.readInt32BE(0)
      if (length < needed) return
      onFrame(all.subarray(0, needed))
      pieces = length > needed ? [all.subarray(needed)] : []
      length -= needed
      needed = 4
    }
  }
}

/** The same socket, of which who listens to its data from now on gets whole frames alone. */
export const inFrames = (socket: Socket): Socket => {
  const listen = socket.on.bind(socket)
  socket.on = (event: string, listener: (...args: never[]) => void) => {
    const onData = listener as (data: Buffer) => void
    return listen(event, event === 'data' ? wholeFrames(onData) : onData)
  }
  return socket
}
