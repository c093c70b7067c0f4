/** A random text that nobody else has made: 128 bits. (`crypto.randomUUID` is there over TLS and on loopback alone.) */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (it) => it.toString(16).padStart(2, '0')).join('')
