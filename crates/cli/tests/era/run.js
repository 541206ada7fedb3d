// Runs the document's JavaScript example as it is printed, and checks what it leaves.
'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { KVStorage, D1Storage, R2Storage } = require('./era_storage.js');

async function main() {
  const text = readFileSync(join(__dirname, 'sdk.js'), 'utf8');
  const names = '{ data, keys, users, content, objects }';
  const AsyncFunction = (async () => {}).constructor;
  const left = await new AsyncFunction('require', `${text}\nreturn ${names};`)(require);
  assert.equal(left.data, '{"name":"Alice"}');
  assert.deepEqual(left.keys, [{ name: 'user:123', metadata: null }]);
  assert.equal(await KVStorage.get('app1', 'user:123'), null);
  assert.deepEqual(left.users, [{ id: 1, name: 'Bob' }]);
  assert.equal(Buffer.from(left.content).toString(), 'Hello World!');
  assert.deepEqual(left.objects, []);
  assert.equal(await R2Storage.get('app1', 'file.txt'), null);

  // What the SDK promises besides.
  assert.equal(await KVStorage.set('app1', 'a&b=c', 'v', { version: 1 }), true);
  assert.deepEqual(await KVStorage.list('app1', 'a&b='), [{ name: 'a&b=c', metadata: { version: 1 } }]);
  assert.equal(await KVStorage.get('app1', 'a&b=c'), 'v');
  await assert.rejects(KVStorage.list('app1', '', 0), { message: 'KV list failed: Invalid request' });
  assert.equal(await KVStorage.delete('app1', 'never'), true);
  const renamed = await D1Storage.exec('app1', 'UPDATE users SET name = ? WHERE id = ?', ['Ada', 1]);
  assert.equal(renamed.success, true);
  assert.equal(renamed.meta.changes, 1);
  assert.deepEqual(await D1Storage.query('app1', 'SELECT name FROM users'), [{ name: 'Ada' }]);
  await assert.rejects(D1Storage.query('app1', 'SELEC'), { message: 'D1 query failed: D1 query failed' });
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(await R2Storage.put('app1', 'uploads/all', bytes, { type: 'bytes' }), true);
  assert.deepEqual(await R2Storage.get('app1', 'uploads/all'), bytes);
  const [entry, ...others] = await R2Storage.list('app1', 'uploads/');
  assert.deepEqual([entry.key, entry.size, others.length], ['uploads/all', 256, 0]);
  assert.ok(!Number.isNaN(Date.parse(entry.uploaded)));
  assert.equal(await R2Storage.delete('app1', 'never'), true);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
