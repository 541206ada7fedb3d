// Runs the document's JavaScript example as it is printed, and checks what it leaves.
'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { KVStorage } = require('./era_storage.js');

async function main() {
  const text = readFileSync(join(__dirname, 'sdk.js'), 'utf8');
  const AsyncFunction = (async () => {}).constructor;
  const { data, keys } = await new AsyncFunction('require', `${text}\nreturn { data, keys };`)(require);
  assert.equal(data, '{"name":"Alice"}');
  assert.deepEqual(keys, [{ name: 'user:123', metadata: null }]);
  assert.equal(await KVStorage.get('app1', 'user:123'), null);

  // What the SDK promises besides.
  assert.equal(await KVStorage.set('app1', 'a&b=c', 'v', { version: 1 }), true);
  assert.deepEqual(await KVStorage.list('app1', 'a&b='), [{ name: 'a&b=c', metadata: { version: 1 } }]);
  assert.equal(await KVStorage.get('app1', 'a&b=c'), 'v');
  await assert.rejects(KVStorage.list('app1', '', 0), { message: 'KV list failed: Invalid request' });
  assert.equal(await KVStorage.delete('app1', 'never'), true);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
