"""A stand-in for the KV part of the predecessor's Python SDK: the same calls, the same requests on the wire."""

import json
import os
import urllib.error
import urllib.request

_BASE = os.environ.get("ERA_STORAGE_URL", "http://localhost")


def _ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{_BASE}/api/storage/kv/{path}", data=data, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class kv:
    """Keys and prefixes go on the wire as they are, not percent-encoded."""

    @staticmethod
    def set(namespace, key, value, metadata=None):
        status, reply = _ask("PUT", f"{namespace}/{key}", {"value": value, "metadata": metadata})
        if status != 200:
            raise Exception(f"KV set failed: {reply.get('error')}")
        return reply["success"]

    @staticmethod
    def get(namespace, key):
        status, reply = _ask("GET", f"{namespace}/{key}")
        if status == 404:
            return None
        if status != 200:
            raise Exception(f"KV get failed: {reply.get('error')}")
        return reply["value"]

    @staticmethod
    def delete(namespace, key):
        status, reply = _ask("DELETE", f"{namespace}/{key}")
        if status != 200:
            raise Exception(f"KV delete failed: {reply.get('error')}")
        return reply["success"]

    @staticmethod
    def list(namespace, prefix="", limit=100):
        status, reply = _ask("GET", f"{namespace}?prefix={prefix}&limit={limit}")
        if status != 200:
            raise Exception(f"KV list failed: {reply.get('error')}")
        return reply["keys"]
