// Probes as the kubelet makes them, against programs that run here.
'use strict';
const http2 = require('node:http2');

// Whether a probe passes: GET of its path, or grpc.health.v1.Health/Check for the server as a whole. `address` has the
// HOST:PORT of each named port.
async function probe(probeSpec, address) {
  if (probeSpec.httpGet) {
    const { path: where, port } = probeSpec.httpGet;
    const reply = await fetch(`http://${address[port]}${where}`);
    await reply.arrayBuffer();
    return reply.status >= 200 && reply.status < 400;
  }
  const session = http2.connect(`http://${address.grpc}`);
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const call = session.request({
        ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers',
      });
      const parts = [];
      call.on('data', (part) => parts.push(part)).on('error', reject);
      call.on('end', () => resolve(Buffer.concat(parts).equals(Buffer.from([0, 0, 0, 0, 2, 8, 1]))));  // SERVING
      call.end(Buffer.from([0, 0, 0, 0, 0]));
    });
  } finally {
    session.destroy();
  }
}

async function until(what, condition) {
  for (const end = Date.now() + 20000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not in time: ${what}`);
}

module.exports = { probe, until };
