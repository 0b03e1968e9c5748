#!/bin/sh
# A cluster of one machine, for a test: machine.sh start FOLDER, machine.sh stop FOLDER.
# Keys, sockets, state and ports are its own, so that it leaves a cluster alone that the machine belongs to. Needs root.
set -eu
action=$1
folder=$2
PATH=$PATH:/usr/sbin
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF

stop() {
    for daemon in slurmd slurmctld munged; do
        if [ -f "$folder/$daemon.pid" ]; then
            kill "$(cat "$folder/$daemon.pid")" 2> /dev/null || true
        fi
    done
}

# A port that nothing listens at, near the number given.
free_port() {
    port=$1
    while grep -qi ":$(printf '%04X' "$port") .* 0A " /proc/net/tcp /proc/net/tcp6 2> /dev/null; do
        port=$((port + 1))
    done
    echo "$port"
}

start() {
    mkdir -p "$folder/state" "$folder/spool"
    dd if=/dev/urandom of="$folder/key" bs=128 count=1 2> /dev/null
    chmod 600 "$folder/key"
    munged --force --key-file="$folder/key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" 2> /dev/null
    host=$(hostname -s)
    base=$((20000 + $$ % 10000))
    memory=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
    cat > "$SLURM_CONF" <<CONFIG
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port $base)
SlurmdPort=$(free_port $((base + 10000)))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=15
MaxArraySize=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=$host Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=$host PriorityTier=2 MaxTime=INFINITE State=UP
CONFIG
    slurmctld
    slurmd
    for _ in $(seq 100); do
        if sinfo --noheader --format=%T 2> /dev/null | grep -q idle; then
            return
        fi
        sleep 0.1
    done
    echo "the cluster does not get ready:" >&2
    tail -n 5 "$folder/slurmctld.log" "$folder/slurmd.log" "$folder/munged.log" >&2 || true
    stop
    exit 1
}

"$action"
