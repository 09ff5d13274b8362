// Probes as the kubelet makes them, against programs that run here.
'use strict';

// Whether a probe passes: GET of its path. `address` has the HOST:PORT of each named port.
async function probe({ httpGet: { path, port } }, address) {
  const reply = await fetch(`http://${address[port]}${path}`);
  await reply.arrayBuffer();
  return reply.status >= 200 && reply.status < 400;
}

async function until(what, condition) {
  for (const end = Date.now() + 20000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not in time: ${what}`);
}

module.exports = { probe, until };
