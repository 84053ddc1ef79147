#!/usr/bin/env bash
# Adds up the shards that gang.sh or array.sh ran. Its exit status is that of the whole run.
set -euo pipefail

shards=("$OUT"/shard-*/)
if [[ ! -d ${shards[0]} ]]; then
  echo "no shard began: there is none in $OUT" >&2
  exit 3
fi
exec deskbell merge "${shards[@]}" --expect "$SHARDS" --out "$OUT/merged"
