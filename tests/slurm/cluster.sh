# shellcheck shell=bash
# A Slurm cluster of four nodes, for cases.sh to start; to be sourced in namespaces that run.sh made.
# Each node has a network and processes of its own, and a cable to the head, where the controller is.

readonly network=198.51.100
readonly head=$network.254
readonly nodes=(1 2 3 4)
declare -A machines=()

# Waits until a command succeeds.
until_it_is() {
  local try
  for try in {1..600}; do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "in vain after $try tries: $*" >&2
  return 1
}

cables() {
  local node
  printf '%s %s\n' 127.0.0.1 localhost "$head" head >/run/hosts
  ip link set lo up
  ip link add cluster type bridge
  ip address add "$head/24" dev cluster
  ip link set cluster up
  for node in "${nodes[@]}"; do
    ip netns add "node$node"
    ip link add "cable$node" type veth peer name eth0 netns "node$node"
    ip link set "cable$node" master cluster up
    ip -netns "node$node" address add "$network.$node/24" dev eth0
    ip -netns "node$node" link set eth0 up
    ip -netns "node$node" link set lo up
    echo "$network.$node node$node" >>/run/hosts
  done
  mount --bind /run/hosts /etc/hosts
}

# Nodes claim more processors than there are, so that several runs fit on them at once. Slurm's control
# groups are of no use here: they are looked for in an empty folder.
configuration() {
  local logs=$1
  mkdir /run/slurm /run/slurm/state /run/cgroup
  cat >/run/slurm/slurm.conf <<CONF
ClusterName=deskbell
SlurmctldHost=head($head)
SlurmUser=root
AuthInfo=socket=/run/munge/socket
StateSaveLocation=/run/slurm/state
SlurmdSpoolDir=/run/slurm/%n
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/%n.pid
SlurmctldLogFile=$logs/slurmctld.log
SlurmdLogFile=$logs/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU,CR_LLN
SlurmdParameters=config_overrides
# A node that does not answer is soon held to be lost.
SlurmdTimeout=5
MessageTimeout=4
NodeName=node[1-4] NodeAddr=$network.[1-4] CPUs=8
PartitionName=all Nodes=ALL Default=YES
CONF
  cat >/run/slurm/cgroup.conf <<'CONF'
CgroupPlugin=cgroup/v1
CgroupMountpoint=/run/cgroup
CONF
  export SLURM_CONF=/run/slurm/slurm.conf
}

authority() {
  local logs=$1
  mkdir /run/munge
  (umask 077 && head --bytes 1024 /dev/urandom >/run/munge/key)
  munged --foreground --key-file /run/munge/key --socket /run/munge/socket \
    --pid-file /run/munge/pid --seed-file /run/munge/seed 2>"$logs/munged.log" &
  until_it_is munge --socket /run/munge/socket --no-input --output /dev/null
}

all_idle() {
  [[ $(sinfo --noheader --states=idle --format=%D) == "${#nodes[@]}" ]]
}

# Starts all of it, with logs in a folder.
cluster() {
  local logs=$1 node
  hostname head
  mount -t tmpfs -o mode=755 run /run
  cables
  configuration "$logs"
  authority "$logs"
  slurmctld -D 2>/dev/null &
  for node in "${nodes[@]}"; do
    mkdir "/run/slurm/node$node"
    nsenter --net="/run/netns/node$node" unshare --uts --pid --mount-proc --kill-child \
      sh -c "hostname node$node && exec slurmd -D" 2>/dev/null &
    machines[$node]=$!
    disown
  done
  until_it_is all_idle
}

# A node whose cable is pulled and whose power is cut: it takes leave of nobody.
lose() {
  ip link delete "cable$1"
  kill -KILL "${machines[$1]}"
}
