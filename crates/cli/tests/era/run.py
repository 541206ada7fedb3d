"""Runs the documents' Python examples as they are printed, and checks what they leave.

The current folder is an empty one.
"""

import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
sys.dont_write_bytecode = True


def text_of(name):
    with open(os.path.join(here, name), encoding="utf-8") as file:
        return file.read()


def run(name, text=None, **given):
    exec(compile(text or text_of(name), name, "exec"), given)
    return given


def equal(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"


def fails(work, message):
    try:
        work()
    except Exception as error:
        equal(str(error), message)
    else:
        raise AssertionError(f"no failure; expected {message}")


import era_storage
from era_storage import d1, kv, r2

# The tour of the SDK.
left = run("sdk.py")
equal(left["data"], '{"name": "Alice"}')
equal(left["keys"], [{"name": "user:123", "metadata": None}])
equal(kv.get("app1", "user:123"), None)
equal(left["users"], [{"id": 1, "name": "Bob"}])
equal(left["content"], b"Hello World!")
equal(left["objects"], [])
equal(r2.get("app1", "file.txt"), None)

# Namespaces. The document leaves out the columns: as printed it is no SQL, and is told so.
fails(lambda: run("namespaces.py", era_storage=era_storage), "D1 exec failed: D1 query failed")
d1.exec("app1", "DROP TABLE users")
whole = text_of("namespaces.py").replace("users ...", "users (id INTEGER, name TEXT)")
left = run("namespaces.py", whole, era_storage=era_storage)
equal((left["app1_config"], left["app2_config"]), ("...", "..."))
d1.exec("app1", "INSERT INTO users VALUES (1, 'of app1')")
equal(d1.query("app2", "SELECT * FROM users"), [])

# 1. User data persistence.
left = run("preferences.py", user_id=17)
equal(left["prefs"], {"theme": "dark", "lang": "en"})
equal([key["name"] for key in kv.list("myapp", prefix="user:17:")], ["user:17:prefs"])

# 2. Application database, twice: it is there already then.
run("database.py")
tasks = run("database.py")["tasks"]
equal([(task["id"], task["title"], task["completed"]) for task in tasks],
      [(1, "Finish documentation", 0), (2, "Finish documentation", 0)])
assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", task["created_at"]) for task in tasks), tasks

# 3. File storage: every byte there is, twice.
with open("avatar.jpg", "wb") as file:
    file.write(bytes(range(256)) * 2)
run("avatars.py", user_id=17)
with open("downloaded_avatar.jpg", "rb") as file:
    equal(file.read(), bytes(range(256)) * 2)
objects = r2.list("myapp", prefix="avatars/")
equal([(entry["key"], entry["size"]) for entry in objects], [("avatars/17.jpg", 512)])
assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", objects[0]["uploaded"]), objects

# 4. Cross-app data sharing.
equal(run("sharing.py")["api_key"], "sk-...")

# What the SDK promises besides.
equal(kv.set("app1", "empty", "", {"version": 1}), True)
equal(kv.get("app1", "empty"), "")
equal(kv.list("app1", "empty", 1), [{"name": "empty", "metadata": {"version": 1}}])
equal(kv.delete("app1", "never"), True)
fails(lambda: kv.list("app1", limit=0), "KV list failed: Invalid request")
equal(d1.exec("app1", "UPDATE users SET name = ? WHERE id = ?", ["new", 1])["meta"]["changes"], 1)
equal(d1.query("app1", "SELECT name FROM users WHERE id = ?", [1]), [{"name": "new"}])
fails(lambda: d1.query("app1", "SELECT * FROM nothing"), "D1 query failed: D1 query failed")
equal(r2.put("app1", "typed", b"\0", {"type": "text"}), True)
equal(r2.get("app1", "typed"), b"\0")
equal(r2.put("app1", "empty", b""), True)
equal([(entry["key"], entry["size"]) for entry in r2.list("app1", "e", 1)], [("empty", 0)])
equal(r2.delete("app1", "never"), True)
