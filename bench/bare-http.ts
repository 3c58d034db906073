import { createServer } from 'node:http'

// The limit of HTTP in bench/import.ts and the destination of bench/plan.ts: takes any request, parses its JSON, says
// 201. Prints its address when it listens.
const answer = '{"message":"success"}'
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    response
      .writeHead(201, { 'content-type': 'application/json', 'content-length': answer.length })
      .end(answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  process.stdout.write(`"http://127.0.0.1:${port}"\n`)
})
process.once('SIGTERM', () => process.exit(0))
