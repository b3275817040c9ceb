#!/usr/bin/env bash
# Test on several GPUs (or, where there are none, in several processes) of one or more machines:
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [what tools/test.py takes]
# On each of several machines: NNODES=2 NODE_RANK=0 MASTER_ADDR=10.1.1.1 tools/dist_test.sh ...
set -euo pipefail

# Also from a checkout that is not installed.
PYTHONPATH="$(cd "$(dirname "$0")/.." && pwd)${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH

if [ $# -lt 3 ]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS [arguments of tools/test.py]" >&2
    exit 2
fi
CONFIG=$1
CHECKPOINT=$2
GPUS=$3

exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    "$(dirname "$0")/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
