# The first lines of the Python that runs gears locally; `python3 -c` runs them.
#
# The program that started this process listens on the socket that is the only
# argument. It sends one line of JSON: the settings and the rest of the Python,
# so that no file has to be found. The connection then stays open: its end is how
# either side learns that the other one is gone.

import json
import socket
import sys
import types

control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
control.connect(sys.argv[1])
if sys.version_info < (3, 8):
    control.sendall(b"old %d.%d\n" % sys.version_info[:2])
    sys.exit(1)
settings = json.loads(control.makefile("rb").readline())
sys.argv = [""]
# `-c` puts the current folder here, whose modules no server would find.
if sys.path and sys.path[0] == "":
    del sys.path[0]

package = sys.modules["_gears_local"] = types.ModuleType("_gears_local")
package.__path__ = []
for name, source in settings.pop("modules"):
    module = types.ModuleType("_gears_local." + name)
    sys.modules[module.__name__] = module
    setattr(package, name, module)
    # Tracebacks leave frames of `<gears…>` out.
    exec(compile(source, "<gears local %s>" % name, "exec"), module.__dict__)

package.serve.run(control, settings)
