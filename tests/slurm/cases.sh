#!/usr/bin/env bash
# What deploy/slurm makes of a run on four nodes, where all goes well, where a shard is killed, and where
# a node is lost. It is started by run.sh, in namespaces of its own.
set -euo pipefail
trap 'exit 130' INT TERM HUP
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/slurm/cluster.sh

PATH=$(dirname "$1"):$PATH
out=$PWD/target/ci/slurm
export SHARDS=${#nodes[@]} LEAD=4
# A count that no shard reaches by itself: the whole is judged.
run=(tests/slurm/talk.yaml --devices 40 --duration 2s --rate 40/s --workers 1
  --threshold 'rtt.send.count > 100')
readonly out run

# The server on the head, to which all nodes have a cable.
server() {
  local DESKBELL_SECRET=of-a-cluster
  export DESKBELL_SECRET
  deskbell serve --listen "$head:0" >"$out/serve.txt" &
  until_it_is grep -q '^listening on ' "$out/serve.txt"
  DESKBELL_TARGET=$(sed -n 's/^listening on //p' "$out/serve.txt")
  DESKBELL_TOKEN=$(deskbell token --tenant 34)
  export DESKBELL_TARGET DESKBELL_TOKEN DESKBELL_ALLOW=$head
}

# Has a file of deploy/slurm make a run, and keeps its exit status.
start() {
  local way=$1 name=$2 status=0
  OUT=$out/$name "deploy/slurm/$way.sh" "${run[@]}" >"$out/$name.txt" 2>&1 || status=$?
  echo "$status" >"$out/$name.status"
  date +"$name %T" >&2
}

# Holds a run to its exit status, and the whole to its shards.
ended() {
  local name=$1 status=$2
  shift 2
  if [[ $(<"$out/$name.status") != "$status" ]]; then
    echo "$name: status $(<"$out/$name.status"), not $status" >&2
    cat "$out/$name.txt" >&2
    return 1
  fi
  python3 tests/readers/merged.py "$out/$name/merged" "$out/$name"/shard-*/ --of "$SHARDS" "$@"
}

under_way() {
  grep -q '"opened"' "$out/$1/shard-$2/sessions.jsonl"
}

kill_shard() {
  local name=$1 shard=$2
  until_it_is under_way "$name" "$shard"
  pgrep --full -- "run .*--out $out/$name/shard-$shard\$" | xargs kill -KILL
}

all_goes_well() {
  start gang whole-gang &
  start array whole-array &
  wait %% %-
  ended whole-gang 0 --together 1
  ended whole-array 0
}

a_shard_is_killed() {
  start gang killed-gang &
  start array killed-array &
  kill_shard killed-array 3
  kill_shard killed-gang 2
  wait %% %-
  ended killed-gang 4 --without 2
  ended killed-array 4 --without 3
}

a_node_is_lost() {
  local in_array
  start gang lost-gang &
  start array lost-array &
  until_it_is under_way lost-gang 3
  in_array=$(squeue --noheader --array --name=shard.sh --nodelist=node3 --format=%K)
  until_it_is under_way lost-array "$in_array"
  lose 3
  wait %% %-
  ended lost-gang 4 --without 3
  ended lost-array 4 --without "$in_array"
}

a_gang_is_too_large() {
  SHARDS=5 PATIENCE=2 start gang too-large
  [[ $(<"$out/too-large.status") == 3 ]]
  grep -q 'no shard began' "$out/too-large.txt"
}

main() {
  rm -rf "$out"
  mkdir -p "$out/logs"
  cluster "$out/logs"
  server
  echo "cluster: ready after $SECONDS s"
  all_goes_well
  echo "all goes well: after $SECONDS s"
  a_shard_is_killed
  echo "a shard is killed: after $SECONDS s"
  a_node_is_lost
  echo "a node is lost: after $SECONDS s"
  a_gang_is_too_large
  echo "too large: after $SECONDS s"
}

main
