// A stand-in for the predecessor's JavaScript SDK: the same calls, the same requests on the wire.
//
// Keys go on the wire as they are; only the prefix of a list is percent-encoded.
'use strict';

const base = process.env.ERA_STORAGE_URL || 'http://localhost';

// The reply; null for what is not there.
async function ask(action, method, path, body) {
  const reply = await fetch(`${base}/api/storage/${path}`, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await reply.json();
  if (!reply.ok && reply.status !== 404) {
    throw new Error(`${action} failed: ${told.error}`);
  }
  return reply.ok ? told : null;
}

const page = (prefix, limit) => `?prefix=${encodeURIComponent(prefix)}&limit=${limit}`;

const KVStorage = {
  async set(namespace, key, value, metadata) {
    return (await ask('KV set', 'PUT', `kv/${namespace}/${key}`, { value, metadata })).success;
  },
  // null also for the empty string, as in the predecessor's.
  async get(namespace, key) {
    const found = await ask('KV get', 'GET', `kv/${namespace}/${key}`);
    return (found && found.value) || null;
  },
  async delete(namespace, key) {
    return (await ask('KV delete', 'DELETE', `kv/${namespace}/${key}`)).success;
  },
  async list(namespace, prefix = '', limit = 100) {
    return (await ask('KV list', 'GET', `kv/${namespace}${page(prefix, limit)}`)).keys;
  },
};

const D1Storage = {
  async query(namespace, sql, params = []) {
    return (await ask('D1 query', 'POST', `d1/${namespace}/query`, { sql, params })).results;
  },
  async exec(namespace, sql, params = []) {
    return ask('D1 exec', 'POST', `d1/${namespace}/exec`, { sql, params });
  },
};

const R2Storage = {
  async put(namespace, key, content, metadata = {}) {
    const body = { content: Buffer.from(content).toString('base64'), metadata };
    return (await ask('R2 put', 'PUT', `r2/${namespace}/${key}`, body)).success;
  },
  // null also for an empty object, as in the predecessor's.
  async get(namespace, key) {
    const found = await ask('R2 get', 'GET', `r2/${namespace}/${key}`);
    return found && found.content ? new Uint8Array(Buffer.from(found.content, 'base64')) : null;
  },
  async delete(namespace, key) {
    return (await ask('R2 delete', 'DELETE', `r2/${namespace}/${key}`)).success;
  },
  async list(namespace, prefix = '', limit = 100) {
    return (await ask('R2 list', 'GET', `r2/${namespace}${page(prefix, limit)}`)).objects;
  },
};

module.exports = { KVStorage, D1Storage, R2Storage };
