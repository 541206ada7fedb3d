"""A stand-in for the predecessor's Python SDK: the same calls, the same requests on the wire.

Keys and prefixes go on the wire as they are, not percent-encoded.
"""

import base64
import json
import os
import urllib.error
import urllib.request

_BASE = os.environ.get("ERA_STORAGE_URL", "http://localhost")


def _ask(action, method, path, body=None):
    """The reply; None for what is not there."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{_BASE}/api/storage/{path}", data=data, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Exception(f"{action} failed: {json.load(error).get('error')}") from None


class kv:
    @staticmethod
    def set(namespace, key, value, metadata=None):
        body = {"value": value, "metadata": metadata}
        return _ask("KV set", "PUT", f"kv/{namespace}/{key}", body)["success"]

    @staticmethod
    def get(namespace, key):
        reply = _ask("KV get", "GET", f"kv/{namespace}/{key}")
        return reply and reply["value"]

    @staticmethod
    def delete(namespace, key):
        return _ask("KV delete", "DELETE", f"kv/{namespace}/{key}")["success"]

    @staticmethod
    def list(namespace, prefix="", limit=100):
        return _ask("KV list", "GET", f"kv/{namespace}?prefix={prefix}&limit={limit}")["keys"]


class d1:
    @staticmethod
    def query(namespace, sql, params=None):
        body = {"sql": sql, "params": params or []}
        return _ask("D1 query", "POST", f"d1/{namespace}/query", body)["results"]

    @staticmethod
    def exec(namespace, sql, params=None):
        return _ask("D1 exec", "POST", f"d1/{namespace}/exec", {"sql": sql, "params": params or []})


class r2:
    @staticmethod
    def put(namespace, key, content, metadata=None):
        body = {"content": base64.b64encode(content).decode(), "metadata": metadata or {}}
        return _ask("R2 put", "PUT", f"r2/{namespace}/{key}", body)["success"]

    @staticmethod
    def get(namespace, key):
        """None also for an empty object, as in the predecessor's."""
        reply = _ask("R2 get", "GET", f"r2/{namespace}/{key}")
        return base64.b64decode(reply["content"]) if reply and reply["content"] else None

    @staticmethod
    def delete(namespace, key):
        return _ask("R2 delete", "DELETE", f"r2/{namespace}/{key}")["success"]

    @staticmethod
    def list(namespace, prefix="", limit=100):
        return _ask("R2 list", "GET", f"r2/{namespace}?prefix={prefix}&limit={limit}")["objects"]
