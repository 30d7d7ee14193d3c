"""Each library exports exactly what the table says. Usage: exports_test.py --nm NM --symbols DIR NAME=LIBRARY..."""
import argparse
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--nm", required=True)
parser.add_argument("--symbols", type=pathlib.Path, required=True)
parser.add_argument("libraries", nargs="+")
args = parser.parse_args()

failed = False
for item in args.libraries:
    name, library = item.split("=", 1)
    output = subprocess.run([args.nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    # Lines are "address type name"; type A names a version node, and names may carry "@@version".
    exported = {line.split()[-1].split("@")[0] for line in output.splitlines() if line.split()[-2] != "A"}
    wanted = set((args.symbols / f"{name}.symbols").read_text().split())
    if exported != wanted:
        failed = True
        print(f"{library} exports beyond the table {sorted(exported - wanted)} and lacks {sorted(wanted - exported)}")
    print(f"{name}: {len(exported)} symbols")
sys.exit(1 if failed else 0)
