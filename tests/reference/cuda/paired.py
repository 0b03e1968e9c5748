"""Scores of the quickstart on two devices, seed by seed: python3 paired.py FOLDER DEVICE.

Prints, for each observer, the mean over seeds of (DEVICE − cpu) in points of the share of right decisions, and for the mean over
observers its 95 % interval by Student's t over the paired seeds. Exit code 1 if the mean lies beyond ±2 points.
"""

import json
import math
import pathlib
import re
import sys

# Student's t at 97.5 %, by degrees of freedom (scipy 1.17.0, scipy.stats.t.ppf(0.975, n)).
T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
MOST = 2.0

folder, device = pathlib.Path(sys.argv[1]), sys.argv[2]


def scores(path):
    found = json.loads(path.read_text())["all"]
    return {name: 100 * value for name, value in found.items() if re.fullmatch(r"observer\..*\.overall", name)}


def seed(path):
    return path.stem.rsplit("-", 1)[1]


pairs = [
    (scores(path), scores(folder / f"quickstart-{device}-{seed(path)}.json"))
    for path in sorted(folder.glob("quickstart-cpu-*.json"))
]
if not pairs or not pairs[0][0]:
    sys.exit("no scores: run.sh writes quickstart-DEVICE-SEED.json")
names = sorted(pairs[0][0])
mean = lambda values: sum(values) / len(values)
for name in names:
    print(f"{name:40} {mean([other[name] - cpu[name] for cpu, other in pairs]):+.2f} points")
differences = [mean([other[name] - cpu[name] for name in names]) for cpu, other in pairs]
middle = mean(differences)
text = f"mean of {len(names)} observers: {middle:+.2f} points over {len(differences)} seeds"
if len(differences) - 1 in T:
    sd = math.sqrt(sum((d - middle) ** 2 for d in differences) / (len(differences) - 1))
    half = T[len(differences) - 1] * sd / math.sqrt(len(differences))
    text += f", 95 % interval {middle - half:+.2f} to {middle + half:+.2f}"
print(text)
sys.exit(abs(middle) > MOST)
