#!/bin/bash
# What an NVIDIA card gives, without a network:
#
#     cargo build --release --features cudnn                          on any machine with NVIDIA's compiler and libraries
#     cargo test --release --workspace --features cudnn --no-run
#     OUT=cuda-results DEVICE=cpu PARTS=quickstart tests/reference/cuda/run.sh      on any machine: the scores to compare with
#     tests/reference/cuda/run.sh                                      on the machine with the card, in the repository's root
#
# The last takes about ten minutes, if the CPU's scores of the quickstart are in OUT already; else they are made first.
# Variables: LAB, the command (target/release/lab); TESTS, a folder of test programs (target/release/deps); BUILT, the path of the
# repository where these were built, if another: tests look for their files there, and a link is made; PYTHON, one with torch
# (python3); DEVICE, where to run (cuda; cpu for a dry run); OUT, where results go (./cuda-results); MINUTES of the paper's
# schedule (2); PARTS of the whole.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
LAB=$(realpath "${LAB:-$root/target/release/lab}")
TESTS=$(realpath "${TESTS:-$root/target/release/deps}")
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
OUT=$(realpath -m "${OUT:-$PWD/cuda-results}")
MINUTES=${MINUTES:-2}
mkdir -p "$OUT"
if [ -n "${BUILT:-}" ] && [ ! -e "$BUILT" ]; then
    mkdir -p "$(dirname "$BUILT")" && ln -s "$root" "$BUILT"
fi

# The newest test program of a package.
newest() { ls -t "$TESTS" | grep -E "^$1-[0-9a-f]+$" | head -1; }

# 1. The same numbers as on the CPU and in PyTorch: layers and their gradients, then a whole experiment.
layers() { (cd "$root/core/nn" && LAB_DEVICE=$DEVICE "$TESTS/$(newest lab_nn)" parity composed differences); }
experiment() { (cd "$root/experiments" && LAB_DEVICE=$DEVICE "$TESTS/$(newest suite)" device::); }

# 2. The quickstart's scores, three seeds, on both.
quickstart() {
    local seed device scores
    for seed in 2018 2019 2020; do
        for device in cpu "$DEVICE"; do
            scores="$OUT/quickstart-$device-$seed.json"
            [ -s "$scores" ] && continue
            "$LAB" run "$root/experiments/quickstart.ron" --set seed=$seed --set 'evaluate=[Identification, Observer]' \
                --device "$device" --runs "$OUT/runs-$device" --format json > "$scores.part" || return
            mv "$scores.part" "$scores"
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
failed=0
for part in ${PARTS:-layers experiment bench paper quickstart}; do
    echo "== $part"
    began=$SECONDS
    "$part" 2>&1 | tee "$OUT/$part.log" || { echo "FAILED: $part"; failed=1; }
    echo "   $((SECONDS - began)) s"
done
exit $failed
