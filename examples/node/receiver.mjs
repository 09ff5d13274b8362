// Receives the webhooks of jobs: checks each signature, takes each once, and prints what became of the job.
//
// Usage: node receiver.mjs
// Environment: FLUX_WEBHOOK_SECRET (whsec_…, as `flux-gateway keygen --webhook NAME` made it), PORT (default 8000). In front of it
// stands whatever ends TLS: flux-service calls https URLs only, unless its --webhook-allow names the host.
import http from 'node:http';
import {createRequire} from 'node:module';

const {Webhook} = createRequire(import.meta.url)('standardwebhooks');

const webhook = new Webhook(process.env.FLUX_WEBHOOK_SECRET);
const seen = new Set();  // a real one remembers them where its orders are

http.createServer((request, response) => {
  const pieces = [];
  let size = 0;
  request.on('data', (piece) => {
    size += piece.length;
    if (size > 64 << 20) return request.destroy();
    pieces.push(piece);
  });
  request.on('end', () => {
    let told;
    try {
      told = webhook.verify(Buffer.concat(pieces).toString(), request.headers);
    } catch (error) {
      console.error(`refused: ${error.message}`);
      response.writeHead(401).end();
      return;
    }
    // Answer at once, work afterwards: whoever is slow is told again.
    response.writeHead(204).end();
    const id = request.headers['webhook-id'];
    if (seen.has(id)) return;
    seen.add(id);
    console.log(JSON.stringify(told));
  });
}).listen(process.env.PORT ?? 8000, '127.0.0.1', function listening() {
  console.log(`listening on ${this.address().port}`);
});
