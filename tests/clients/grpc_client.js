// A gRPC client in another language that knows nothing of the contract: it asks the service for it (reflection),
// over TLS, and then makes a picture.
//
// Usage: node grpc_client.js TARGET CA_FILE [TOKEN]. Exits with 0 when everything is as it should be.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');
const reflection = require('grpc-js-reflection-client');

async function main(target, caFile, token) {
  const credentials = grpc.credentials.createSsl(fs.readFileSync(caFile));
  const metadata = new grpc.Metadata();
  if (token) metadata.set('authorization', `Bearer ${token}`);
  const contract = new reflection.GrpcReflection(target, credentials);
  assert.ok((await contract.listServices('', metadata)).includes('flux.v1.FluxService'));
  const descriptor = await contract.getDescriptorBySymbol('flux.v1.FluxService', metadata);
  const packageObject = descriptor.getPackageObject({keepCase: true, longs: String, enums: String, defaults: false});
  const service = new packageObject.flux.v1.FluxService(target, credentials);

  const call = (method, request) => new Promise((resolve, reject) => {
    const deadline = {deadline: Date.now() + 60_000};
    service[method](request, metadata, deadline, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
  const made = (await call('TextToImage', {
    model: 'text-to-image/schnell',
    prompt: 'a lighthouse',
    parameters: {seed: '18446744073709551615', image_size: {aspect_ratio: '16:9'}},
  })).generation;
  assert.match(made.images[0].url, /^http/);
  assert.strictEqual(made.images[0].width, 1024);
  assert.strictEqual(made.seed, '18446744073709551615');

  const price = (await call('EstimateCost', {
    text_to_image: {model: 'text-to-image/dev', prompt: 'x', parameters: {num_images: 2}},
  })).price;
  assert.strictEqual(price.micro_usd, '50000');

  await assert.rejects(call('TextToImage', {model: 'text-to-image/dev', prompt: 'x', parameters: {num_images: 9}}),
      (error) => error.code === grpc.status.INVALID_ARGUMENT && /num_images/.test(error.details));
  if (token) {
    metadata.set('authorization', 'Bearer wrong');
    await assert.rejects(call('ListModels', {}), (error) => error.code === grpc.status.UNAUTHENTICATED);
  }
  service.close();
}

main(...process.argv.slice(2)).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
