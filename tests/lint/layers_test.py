"""The layering lint must reject an include that goes against the picture. Usage: layers_test.py ROOT"""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(sys.argv[1]) / "tools/lint/layers.py"

CASES = [  # file, include, allowed
    ("driver-user/native/src/a.cpp", "opensupa/emulator/emulator.h", False),
    ("driver-user/native/src/a.cpp", "opensupa/port/port.h", True),
    ("driver-user/null/src/a.cpp", "opensupa/native/native_adapter.h", False),
    ("driver-user/emulator/src/a.cpp", "opensupa/hal/hal.h", False),
    ("runtime/core/src/a.cpp", "opensupa/port/port.h", False),
    ("runtime/core/src/backends.cpp", "opensupa/emulator/emulator.h", True),
    ("runtime/core/src/a.cpp", "llvm/IR/Module.h", False),
    ("compiler/passes/src/a.cpp", "llvm/IR/Module.h", True),
    ("compiler/passes/src/a.cpp", "opensupa/hal/hal.h", False),
    ("driver-user/base/src/a.cpp", "opensupa/unknown/x.h", False),
]

failures = 0
for name, header, allowed in CASES:
    with tempfile.TemporaryDirectory() as root:
        path = pathlib.Path(root) / name
        path.parent.mkdir(parents=True)
        path.write_text(f'#include "{header}"\n')
        code = subprocess.run([sys.executable, str(LINT), root], capture_output=True).returncode
        if (code == 0) != allowed:
            failures += 1
            print(f"{name} including {header}: exit {code}, but allowed is {allowed}")
print(f"{len(CASES)} cases, {failures} wrong")
sys.exit(1 if failures else 0)
