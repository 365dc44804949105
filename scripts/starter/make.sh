#!/bin/bash
# Makes the starter: make.sh TINY_IMAGENET TEACHERS WORK [options of train.py]
#
# TINY_IMAGENET is the unpacked data set, TEACHERS a folder with mobilenetv2.onnx and mobilenetv3-small.onnx of
# ImageNet-1k, each with its .backbone.json. All else is in WORK, about 5 GB; WORK/starter.onnx comes out. What is there
# already is not made again, and what was ended goes on: the same command is given again after an interruption.
# Needs node, the project's node_modules and build, and Python with numpy, Pillow, onnx and torch ($PYTHON, or python3).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
pictures=$1 teachers=$2 work=$3
shift 3
export OMP_NUM_THREADS=1
mkdir -p "$work"
[ -f "$work/val_y.npy" ] || "$python" "$here/pack.py" "$pictures" "$work"
if [ ! -f "$work/places.json" ]; then
  to=$(cd "$work" && pwd) from=$(cd "$pictures" && pwd)
  (cd "$here/../.." && node --import tsx "$here/relatives.ts" "$from" "$to")
fi
if [ ! -f "$work/icons.json" ]; then
  npm install --prefix "$work" @iconify-json/{twemoji,openmoji,fluent-emoji-flat,noto,fluent-emoji}
  node "$here/icons.mjs" "$work"
fi
if [ ! -f "$work/teacher.npz" ]; then
  "$python" "$here/teacher.py" "$work" "$teachers/mobilenetv2.onnx:128" "$teachers/mobilenetv3-small.onnx:160"
fi
"$python" "$here/train.py" "$work" "$work/run" "$@"
"$python" "$here/compress.py" "$work/run/starter.onnx" "$work/starter.onnx"
