#!/bin/sh
# Install metaudit for good, as Dockerfile, apptainer.def and tests/workflow/test_containers.py do it.
#
#   packaging/install.sh packages   what it needs, every package by the hash in requirements.lock
#   packaging/install.sh library    metaudit itself, from this folder; nothing is fetched
#
# PYTHON names the Python to install into, PIP the pip to use.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
pip="${PIP:-$python -m pip} --disable-pip-version-check"
options="--quiet --no-cache-dir --root-user-action=ignore"

case "${1:-}" in
packages)
	locked=$(mktemp)
	trap 'rm -f "$locked"' EXIT
	# What builds packages comes first, from the lock too: left to itself, pip would fetch it without a hash.
	"$python" packaging/locked.py setuptools > "$locked"
	$pip install $options --require-hashes --requirement "$locked"
	"$python" packaging/locked.py > "$locked"
	$pip install $options --require-hashes --no-build-isolation --requirement "$locked"
	;;
library)
	$pip install $options --no-deps --no-index --no-build-isolation .
	;;
*)
	echo "usage: packaging/install.sh packages|library" >&2
	exit 2
	;;
esac
