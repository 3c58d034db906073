import { Socket } from 'node:net'
import { afterAll, expect } from 'vitest'

// No driver may talk to anything but the configured server: telemetry, metadata services, certificate lists.
const reached: string[] = []
const connect = Socket.prototype.connect
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0]
  const host =
    typeof options === 'object' && options !== null && 'host' in options ? options.host : 'localhost'
  const isPath = typeof options === 'object' && options !== null && 'path' in options && options.path
  if (!isPath && host && !/^(127\.|::1$|localhost$)/.test(String(host))) {
    reached.push(String(host))
    process.nextTick(() => this.destroy(new Error(`egress to ${host}`)))
    return this
  }
  return Reflect.apply(connect, this, args)
}

afterAll(() => {
  expect(reached).toEqual([])
})
