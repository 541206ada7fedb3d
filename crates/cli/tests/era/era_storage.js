// A stand-in for the KV part of the predecessor's JavaScript SDK: the same calls, the same requests on the wire.
'use strict';

const base = process.env.ERA_STORAGE_URL || 'http://localhost';

async function ask(action, method, path, body) {
  const reply = await fetch(`${base}/api/storage/kv/${path}`, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = await reply.json();
  if (!reply.ok && reply.status !== 404) {
    throw new Error(`KV ${action} failed: ${told.error}`);
  }
  return reply.ok ? told : null;
}

// Keys go on the wire as they are; only the prefix of a list is percent-encoded.
const KVStorage = {
  async set(namespace, key, value, metadata) {
    return (await ask('set', 'PUT', `${namespace}/${key}`, { value, metadata })).success;
  },
  async get(namespace, key) {
    const found = await ask('get', 'GET', `${namespace}/${key}`);
    return (found && found.value) || null;
  },
  async delete(namespace, key) {
    return (await ask('delete', 'DELETE', `${namespace}/${key}`)).success;
  },
  async list(namespace, prefix = '', limit = 100) {
    return (await ask('list', 'GET', `${namespace}?prefix=${encodeURIComponent(prefix)}&limit=${limit}`)).keys;
  },
};

module.exports = { KVStorage, D1Storage: {}, R2Storage: {} };
