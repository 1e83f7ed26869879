"""Runs commands of the package as `python -m` would, with TensorFlow loaded once.

Reads {"arguments": [...], "folder": ...} from standard input, a JSON object a line, and answers
each with {"status": ..., "output": ...}.
"""

import contextlib
import io
import json
import os
import runpy
import sys
import traceback

from absl import app, flags

from kerasgan.config import Config
from kerasgan.training.devices import use_devices


def run(module, arguments):
    """The exit status, whatever way the command ends."""
    before = set(flags.FLAGS)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        for added in set(flags.FLAGS) - before:
            delattr(flags.FLAGS, added)
        flags.FLAGS.unparse_flags()
    return 0


use_devices(Config())  # or only the first command could
app.define_help_flags()  # once, so that they are not among those that a command adds
answers = sys.stdout
for line in sys.stdin:
    request = json.loads(line)
    os.chdir(request["folder"])
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = run(request["arguments"][0], request["arguments"][1:])
    print(json.dumps({"status": status, "output": output.getvalue()}), file=answers, flush=True)
