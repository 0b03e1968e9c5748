#!/bin/bash
# What an NVIDIA card gives, in about ten minutes and without a network:
#
#     cargo build --release --features cudnn                          on any machine with NVIDIA's compiler and libraries
#     cargo test --release --features cudnn --no-run
#     tests/reference/cuda/run.sh                                      on the machine with the card, in the repository's root
#
# Variables: LAB, the command (target/release/lab); TESTS, a folder of test programs (target/release/deps); PYTHON, one with
# torch (python3); DEVICE, where to run (cuda; cpu for a dry run); OUT, where results go (./cuda-results); MINUTES of the
# paper's schedule (2).
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
LAB=$(realpath "${LAB:-$root/target/release/lab}")
TESTS=${TESTS:-$root/target/release/deps}
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
OUT=${OUT:-$PWD/cuda-results}
MINUTES=${MINUTES:-2}
mkdir -p "$OUT"
failed=0

step() {
    echo "== $1"
    shift
    local began=$SECONDS
    "$@" || { echo "FAILED: exit $?"; failed=1; }
    echo "   $((SECONDS - began)) s"
}

# 1. The same numbers as on the CPU and in PyTorch: layers and their gradients, then a whole experiment.
newest() { ls -t "$TESTS" | grep -E "^$1-[0-9a-f]+$" | head -1; }
layers() { (cd "$root/core/nn" && LAB_DEVICE=$DEVICE "$TESTS/$(newest lab_nn)" parity composed differences); }
experiment() { (cd "$root/experiments" && LAB_DEVICE=$DEVICE LAB="$LAB" "$TESTS/$(newest suite)" device::); }

# 2. The quickstart's scores, three seeds, on both.
quickstart() {
    for seed in 2018 2019 2020; do
        for device in cpu "$DEVICE"; do
            "$LAB" run "$root/experiments/quickstart.ron" --set seed=$seed --device "$device" --runs "$OUT/runs-$device" \
                --format json > "$OUT/quickstart-$device-$seed.json" || return
        done
    done
    "$PYTHON" "$here/paired.py" "$OUT" "$DEVICE"
}

# 3. Layers, steps and passes beside PyTorch with cuDNN, in float32 and in TensorFloat-32.
bench() {
    "$LAB" bench --device "$DEVICE" --peer-python "$PYTHON" | tee "$OUT/bench.txt" || return
    case $DEVICE in cuda*) "$LAB" bench --device "$DEVICE+tf32" --peer-python "$PYTHON" | tee "$OUT/bench-tf32.txt" ;; esac
}

# 4. Some minutes of the paper's schedule at full width, on packed pictures.
paper() { "$PYTHON" "$here/paper.py" "$LAB" "$root" "$OUT" "$DEVICE" "$MINUTES"; }

case $DEVICE in cuda*) nvidia-smi | tee "$OUT/card.txt" ;; esac
for part in ${PARTS:-layers experiment bench paper quickstart}; do
    step "$part" "$part" 2>&1 | tee "$OUT/$part.log"
    grep -q '^FAILED' "$OUT/$part.log" && failed=1
done
exit $failed
