# Set value
curl -X PUT http://localhost:8787/api/storage/kv/app1/mykey \
  -H "Content-Type: application/json" \
  -d '{"value": "Hello", "metadata": {"version": 1}}'

# Get value
curl http://localhost:8787/api/storage/kv/app1/mykey

# List keys
curl "http://localhost:8787/api/storage/kv/app1?prefix=user:&limit=100"

# Delete key
curl -X DELETE http://localhost:8787/api/storage/kv/app1/mykey
