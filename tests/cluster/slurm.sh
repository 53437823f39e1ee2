#!/usr/bin/env bash
# A corpus over a real SLURM: two nodes on this machine, a job cancelled, a node drained, the run resumed, and
# the results compared with those of a local run, byte by byte.
#
#   bash tests/cluster/slurm.sh [--analyses N] [--shards N]
#
# Needs root on a Debian or Ubuntu machine, where it installs slurm-wlm and munge if they are missing. Everything SLURM
# writes goes to a scratch folder; /etc/slurm/slurm.conf is a link to it while the test runs, because the jobs' own calls
# look there, and a machine that has one already is left alone. Exit codes: 0 all as expected, 1 not, 77 skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=$here/.venv/bin/python

skip() {
	printf '\n%s\n' "=================================================================" \
		"SKIPPED: the SLURM test did not run. $1" \
		"=================================================================" >&2
	exit 77
}

[[ -x $python ]] || { echo "run make first: $python is missing" >&2; exit 1; }
[[ $(id -u) -eq 0 ]] || skip "It needs root, to start SLURM's daemons."
if ! command -v slurmctld slurmd munged sbatch > /dev/null; then
	command -v apt-get > /dev/null || skip "slurm-wlm and munge are not installed, and there is no apt-get."
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge; } \
		> /dev/null 2>&1 || skip "The packages slurm-wlm and munge cannot be installed."
fi

[[ ! -e /etc/slurm/slurm.conf ]] || skip "/etc/slurm/slurm.conf exists: this machine has a SLURM of its own."

scratch=$(mktemp -d)
state=$scratch/slurm
stop() {
	for daemon in one two ctld munge; do
		if [[ -s $state/$daemon.pid ]]; then kill "$(cat "$state/$daemon.pid")" 2> /dev/null || true; fi
	done
	sleep 1
	if [[ -L /etc/slurm/slurm.conf ]]; then rm /etc/slurm/slurm.conf; fi
	rm -rf "$scratch"
}
trap stop EXIT

# The plugin in a folder of its own: installed beside Snakemake it would announce itself to every other run.
"$python" -c 'import sys; print(sys._base_executable)' > "$scratch/base"
"$(cat "$scratch/base")" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
	--requirement "$here/profiles/slurm/requirements.lock" --target "$scratch/all" || skip "The plugin of profiles/slurm/requirements.lock cannot be installed."
# Only what the locked environment lacks: the rest is there already, once is enough.
mkdir "$scratch/plugin"
for part in "$scratch"/all/*; do
	name=$(basename "$part")
	[[ -e $(echo "$here"/.venv/lib/python3*/site-packages/"$name") ]] || mv "$part" "$scratch/plugin/"
done

mkdir -p "$state"/{munge,ctld}
chmod 711 "$scratch" "$state" "$state/munge"
head --bytes 1024 /dev/urandom > "$state/munge/key"
chmod 400 "$state/munge/key"
munged --force --key-file="$state/munge/key" --socket="$state/munge/socket" --pid-file="$state/munge.pid" \
	--log-file="$state/munge/log" --seed-file="$state/munge/seed" || skip "munged does not start on this machine."
node=$(hostname -s)
cat > "$state/slurm.conf" << END
ClusterName=metaudit
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmctldPidFile=$state/ctld.pid
SlurmctldLogFile=$state/ctld.log
StateSaveLocation=$state/ctld
SlurmdPidFile=$state/%n.pid
SlurmdLogFile=$state/%n.log
SlurmdSpoolDir=$state/%n
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=1,sched_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=one NodeHostname=$node NodeAddr=127.0.0.1 Port=26818 CPUs=1 RealMemory=2500 State=UNKNOWN
NodeName=two NodeHostname=$node NodeAddr=127.0.0.1 Port=26819 CPUs=1 RealMemory=2500 State=UNKNOWN
PartitionName=main Nodes=one,two Default=YES MaxTime=INFINITE State=UP
END
mkdir -p /etc/slurm
ln -s "$state/slurm.conf" /etc/slurm/slurm.conf
{ slurmctld && slurmd -N one && slurmd -N two; } || skip "SLURM's daemons do not start on this machine."
for _ in $(seq 30); do
	[[ $(sinfo --noheader --Node --format=%t | sort -u) == idle ]] && break
	sleep 1
done
[[ $(sinfo --noheader --Node --format=%t | sort -u) == idle ]] || skip "SLURM's nodes do not come up on this machine: $(tail -n 3 "$state"/*.log)"
sinfo --Node
METAUDIT_SLURM_PLUGIN=$scratch/plugin "$python" "$here/tests/cluster/slurm_run.py" "$scratch" "$@"
