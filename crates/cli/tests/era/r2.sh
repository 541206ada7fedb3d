# Put object (base64 encoded content)
curl -X PUT http://localhost:8787/api/storage/r2/app1/file.txt \
  -H "Content-Type: application/json" \
  -d '{"content": "SGVsbG8gV29ybGQh", "metadata": {"type": "text"}}'

# Get object
curl http://localhost:8787/api/storage/r2/app1/file.txt

# List objects
curl "http://localhost:8787/api/storage/r2/app1?prefix=uploads/&limit=100"

# Delete object
curl -X DELETE http://localhost:8787/api/storage/r2/app1/file.txt
