#!/usr/bin/env bash
# What deploy/slurm makes of a run on four nodes: where all goes well, where a shard is killed, where a
# node is lost, and where there are too few nodes. It is started by run.sh, in namespaces of its own.
set -euo pipefail
trap 'exit 130' INT TERM HUP
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/slurm/cluster.sh

PATH=$(dirname "$1"):$PATH
out=$PWD/target/ci/slurm
export SHARDS=${#nodes[@]} LEAD=${LEAD:-6}
# So short that how late this machine is decides nothing, and with a count that no shard reaches alone.
run=(tests/slurm/talk.yaml --devices 40 --duration 2s --rate 40/s --workers 1
  --threshold 'rtt.send.count > 120')
readonly out run
running=()

# The server on the head, which every node reaches.
server() {
  local secret=of-a-cluster
  deskbell serve --listen "$head:0" --secret "$secret" >"$out/serve.txt" &
  until_it_is grep -q '^listening on ' "$out/serve.txt"
  DESKBELL_TARGET=$(sed -n 's/^listening on //p' "$out/serve.txt")
  DESKBELL_TOKEN=$(deskbell token --secret "$secret" --tenant 34)
  export DESKBELL_TARGET DESKBELL_TOKEN DESKBELL_ALLOW=$head
}

# Has a file of deploy/slurm make a run, and keeps its exit status.
runs() {
  local way=$1 name=$2 status=0
  OUT=$out/$name "deploy/slurm/$way.sh" "${run[@]}" >"$out/$name.txt" 2>&1 || status=$?
  echo "$status" >"$out/$name.status"
}

start() {
  runs "$@" &
  running+=("$!")
}

all_have_ended() {
  wait "${running[@]}"
  running=()
}

# A run's exit status and what it printed.
ended() {
  local name=$1 expected=$2 words=$3 status
  status=$(<"$out/$name.status")
  if [[ $status != "$expected" ]] || ! grep -q "$words" "$out/$name.txt"; then
    echo "$name: status $status; expected are $expected and '$words' in:" >&2
    cat "$out/$name.txt" >&2
    return 1
  fi
}

adds_up() {
  local name=$1
  shift
  python3 tests/slurm/hold.py "$out/$name" "$@"
}

lacks() {
  local name=$1 shard=$2
  ended "$name" 4 "shard $shard"
  adds_up "$name" --without "$shard"
}

under_way() {
  grep -q '"opened"' "$out/$1/shard-$2/sessions.jsonl"
}

kill_shard() {
  until_it_is under_way "$1" "$2"
  pgrep --full -- "run .*--out $out/$1/shard-$2\$" | xargs kill -KILL
}

# Runs share the nodes, so that none has to wait for another.
shards_are_killed_or_not() {
  start gang whole-gang
  start array whole-array
  start gang killed-gang
  start array killed-array
  SHARDS=5 PATIENCE=2 start gang too-large
  kill_shard killed-array 3
  kill_shard killed-gang 2
  all_have_ended

  ended whole-gang 0 PASSED
  adds_up whole-gang --together 1
  ended whole-array 0 PASSED
  adds_up whole-array
  lacks killed-gang 2
  lacks killed-array 3
  ended too-large 3 'no shard began'
}

# The number of the array's shard that is on the third node.
array_on_third() {
  squeue --noheader --array --name=shard.sh --nodelist=node3 --format=%K | grep .
}

# The gang waits for its start while a shard of the array is in the middle of its load.
a_node_is_lost() {
  local shard
  start gang lost-gang
  until_it_is test -e "$out/lost-gang/shard-3.log"
  start array lost-array
  until_it_is array_on_third >/dev/null
  shard=$(array_on_third)
  until_it_is under_way lost-array "$shard"
  lose 3
  all_have_ended

  lacks lost-gang 3
  lacks lost-array "$shard"
}

main() {
  rm -rf "$out"
  mkdir -p "$out/logs"
  cluster "$out/logs"
  server
  echo "a cluster of ${#nodes[@]} nodes after $SECONDS s"
  shards_are_killed_or_not
  echo "shards killed and not after $SECONDS s"
  a_node_is_lost
  echo "a node lost after $SECONDS s"
}

main
