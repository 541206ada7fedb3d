"""Runs the documents' Python examples as they are printed, and checks what they leave."""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
sys.dont_write_bytecode = True


def run(name, **given):
    with open(os.path.join(here, name), encoding="utf-8") as file:
        exec(compile(file.read(), name, "exec"), given)
    return given


def equal(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"


import era_storage

left = run("sdk.py")
equal(left["data"], '{"name": "Alice"}')
equal(left["keys"], [{"name": "user:123", "metadata": None}])
equal(era_storage.kv.get("app1", "user:123"), None)

left = run("namespaces.py", era_storage=era_storage)
equal((left["app1_config"], left["app2_config"]), ("...", "..."))

left = run("preferences.py", user_id=17)
equal(left["prefs"], {"theme": "dark", "lang": "en"})
equal([key["name"] for key in era_storage.kv.list("myapp", prefix="user:17:")], ["user:17:prefs"])

equal(run("sharing.py")["api_key"], "sk-...")

# What the SDK promises besides.
equal(era_storage.kv.set("app1", "empty", "", {"version": 1}), True)
equal(era_storage.kv.get("app1", "empty"), "")
equal(era_storage.kv.list("app1", "empty", 1), [{"name": "empty", "metadata": {"version": 1}}])
equal(era_storage.kv.delete("app1", "never"), True)
try:
    era_storage.kv.list("app1", limit=0)
except Exception as error:
    equal(str(error), "KV list failed: Invalid request")
else:
    raise AssertionError("a limit of 0 was accepted")
