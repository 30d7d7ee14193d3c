"""Rewrites a test from SUPA's names to CUDA's. Usage: to_cuda.py INPUT OUTPUT"""
import pathlib
import re
import sys

text = pathlib.Path(sys.argv[1]).read_text()
text = text.replace("supa_runtime.h", "cuda_runtime.h").replace("supa_driver.h", "cuda.h")
text = re.sub(r"\bsupa(?=[A-Z])", "cuda", text)
text = re.sub(r"\bsu(?=[A-Z])", "cu", text)
text = re.sub(r"\bSUPA_(?=[A-Z])", "CUDA_", text)
text = re.sub(r"\bSU(?=_[A-Z]|[a-z])", "CU", text)
pathlib.Path(sys.argv[2]).write_text(text)
