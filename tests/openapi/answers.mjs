// Whether a reply is what a document says: its status is there, its headers and body fit. Shared by the tests of this folder.
import assert from 'node:assert';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export class Answers {
  constructor(api) {
    this.api = api;
    this.ajv = new Ajv2020({strict: false, allErrors: true});
    addFormats(this.ajv);
    this.ajv.addFormat('uint64', true);
    this.ajv.addFormat('uri', true);  // data URIs of a megabyte are not worth a regular expression
    this.ajv.addSchema(api, 'api');
  }

  resolve(item) {
    return item.$ref ? item.$ref.slice(2).split('/').reduce((at, name) => at[name], this.api) : item;
  }

  // Checks one exchange and returns what the document says of this status.
  check(path, method, reply, text) {
    const operation = this.api.paths[path][method];
    const what = `${method} ${path}: ${reply.status} ${text.slice(0, 400)}`;
    assert.ok(operation.responses[reply.status], `not documented: ${what}`);
    const response = this.resolve(operation.responses[reply.status]);
    for (const name of Object.keys(response.headers ?? {})) {
      const value = reply.headers.get(name);
      const {schema} = this.resolve(response.headers[name]);
      if (value !== null) this.fits(schema.type === 'integer' ? Number(value) : value, schema, `${name}: ${value} of ${what}`);
    }
    const documented = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
    for (const header of Object.keys(this.api.components.headers)) {
      assert.ok(!reply.headers.has(header) || documented.has(header.toLowerCase()), `header ${header} is not documented: ${what}`);
    }
    if (response.content) {
      const type = (reply.headers.get('content-type') ?? '').split(';')[0];
      assert.ok(response.content[type], `type ${type} is not documented: ${what}`);
      if (type === 'application/json') this.fits(JSON.parse(text), response.content[type].schema, what);
    }
    if (reply.status >= 400) {
      const body = JSON.parse(text);
      const reason = body.code ?? body.error?.reason;
      if (reason === undefined) return response;  // fal's own shape has no name for it
      assert.ok(response.content['application/json'].examples[reason], `reason ${reason} is not documented: ${what}`);
    }
    return response;
  }

  fits(value, schema, what) {
    const rebased = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
    const validate = this.ajv.compile(rebased);
    assert.ok(validate(value), `${this.ajv.errorsText(validate.errors)} in ${what}`);
  }
}
