"""Tells what comes of programs: where a script runs, and in the function of a trigger."""

import json

PROGRAMS = []


def outcome(program):
    names = {name: value for name, value in globals().items() if name not in ("PROGRAMS", "outcome")}
    try:
        try:
            code = compile(program, "program", "eval")
        except SyntaxError:
            exec(compile(program, "program", "exec"), names)
            return repr(names["result"])
        return repr(eval(code, names))
    except BaseException as error:
        return "%s.%s: %s" % (type(error).__module__, type(error).__name__, error)


OUTCOMES = json.dumps([outcome(program) for program in PROGRAMS])
GB("CommandReader").map(lambda _: OUTCOMES).register(trigger="outcomes in script", mode="sync")
GB("CommandReader").map(lambda words: outcome(words[1])).register(trigger="outcome in call", mode="async_local")
