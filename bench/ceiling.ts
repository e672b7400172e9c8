// The ceiling: a bare Fastify 5 handler on POST /v1/submissions that parses the same body and answers 202 in the
// same shape, with nothing behind it. What any service on this runtime and this machine could reach at most.
// Run as a child process: `node bench/ceiling.ts PORT`; prints `ready` when it listens, stops on SIGTERM.
import Fastify from 'fastify'

type Submission = { submissionId: string }

const port = Number(process.argv[2])
const app = Fastify({ bodyLimit: 256 * 1024 })
/** As long as a real receipt in a commit of sixteen entries: four path hashes. */
const receipt = {
  sha256: '0'.repeat(64),
  position: 123_456,
  logIndex: 123_455,
  group: [123_450, 16],
  path: Array.from({ length: 4 }, () => `${'A'.repeat(43)}=`),
  signature: `${'A'.repeat(86)}==`,
  key: '00000000',
}

app.post<{ Body: Submission }>('/v1/submissions', (request, reply) => {
  reply.code(202).send({
    status: 'received',
    message: 'Received, processing in the background',
    submissionId: request.body.submissionId,
    receivedAt: new Date().toISOString(),
    receipt,
  })
})

await app.listen({ host: '127.0.0.1', port })
process.on('SIGTERM', () => process.exit(0))
console.log('ready')
