"""Writes `gears.pyi`: the names of names.pyi, and `cmd` with redis-py's own types.

    python generate.py            writes the file
    python generate.py --print    prints it, and writes nothing

It reads the source of the redis-py that it runs with. Types that only redis-py
knows become `Any`, so that the stub needs no redis-py to be installed; what can
be awaited elsewhere is not here.
"""

import ast
import inspect
import pathlib
import sys

import redis
import redis.typing
from redis.commands import core, redismodules

HERE = pathlib.Path(__file__).parent
# A server has no connection for these.
NOT_THERE = {"pipeline", "transaction", "pubsub", "monitor", "execute_command"}
BUILTIN = {"int", "str", "bytes", "bytearray", "memoryview", "float", "bool", "None", "list", "dict", "tuple"}
# A method of that name hides these in the class.
HIDDEN = {"set": "Set", "type": "Type"}
TYPING = {
    "Any", "Awaitable", "Callable", "Dict", "Iterable", "Iterator", "List", "Literal", "Mapping",
    "NoReturn", "Optional", "Sequence", "Set", "Tuple", "Type", "TypeVar", "Union",
}


def aliases():
    """Returns redis-py's names for types, and what they stand for."""
    tree = ast.parse(inspect.getsource(redis.typing))
    return {
        statement.targets[0].id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
    }


class Types(ast.NodeTransformer):
    """Turns redis-py's types into those of the stub, and notes what they need."""

    def __init__(self, aliases):
        self.aliases = aliases
        self.used = {}
        self.typing = set()

    def visit_Constant(self, node):
        # A type in quotes.
        if isinstance(node.value, str):
            return self.visit(ast.parse(node.value, mode="eval").body)
        return node

    def visit_Subscript(self, node):
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if name == "Literal":
            self.typing.add(name)
            return node
        if name == "Union":
            members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            here = [
                member for member in members
                if not (isinstance(member, ast.Subscript) and ast.unparse(member.value) == "Awaitable")
            ]
            here = list({ast.unparse(member): member for member in map(self.visit, here)}.values())
            if len(here) == 1:
                return here[0]
            if any(ast.unparse(member) == "Any" for member in here):
                return self._name("Any")
            self.typing.add("Union")
            node.slice = ast.Tuple(here, ast.Load())
            return node
        node.value = self.visit(node.value)
        if ast.unparse(node.value) == "Any":
            return node.value
        node.slice = self.visit(node.slice)
        return node

    def visit_Attribute(self, node):
        if ast.unparse(node) in ("datetime.datetime", "datetime.timedelta"):
            return ast.parse("_" + ast.unparse(node), mode="eval").body
        return self._name("Any")

    def visit_BinOp(self, node):
        # `X | Y`: what one side is of redis-py's own makes anything of both.
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        sides = ast.unparse(node.left), ast.unparse(node.right)
        return self._name("Any") if "Any" in sides else node

    def visit_Name(self, node):
        name = node.id
        if name in self.aliases:
            if name not in self.used:
                # In the order in which they need each other.
                if isinstance(self.aliases[name], ast.Call):
                    # TypeVar("X", …): its first argument is its name.
                    value = ast.unparse(self.aliases[name]).replace("'%s'" % name, "'_%s'" % name.lstrip("_"))
                    self.typing.add("TypeVar")
                else:
                    value = ast.unparse(self.visit(self.aliases[name]))
                self.used[name] = value
            return ast.Name("_" + name.lstrip("_"), ast.Load())
        if name in ("datetime", "timedelta"):
            return ast.parse("_datetime." + name, mode="eval").body
        name = HIDDEN.get(name, name)
        if name in TYPING:
            return self._name(name)
        return ast.Name(name, ast.Load()) if name in BUILTIN else self._name("Any")

    def _name(self, name):
        self.typing.add(name)
        return ast.Name(name, ast.Load())


def methods(types):
    """Writes the methods of `cmd`, each by the class that redis-py takes it from."""
    written = set()
    modules = {
        module: {c.name: c for c in ast.parse(inspect.getsource(module)).body if isinstance(c, ast.ClassDef)}
        for module in (core, redismodules)
    }
    for owner in redis.Redis.__mro__:
        classes = modules.get(sys.modules[owner.__module__], {})
        definition = classes.get(owner.__name__)
        if definition is None:
            continue
        for method in definition.body:
            name = getattr(method, "name", "_")
            if isinstance(method, ast.Assign) and ast.unparse(method.value) in written:
                # Another name for a method.
                written.add(method.targets[0].id)
                yield "    " + ast.unparse(method) + "\n"
            if not isinstance(method, ast.FunctionDef) or name.startswith("_"):
                continue
            if name in written | NOT_THERE:
                continue
            written.add(name)
            yield "    " + signature(method, types) + document(method)


def signature(method, types):
    def typed(argument):
        argument.annotation = types.visit(argument.annotation or ast.Name("Any", ast.Load()))

    arguments = method.args
    arguments.args[0].annotation = None
    for argument in arguments.posonlyargs + arguments.args[1:] + arguments.kwonlyargs:
        typed(argument)
    for argument in filter(None, (arguments.vararg, arguments.kwarg)):
        typed(argument)
    arguments.defaults = [ast.Constant(...) for _ in arguments.defaults]
    arguments.kw_defaults = [default and ast.Constant(...) for default in arguments.kw_defaults]
    # What is made for the modules of a server is redis-py's own.
    returns = types.visit(method.returns) if method.returns else types._name("Any")
    return "def %s(%s) -> %s:" % (method.name, ast.unparse(arguments), ast.unparse(returns))


def document(method):
    """Writes the first sentence of a method's documentation."""
    text = (ast.get_docstring(method) or "").split("\n\n")[0]
    text = " ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''")
    if text.endswith('"'):
        text += " "
    return '\n        """%s"""\n' % text if text else " ...\n"


def stub():
    types = Types(aliases())
    types.typing.update(["Any", "Awaitable", "Callable", "Final", "Iterator", "List", "Literal", "NoReturn", "Optional", "Tuple", "Union"])
    body = "".join(methods(types))
    names = (HERE / "names.pyi").read_text()
    comment, names = names.split("\n\n", 1)
    everywhere = sorted(public(names) | {"cmd"})
    parts = [
        "# The names that functions of a server find without importing them, for editors and type\n"
        "# checkers. Made by generate.py from names.pyi and redis-py %s; do not edit.\n\n" % redis.__version__,
        "import datetime as _datetime\nfrom typing import %s\n" % ", ".join(sorted(types.typing)),
        names,
        "\n",
        "".join("_%s = %s\n" % (name.lstrip("_"), value) for name, value in types.used.items()),
        '\nclass Commands:\n    """The commands of a server, as redis-py has them, over `execute`."""\n\n',
        body,
        "\ncmd: Commands\n",
        "\n__all__ = [\n%s]\n" % "".join('    "%s",\n' % name for name in everywhere),
    ]
    return "".join(parts)


def public(source):
    """Names what a stub defines."""
    found = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            found.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            found.update(name.asname or name.name for name in statement.names)
        elif isinstance(statement, ast.Assign):
            found.add(statement.targets[0].id)
        elif isinstance(statement, ast.AnnAssign):
            found.add(statement.target.id)
    return {name for name in found if not name.startswith("_")}


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(stub())
    else:
        (HERE / "gears.pyi").write_text(stub())
