// Runs the receiver of examples/node and tells it webhooks: one that is signed, the same again, one that was changed, one of
// somebody else's, one that is old.
//
// Usage: node receiver.mjs EXAMPLES_DIR. Environment: FLUX_WEBHOOK_SECRET.
import assert from 'node:assert';
import {spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';

const {Webhook} = createRequire(import.meta.url)('standardwebhooks');

const receiver = spawn(process.execPath, [path.join(process.argv[2], 'node/receiver.mjs')],
  {env: {...process.env, PORT: '0'}, stdio: ['ignore', 'pipe', 'inherit']});
let said = '';
const port = await new Promise((resolve, reject) => {
  receiver.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
  receiver.stdout.on('data', (text) => {
    said += text;
    const found = /listening on (\d+)/.exec(said);
    if (found) resolve(found[1]);
  });
});

async function tell(id, body, {secret = process.env.FLUX_WEBHOOK_SECRET, at = new Date(), sent = body} = {}) {
  const reply = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body)},
    body: sent,
  });
  return reply.status;
}

try {
  const body = '{"type":"job.succeeded","data":{"prompt":"schön"}}';
  assert.strictEqual(await tell('m1', body), 204);
  assert.strictEqual(await tell('m1', body), 204);
  assert.strictEqual(await tell('m2', body, {sent: body.replace('succeeded', 'failed')}), 401);
  assert.strictEqual(await tell('m3', body, {secret: `whsec_${Buffer.alloc(32).toString('base64')}`}), 401);
  assert.strictEqual(await tell('m4', body, {at: new Date(Date.now() - 3_600_000)}), 401);
  assert.strictEqual(said.split(body).length, 2, said);
} finally {
  receiver.removeAllListeners('exit');
  receiver.kill();
}
