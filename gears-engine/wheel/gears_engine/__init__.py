"""The engine of gears: a module for Redis and Valkey that runs Python inside the server.

``python -m gears_engine`` prints the path of the module file, and ``python -m gears_engine serve`` starts a server
that has it loaded.
"""

from gears_engine.module import module_path
from gears_engine.server import server_path
from gears_engine.trouble import Trouble

__all__ = ["Trouble", "module_path", "server_path"]
